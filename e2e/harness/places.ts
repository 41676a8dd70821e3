import { join } from "node:path";

/** The root of the repository. */
export const root: string = join(import.meta.dirname, "../..");
/** The executable that the tests run. */
export const executable: string = join(root, "dist/e2e-tracecore");

/** A way to start the command. */
export interface Flavour {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

/** The command from its package, and the executable. */
export const flavours: readonly Flavour[] = [
  { name: "the command", command: [process.execPath, join(root, "packages/cli/bin/tracecore.js")] },
  { name: "the executable", command: [executable] },
];
