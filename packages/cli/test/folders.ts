import { mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { root } from "./operations/repository.ts";

/** A folder of its own with these files. */
export function folderWith(files: Readonly<Record<string, string>> = {}): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "tracecore-cli-")));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** The files of a plugin package in node_modules that exports a receiver of this type. */
export function receiverPackage(name: string, type: string, version = "1.2.3"): Record<string, string> {
  return {
    [`node_modules/${name}/package.json`]: JSON.stringify({ name, version, type: "module", exports: "./receiver.js" }),
    [`node_modules/${name}/receiver.js`]: `import { defineReceiver } from "@tracecore/core";
import { secret } from "@tracecore/core/config";
import * as z from "zod";
export const receiver = defineReceiver({
  type: "${type}",
  stability: { metrics: "alpha" },
  config: z.strictObject({ password: secret().optional().describe("A secret."), level: z.number().default(1).describe("A level.") }),
  start: () => Promise.reject(new Error("this receiver is never started")),
});
`,
  };
}

/** Puts what plugins import beside them, as an installation would. */
export function installCore(folder: string): string {
  mkdirSync(join(folder, "node_modules/@tracecore"), { recursive: true });
  symlinkSync(join(root, "packages/core"), join(folder, "node_modules/@tracecore/core"));
  symlinkSync(join(root, "packages/core/node_modules/zod"), join(folder, "node_modules/zod"));
  return folder;
}
