import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { tracecore } from "../captured-console.ts";
import { folderWith } from "../folders.ts";

describe("tracecore init", () => {
  test("tracecore #76: writes a config that validates as it is", async () => {
    const cwd = folderWith();
    expect(await tracecore(["init"], { cwd })).toEqual({
      status: 0,
      out: "",
      err: 'wrote tracecore.yaml. Check it with "tracecore validate --config tracecore.yaml", run it with "tracecore --config tracecore.yaml".\n',
    });
    expect(await tracecore(["validate"], { cwd })).toEqual({
      status: 0,
      out: "config valid: 1 pipeline(s)\n  metrics: receivers=1 processors=0 exporters=1\n",
      err: "",
    });
  });

  test("leaves a file that is there alone, unless told to replace it", async () => {
    const cwd = folderWith({ "site.yaml": "mine\n" });
    const content = (): string => readFileSync(join(cwd, "site.yaml"), "utf8");
    expect(await tracecore(["init", "site.yaml"], { cwd })).toEqual({
      status: 1,
      out: "",
      err: "error: site.yaml is there already. Name another file, or replace it with --force. [file-exists]\n",
    });
    expect(content()).toBe("mine\n");
    expect((await tracecore(["init", "site.yaml", "--force"], { cwd })).status).toBe(0);
    expect(content()).toContain("pipelines:");
  });

  test("says why it cannot write", async () => {
    const cwd = folderWith({ "sub/x": "" });
    expect((await tracecore(["init", "sub", "--force"], { cwd })).err).toBe(
      "error: cannot write sub: it is a folder. [file-not-written]\n",
    );
    expect((await tracecore(["init", "sub/x/y.yaml"], { cwd })).err).toBe(
      "error: cannot write sub/x/y.yaml: a part of the path is a file. [file-not-written]\n",
    );
    if (process.getuid?.() !== 0) {
      chmodSync(join(cwd, "sub"), 0o500);
      expect((await tracecore(["init", "sub/z.yaml"], { cwd })).err).toBe(
        "error: cannot write sub/z.yaml: permission denied. [file-not-written]\n",
      );
    }
  });
});
