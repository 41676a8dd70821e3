import { existsSync, readdirSync } from "node:fs";
import { defineConfig } from "vitest/config";

/** Packages run from their sources: no build comes before a test. */
const conditions = ["@tracecore/source"];
const packages = new URL("packages/", import.meta.url);

export default defineConfig({
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    globalSetup: ["scripts/temporary-directory.ts"],
    // Property tests take seconds where something else takes the CPU. No test is about time.
    testTimeout: 20_000,
    projects: [
      ...readdirSync(packages)
        .filter((name) => existsSync(new URL(`${name}/test`, packages)))
        .map((name) => ({
          extends: true as const,
          test: {
            name,
            root: `packages/${name}`,
            include: ["test/**/*.test.ts"],
            // What a test has the command load with require() is resolved by Node itself.
            execArgv: conditions.map((condition) => `--conditions=${condition}`),
          },
        })),
      // The gate of the benchmarks and the rules of the repository are tested like any other code.
      ...["bench", "scripts"].map((name) => ({
        extends: true as const,
        test: { name, root: name, include: ["test/**/*.test.ts"] },
      })),
    ],
    coverage: {
      provider: "v8",
      include: ["packages/*/src/**/*.ts"],
      exclude: ["**/bin.ts"],
      thresholds: { lines: 80, functions: 80, branches: 70, statements: 80 },
    },
  },
});
