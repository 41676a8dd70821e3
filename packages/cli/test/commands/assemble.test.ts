import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { tracecore } from "../captured-console.ts";
import { folderWith } from "../folders.ts";

const config =
  "receivers: { clock: {} }\nexporters: { stdout: {} }\npipelines: { metrics: { receivers: [clock], exporters: [stdout] } }\n";

describe("tracecore assemble", () => {
  test.each([
    ["/proc/fan/tracecore", "there is no such file or folder"],
    ["sub", "it is a folder"],
    ["tracecore.yaml/tracecore", "a part of the path is a file"],
  ])("says before any work that it cannot write %s", async (output, reason) => {
    const cwd = folderWith({ "tracecore.yaml": config, "sub/x": "" });
    expect(await tracecore(["assemble", "--output", output], { cwd })).toEqual({
      status: 1,
      out: "",
      err: `error: cannot write ${output}: ${reason}. [file-not-written]\n`,
    });
  });

  test("assembles nothing from a config with errors", async () => {
    const cwd = folderWith({ "tracecore.yaml": config.replace("clock: {}", "clock: { intervall: 1s }") });
    const { status, err } = await tracecore(["assemble"], { cwd });
    expect([status, err]).toEqual([
      2,
      expect.stringMatching(
        /^tracecore\.yaml:1:23: receivers\.clock\.intervall: unknown option\. Did you mean "interval"\?/,
      ),
    ]);
    expect(existsSync(join(cwd, "tracecore"))).toBe(false);
  });
});
