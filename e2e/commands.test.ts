import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "@tracecore/testkit";
import { describe, expect, test } from "vitest";
import { folderWith, poll, run, start, type RunOptions } from "./harness/collector.ts";
import { flavours, root, type Flavour } from "./harness/places.ts";

const sound = `receivers: { clock: {} }
exporters: { stdout: {} }
pipelines: { metrics: { receivers: [clock], exporters: [stdout] } }
`;
/** The most bytes that a config may have. */
const MOST_BYTES = 10 * 2 ** 20;

/** Writes `content` as f.yaml and validates it. */
async function validated(
  flavour: Flavour,
  content: string | Uint8Array,
  options: Omit<RunOptions, "cwd"> = {},
  args: string[] = [],
) {
  const cwd = await folderWith({});
  await writeFile(join(cwd, "f.yaml"), content);
  const ended = await run(flavour, ["validate", "f.yaml", ...args], { cwd, ...options });
  // Whatever is in the file: no stack, no signal, no crash of the runtime.
  expect(ended.signal).toBeNull();
  expect(ended.err).not.toMatch(/\n {4}at |node:internal|FATAL ERROR/);
  return ended;
}

/** Ten anchors, each of ten aliases of the one before: ten thousand million values. */
function aliasBomb(): string {
  const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
  for (let i = 1; i < 10; i++)
    lines.push(
      `a${i}: &a${i} [${Array(10)
        .fill(`*a${i - 1}`)
        .join(", ")}]`,
    );
  return `${lines.join("\n")}\n${sound}`;
}

