import { describe, expect, test } from "vitest";
import { tracecore } from "../captured-console.ts";
import { folderWith } from "../folders.ts";

const config = `receivers: { clock: {} }
exporters: { stdout: {} }
pipelines: { metrics: { receivers: [clock], exporters: [stdout] } }
`;

describe("tracecore collect", () => {
  test.each([
    ["--log-level", "loud", 'error: --log-level: "loud" is not a level. Levels: debug, info, warn, error. [usage]\n'],
    ["--log-format", "xml", 'error: --log-format: "xml" is not a format. Formats: text, json. [usage]\n'],
    [
      "--run-for",
      "30",
      'error: --run-for: expected a duration such as "10s", got "30". Write a number and a unit: ms, s, m or h. [usage]\n',
    ],
  ])("refuses %s %s", async (option, value, expected) => {
    const cwd = folderWith({ "tracecore.yaml": config });
    expect(await tracecore(["collect", option, value], { cwd })).toEqual({ status: 2, out: "", err: expected });
    expect(await tracecore([option, value], { cwd })).toEqual({ status: 2, out: "", err: expected });
  });

  test("says how to get a config where there is none", async () => {
    expect(await tracecore([], { cwd: folderWith() })).toEqual({
      status: 2,
      out: "",
      err: 'error: cannot read the config file tracecore.yaml: there is no such file or folder. Name one with --config, or write a first one with "tracecore init". [config-file-unreadable]\n',
    });
  });

  test("does not read a file without end to its end", async () => {
    expect(await tracecore(["--config", "/dev/zero"], { cwd: folderWith() })).toEqual({
      status: 2,
      out: "",
      err: "error: the config file /dev/zero has more than 16777216 bytes. Check that it is a config, or make it shorter. [config-too-large]\n",
    });
  });

  test("starts nothing of a config that is wrong", async () => {
    const cwd = folderWith({ "tracecore.yaml": config.replace("clock: {}", "clock: { colection_interval: 1s }") });
    expect(await tracecore([], { cwd })).toEqual({
      status: 2,
      out: "",
      err: `tracecore.yaml:1:23: receivers.clock.colection_interval: unknown option. Did you mean "collection_interval"? [config-unknown-option]
    1 | receivers: { clock: { colection_interval: 1s } }
      |                       ^
1 error
`,
    });
  });
});
