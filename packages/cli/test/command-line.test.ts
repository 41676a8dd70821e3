import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { commands } from "../src/commands.ts";
import { processConsole } from "../src/console.ts";
import { exitCodes } from "../src/exit-codes.ts";
import { tracecore } from "./captured-console.ts";
import { folderWith } from "./folders.ts";
import { read, root, tableUnder } from "./operations/repository.ts";

const NAMES = "collect, tap, validate, components, doctor, schema, explain, init, new, assemble, completion";

describe("the command line", () => {
  test.each([["--help"], ["-h"], ["help"]])("shows every command for %s", async (arg) => {
    const { status, out, err } = await tracecore([arg]);
    expect([status, err]).toEqual([0, ""]);
    for (const { name, summary } of commands)
      expect(out).toMatch(new RegExp(`^ {2}${name} +${summary.replaceAll(/[()]/g, "\\$&")}$`, "m"));
  });

  test.each(commands)("explains $name with --help, and every option of it", async ({ name, options, positionals }) => {
    const { status, out, err } = await tracecore([name, "--help"]);
    expect([status, err]).toEqual([0, ""]);
    expect(out).toContain(`Usage: ${["tracecore", name, ...positionals, "[options]"].join(" ")}\n`);
    for (const [option, { description }] of Object.entries(options)) {
      const line = out.split("\n").find((one) => one.includes(`--${option}`)) ?? "";
      expect(line).toContain(description);
      expect(description).toMatch(/^[A-Za-z].*\.$/);
    }
    expect((await tracecore(["help", name])).out).toBe(out);
    expect((await tracecore([name, "-h"])).out).toBe(out);
  });

  test("tracecore #75: shows its version and those of the packages that make its metrics", async () => {
    const version = (name: string): string =>
      (JSON.parse(readFileSync(join(root, `packages/${name}/package.json`), "utf8")) as { version: string }).version;
    const { status, out } = await tracecore(["--version"]);
    expect(status).toBe(0);
    expect(out).toMatch(
      new RegExp(
        `^tracecore ${version("cli")} \\(observability collector for GPU clusters\\)\\n` +
          `otel-sdk-metric=v\\d+\\.\\d+\\.\\d+, otel-prom-exporter=v${version("prometheus")}, node=${process.version}\\n$`,
      ),
    );
    expect((await tracecore(["version"])).out).toBe(out);
  });

  const config = "validate";
  test.each<[string, string[], string]>([
    [
      "an unknown command",
      ["vallidate"],
      `error: "vallidate" is not a command of tracecore. Commands: ${NAMES}. [usage]\n`,
    ],
    [
      "help for an unknown command",
      ["help", "x"],
      `error: "x" is not a command of tracecore. Commands: ${NAMES}. [usage]\n`,
    ],
    [
      "a config where the command should be",
      ["site.yaml"],
      'error: "site.yaml" is not a command of tracecore. To run a config: tracecore --config site.yaml. [usage]\n',
    ],
    [
      "a command behind options",
      ["--config", "a.yaml", config],
      'error: the command "validate" does not stand first. Write: tracecore validate [options]. [usage]\n',
    ],
    [
      "an unknown option",
      ["validate", "--explian"],
      'error: --explian is not an option of "tracecore validate". Options: --config, --set, --explain, --help. [usage]\n',
    ],
    [
      "an unknown short option",
      ["schema", "-x"],
      'error: -x is not an option of "tracecore schema". Options: --help. [usage]\n',
    ],
    [
      "an option without its value",
      ["validate", "--set"],
      "error: --set needs a value. Write: --set <path=value>. [usage]\n",
    ],
    [
      "an option that eats the next one",
      ["--run-for", "--watch"],
      "error: --run-for needs a value. Write: --run-for <duration>. [usage]\n",
    ],
    ["a value for a switch", ["collect", "--watch=yes"], "error: --watch takes no value. [usage]\n"],
    [
      "an argument too many",
      ["init", "a.yaml", "b.yaml"],
      'error: "b.yaml" is one argument too many. Usage: tracecore init [file] [options]. [usage]\n',
    ],
  ])("refuses %s with status 2", async (_, args, expected) => {
    expect(await tracecore(args)).toEqual({ status: 2, out: "", err: expected });
  });

  test("does not show a stack trace, nor colours where there are none", async () => {
    const { err } = await tracecore(["nope"]);
    expect(err.split("\n")).toHaveLength(2);
    expect(err).not.toContain("\u001b");
    expect((await tracecore(["nope"], { colors: true })).err.startsWith("\u001b[31merror\u001b[39m: ")).toBe(true);
  });

  test("counts what the file system refuses as not having run", async () => {
    const folder = folderWith();
    expect(await tracecore(["init", "no/such/x.yaml"], { cwd: folder })).toEqual({
      status: 1,
      out: "",
      err: "error: cannot write no/such/x.yaml: there is no such file or folder. [file-not-written]\n",
    });
  });

  test("has in its README the exit statuses that the code has", () => {
    const text = read("packages/cli/README.md");
    const rows = [...text.matchAll(/^\| (\d+) +\| (.+?) +\|$/gm)].map(([, status]) => Number(status));
    expect(rows).toEqual(Object.values(exitCodes));
    for (const { name } of commands) expect(text).toContain(`\`tracecore ${name}`);
    expect(() => tableUnder(text, "no such heading")).toThrow('there is no heading "no such heading"');
  });
});

describe("the console of the process", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  test.each<[string, Record<string, string>, boolean]>([
    ["no colours where nobody looks", {}, false],
    ["colours with FORCE_COLOR", { FORCE_COLOR: "1" }, true],
    ["no colours with FORCE_COLOR=0", { FORCE_COLOR: "0" }, false],
    ["no colours with NO_COLOR, whatever else", { FORCE_COLOR: "1", NO_COLOR: "1" }, false],
    ["colours with an empty NO_COLOR", { FORCE_COLOR: "1", NO_COLOR: "" }, true],
    ["no colours on a dumb terminal", { FORCE_COLOR: "1", TERM: "dumb" }, false],
  ])("has %s", (_, env, colors) => {
    for (const name of ["FORCE_COLOR", "NO_COLOR", "TERM"]) vi.stubEnv(name, env[name]);
    expect(processConsole().colors).toBe(colors);
  });
});