describe.each(flavours)("$name", (flavour) => {
  test.each<[string, string | Uint8Array, string]>([
    [
      "an empty file",
      "",
      'f.yaml:1:1: config: the file is empty. Begin with "receivers:"; "tracecore init" writes a config to start from. [config-empty]\n1 error\n',
    ],
    [
      "a tab that indents",
      "receivers:\n  clock:\n\tcollection_interval: 1s\n",
      "f.yaml:3:1: yaml: the line is indented with a tab, which YAML does not allow. Replace the tab with spaces. [config-yaml-tab]\n    3 |   collection_interval: 1s\n      | ^\n1 error\n",
    ],
    [
      "a key that stands twice",
      sound.replace("clock: {} }", "clock: {},\n  clock: {} }"),
      `f.yaml:2:3: receivers.clock: "clock" is given twice, first on line 1. Keep one of the two. [config-duplicate-key]
    2 |   clock: {} }
      |   ^
1 error
`,
    ],
    [
      "bytes that are not UTF-8",
      Buffer.concat([Buffer.from(`${sound}# caf`), Buffer.from([0xe9, 0x0a])]),
      `f.yaml:4:6: config: byte ${sound.length + 5} (0xe9) is not UTF-8. Save the file as UTF-8. [config-not-utf8]\n    4 | # caf\ufffd\n      |      ^\n1 error\n`,
    ],
    [
      "a file above 10 MiB",
      `${sound}#${"x".repeat(MOST_BYTES - sound.length)}`,
      `f.yaml:1:1: config: the config has ${MOST_BYTES + 1} bytes, more than ${MOST_BYTES}. Make it shorter. [config-too-large]\n1 error\n`,
    ],
    [
      "a variable that is not set",
      sound.replace("clock: {}", 'clock: { collection_interval: "${env:INTERVAL}" }'),
      `f.yaml:1:44: receivers.clock.collection_interval: the environment variable INTERVAL is not set. Set it, or write \${env:INTERVAL:-} to allow an empty value. [config-env-not-set]
    1 | receivers: { clock: { collection_interval: "\${env:INTERVAL}" } }
      |                                            ^
1 error
`,
    ],
  ])("says what is wrong with %s, and exits with 2", async (_, content, err) => {
    expect(await validated(flavour, content)).toEqual({ status: 2, signal: null, out: "", err });
  });

  test("stops an alias bomb before it takes memory, and says where", async () => {
    const { status, err } = await validated(flavour, aliasBomb());
    expect(status).toBe(2);
    expect(err).toContain(
      "f.yaml:5:45: a4[7]: the aliases of the config add more than 100000 values. Use fewer aliases inside anchors. [config-alias-limit]\n",
    );
  });

  test("reads a file of 10 MiB, and refuses one that would take minutes to read", async () => {
    expect((await validated(flavour, `${sound}#${"x".repeat(MOST_BYTES - sound.length - 1)}`)).status).toBe(0);
    const junk = "receivers: { clock: { nope: [{ a: b }, &x c, *x] } }\n".repeat(MOST_BYTES / 64);
    const { status, err } = await validated(flavour, junk);
    expect(status).toBe(2);
    expect(err).toBe(
      "f.yaml:1:1: config: the config has more than 500000 YAML tokens, about 71429 lines. Make it shorter. [config-too-large]\n1 error\n",
    );
  });

  test("says every problem of a file in one run, each with its line and a caret", async () => {
    const { status, out, err } = await validated(
      flavour,
      `receivers:
  clock: { collection_interval: 10 }
exporters:
  stdout: { fromat: json }
  prom: { endpoint: "localhost:notaport" }
pipelines:
  metrics: { receivers: [clok], exporters: [stdout, prom] }
telemetry: { enabled: true, paths: { metrics: metrics } }
`,
    );
    expect([status, out]).toEqual([2, ""]);
    const lines = err.split("\n");
    const places = lines.flatMap(
      (line) => /^f\.yaml:(\d+):(\d+): (?!warning)\S+: /.exec(line)?.slice(1, 3).map(Number).join(":") ?? [],
    );
    expect(places).toEqual(["2:33", "4:13", "5:21", "7:26", "8:47"]);
    for (const [index, line] of lines.entries()) {
      const [, row, col] = /^f\.yaml:(\d+):(\d+): /.exec(line) ?? [];
      if (row === undefined) continue;
      expect(lines[index + 1]).toMatch(new RegExp(`^ +${row} \\| `));
      expect(lines[index + 2]?.indexOf("^")).toBe("    1 | ".length + Number(col) - 1);
    }
    expect(err).toContain("f.yaml:8:47: telemetry.paths.metrics: must be an absolute path starting with '/'");
    expect(lines.at(-2)).toBe("5 errors");
  });

  test("merges several files and --set, and runs what comes of it", async () => {
    const port = await freePort();
    const cwd = await folderWith({
      "base.yaml": sound.replace("clock: {}", "clock: { collection_interval: 1h }"),
      "site.yaml": "exporters: { prom: { path: /data } }\npipelines: { metrics: { exporters: [prom] } }\n",
    });
    const args = ["-c", "base.yaml", "--config", "site.yaml", "--set", `exporters.prom.endpoint=127.0.0.1:${port}`];
    const set = ["--set", "receivers.clock.collection_interval=50ms"];
    const { out } = await run(flavour, ["validate", ...args, ...set, "--explain"], { cwd });
    expect(out).toMatch(
      /receivers\.clock\.collection_interval: 50ms +# --set receivers\.clock\.collection_interval=50ms\n/,
    );
    expect(out).toMatch(/exporters\.prom\.path: \/data +# site\.yaml:1\n/);
    await using running = start(flavour, [...args, ...set], { cwd });
    const first = await poll(`http://127.0.0.1:${port}/data`, (text) => text.includes("tracecore_clock_time_seconds"));
    await poll(`http://127.0.0.1:${port}/data`, (text) => text !== first);
    expect(running.out).toBe("");
  });

  test("takes values from the environment", async () => {
    const config = sound.replace("clock: {}", 'clock: { collection_interval: "${env:INTERVAL:-9s}" }');
    const line = async (env: Record<string, string>): Promise<string | undefined> =>
      (await validated(flavour, config, { env }, ["--explain"])).out
        .split("\n")
        .find((one) => one.includes("collection_interval"));
    expect(await line({})).toMatch(/: 9s +# /);
    expect(await line({ INTERVAL: "7s" })).toMatch(/: 7s +# environment INTERVAL, f\.yaml:1$/);
  });

  test.each<[number, string, string[]]>([
    [0, "the version", ["--version"]],
    [0, "the overview", ["--help"]],
    [0, "a page of an error", ["explain", "usage"]],
    [0, "a config that is right", ["validate", join(root, "examples/stdout-json/tracecore.yaml")]],
    [1, "a file that cannot be written", ["init", "no/such/folder/x.yaml"]],
    [2, "a command that does not exist", ["colect"]],
    [2, "an option that does not exist", ["--colect"]],
    [2, "a config that is not there", ["--config", "none.yaml"]],
    [2, "an error code that does not exist", ["explain", "nope"]],
  ])("exits with %i after %s", async (expected, _, args) => {
    const { status, out, err } = await run(flavour, args, { cwd: await folderWith({}) });
    expect([status, expected === 0 ? err : out]).toEqual([expected, ""]);
    if (expected !== 0) expect(err).toMatch(/^error: .*\. \[[a-z-]+\]\n$/);
  });

  test("exits with 130 when it is told a second time while it cannot finish", async () => {
    const receiver = "hostmetrics: { collection_interval: 20ms, initial_delay: 0s }";
    const config = sound.replaceAll("clock", "hostmetrics").replace("hostmetrics: {}", receiver);
    const cwd = await folderWith({ "tracecore.yaml": config });
    const [program, ...before] = flavour.command;
    // Nobody reads its output: once the pipe is full, the exporter waits, and the collector with it.
    const child = spawn(program, before, { cwd, stdio: ["ignore", "pipe", "pipe"] });
    try {
      const err = collected(child);
      await err.saw("tracecore running");
      await pipeIsFull(child);
      child.kill("SIGTERM");
      await err.saw("SIGTERM: stopping; a second one stops at once");
      child.kill("SIGTERM");
      const [status] = (await once(child, "exit")) as [number | null];
      expect(status).toBe(130);
      expect(err.text()).toContain("SIGTERM again: leaving without finishing");
    } finally {
      child.kill("SIGKILL");
    }
  });

  test("writes a config, validates it, and does not overwrite it", async () => {
    const cwd = await folderWith({});
    expect((await run(flavour, ["init"], { cwd })).status).toBe(0);
    expect((await run(flavour, ["validate"], { cwd })).out).toContain("config valid: 1 pipeline(s)\n");
    expect(await run(flavour, ["init"], { cwd })).toMatchObject({
      status: 1,
      err: "error: tracecore.yaml is there already. Name another file, or replace it with --force. [file-exists]\n",
    });
  });

  test("lists its plugins", async () => {
    const { status, out } = await run(flavour, ["components", "--json"], { cwd: await folderWith({}) });
    expect(status).toBe(0);
    const { components } = JSON.parse(out) as { components: { kind: string; type: string }[] };
    const listed = components.map(({ kind, type }) => `${kind} ${type}`);
    // The executable lists what it holds, the command whatever stands beside it.
    expect(listed).toEqual(
      expect.arrayContaining(["exporter prom", "exporter stdout", "receiver clock", "receiver hostmetrics"]),
    );
    expect(new Set(listed).size).toBe(listed.length);
  });

  test("has no colours in a pipe, and colours where they are forced", async () => {
    const bare = { env: { NO_COLOR: "" } };
    expect((await validated(flavour, "nope: 1\n", bare)).err).not.toContain("\u001b");
    expect((await validated(flavour, "nope: 1\n", { env: { NO_COLOR: "", FORCE_COLOR: "1" } })).err).toContain(
      "\u001b[",
    );
    expect((await validated(flavour, "nope: 1\n", { env: { NO_COLOR: "1", FORCE_COLOR: "1" } })).err).not.toContain(
      "\u001b",
    );
  });
});

/** What a process writes to standard error. */
function collected(child: ChildProcess): { text: () => string; saw: (part: string) => Promise<void> } {
  let text = "";
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  return {
    text: () => text,
    async saw(part) {
      while (!text.includes(part)) {
        if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode} before ${part}\n${text}`);
        await once(child.stderr!, "data");
      }
    },
  };
}

/** Waits until what a process has written and nobody has read no longer grows. */
async function pipeIsFull(child: ChildProcess): Promise<void> {
  const length = (): number => child.stdout?.readableLength ?? 0;
  let before = -1;
  while (length() === 0 || length() !== before) {
    before = length();
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
