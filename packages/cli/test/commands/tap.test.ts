import { describe, expect, test } from "vitest";
import { tracecore } from "../captured-console.ts";
import { folderWith } from "../folders.ts";

describe("tracecore tap", () => {
  test.each([
    [[], "name a component. Write for example: tracecore tap otlp."],
    [["a", "--format", "xml"], '--format: "xml" is not a format. Formats: text, json.'],
    [["a", "--direction", "up"], '--direction: "up" is not a direction. Directions: in, out.'],
    [["a", "--signal", "spans"], '--signal: "spans" is not a signal. Signals: traces, metrics, logs.'],
    [["a", "--rate", "0"], '--rate: "0" is not a number above 0.'],
    [["a", "--sample", "2"], '--sample: "2" is not a number above 0 and up to 1.'],
    [["a", "--limit", "1.5"], '--limit: "1.5" is not a whole number above 0.'],
    [["a", "--items", ""], '--items: "" is not a whole number above 0.'],
    [
      ["a", "--duration", "5"],
      '--duration: expected a duration such as "10s", got "5". Write a number and a unit: ms, s, m or h.',
    ],
    [
      ["a", "--resource", "x"],
      '--resource: "x" is not of the form key=value. Write for example --resource service.name=checkout.',
    ],
    [
      ["a", "--name", "("],
      '--name: expected a regular expression: a "(" is not closed in "(". Write \\( for the character.',
    ],
  ])("refuses %j", async (args, message) => {
    expect(await tracecore(["tap", ...args])).toEqual({ status: 2, out: "", err: `error: ${message} [usage]\n` });
  });

  test("says where it looked when no collector runs", async () => {
    const folder = folderWith();
    expect(await tracecore(["tap", "a"], { env: { TRACECORE_RUNTIME_DIR: folder } })).toEqual({
      status: 1,
      out: "",
      err: `error: no running collector was found in ${folder}. Is it running, as this user, and not with runtime.admin_socket: off? Try sudo for one of root, or name its socket with --admin-socket. [admin-socket-missing]\n`,
    });
    expect(await tracecore(["tap", "a", "--admin-socket", "x.sock"], { cwd: folder })).toMatchObject({
      err: `error: nobody can be reached on ${folder}/x.sock. Is it running, as this user, and not with runtime.admin_socket: off? Try sudo for one of root, or name its socket with --admin-socket. [admin-socket-missing]\n`,
    });
  });
});
