import { defineConfig } from "vitest/config";

/** End-to-end tests: the built command and the executable as processes, with real peers. */
export default defineConfig({
  test: {
    name: "e2e",
    root: import.meta.dirname,
    include: ["**/*.test.ts"],
    globalSetup: ["../scripts/temporary-directory.ts", "harness/build.ts"],
    // Processes start and stop, some of them package managers.
    testTimeout: 120_000,
    hookTimeout: 240_000,
    // Two cores: more at once only makes the deadlines of the processes under test tight.
    maxWorkers: 2,
  },
});
