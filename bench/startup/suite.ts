import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { get } from "node:http";
import type { Row } from "../compare.ts";
import { buildExecutable, npmCommand } from "../executable.ts";
import { median, round, spread } from "../statistics.ts";
import type { Suite, SuiteOptions, SuiteResult } from "../suite.ts";

/** How long a process is left alone before its memory is read, in milliseconds. */
const IDLE_MS = 3000;

interface Variant {
  readonly label: string;
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

interface Cell {
  readonly firstLineCpuMs: number[];
  readonly firstLineWallMs: number[];
  readonly readyWallMs: number[];
  readonly anonMib: number[];
  readonly privateMib: number[];
}

/** From launch to the first line of output and to /readyz, and memory when idle. */
export const startupSuite: Suite = {
  name: "startup",
  describe: "CPU and time to the first line on standard output and to /readyz, anonymous memory when idle",
  async run({ rounds, log }: SuiteOptions): Promise<SuiteResult> {
    const folder = mkdtempSync(join(tmpdir(), "tracecore-startup-"));
    const port = 19_300;
    writeFileSync(
      join(folder, "line.yaml"),
      "receivers: { clock: {} }\nexporters: { stdout: {} }\npipelines: { metrics: { receivers: [clock], exporters: [stdout] } }\n",
    );
    writeFileSync(
      join(folder, "ready.yaml"),
      `${readFileSync(join(folder, "line.yaml"), "utf8")}telemetry: { enabled: true, listen: "127.0.0.1:${port}" }\n`,
    );
    const variants = build(folder, log);
    const cells = new Map<string, Cell>(
      variants.map(({ name }) => [
        name,
        { firstLineCpuMs: [], firstLineWallMs: [], readyWallMs: [], anonMib: [], privateMib: [] },
      ]),
    );
    // One round is not counted: it fills the compile cache and the page cache.
    for (let number = 0; number <= rounds; number++) {
      for (const { name, command } of variants) {
        const line = await untilFirstLine(command, join(folder, "line.yaml"));
        const readyWallMs = name === "node" ? Number.NaN : await untilReady(command, join(folder, "ready.yaml"), port);
        if (number === 0) continue;
        const cell = cells.get(name)!;
        cell.firstLineCpuMs.push(line.cpuMs);
        cell.firstLineWallMs.push(line.wallMs);
        cell.readyWallMs.push(readyWallMs);
        cell.anonMib.push(line.anonMib);
        cell.privateMib.push(line.privateMib);
      }
      log(`round ${number} of ${rounds}`);
    }
    return result(variants, cells);
  },
};

function build(folder: string, log: (line: string) => void): Variant[] {
  const executable = join(folder, "tracecore");
  log("building the packages and the executable");
  buildExecutable("examples/getting-started/tracecore.yaml", executable);
  return [
    {
      name: "node",
      label: "node, an interval and a line",
      command: [process.execPath, "-e", "console.log(1); setInterval(() => {}, 1000)"],
    },
    { name: "executable", label: "executable", command: [executable] },
    { name: "command", label: "command from its package", command: [process.execPath, npmCommand] },
  ];
}

async function untilFirstLine(
  [program, ...before]: readonly [string, ...string[]],
  config: string,
): Promise<{ cpuMs: number; wallMs: number; anonMib: number; privateMib: number }> {
  const startedMs = performance.now();
  const args = before.includes("-e") ? before : [...before, "--config", config];
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "ignore"] });
  await once(child.stdout, "data");
  const wallMs = performance.now() - startedMs;
  const cpuMs = cpuMsOf(child.pid!);
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
  const anonMib = kib(`/proc/${child.pid}/status`, "RssAnon") / 1024;
  const rollup = `/proc/${child.pid}/smaps_rollup`;
  const privateMib = (kib(rollup, "Private_Dirty") + kib(rollup, "Private_Clean")) / 1024;
  await end(child);
  return { cpuMs, wallMs, anonMib, privateMib };
}

async function untilReady(
  [program, ...before]: readonly [string, ...string[]],
  config: string,
  port: number,
): Promise<number> {
  const startedMs = performance.now();
  const child = spawn(program, [...before, "--config", config], { stdio: "ignore" });
  while ((await status(port)) !== 200) await new Promise((resolve) => setTimeout(resolve, 2));
  const wallMs = performance.now() - startedMs;
  await end(child);
  return wallMs;
}

function status(port: number): Promise<number | undefined> {
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  get({ host: "127.0.0.1", port, path: "/readyz", agent: false }, (response) => {
    response.resume();
    resolve(response.statusCode);
  }).on("error", () => resolve(undefined));
  return promise;
}

async function end(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}

/** CPU time of all threads that still run, in milliseconds; schedstat counts nanoseconds where stat counts ticks of 10 ms. */
function cpuMsOf(pid: number): number {
  let ns = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    ns += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ")[0]);
  }
  return ns / 1e6;
}

function kib(file: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(readFileSync(file, "utf8"))?.[1] ?? Number.NaN);
}

function result(variants: readonly Variant[], cells: ReadonlyMap<string, Cell>): SuiteResult {
  const node = median(cells.get("node")!.firstLineCpuMs);
  const lines = variants.map(({ name, label }) => {
    const cell = cells.get(name)!;
    const ready = name === "node" ? "–" : spread(cell.readyWallMs);
    const ratio = name === "node" ? "1" : round(median(cell.firstLineCpuMs) / node);
    return `| ${label} | ${spread(cell.firstLineCpuMs)} | ${ratio} | ${spread(cell.firstLineWallMs)} | ${ready} | ${spread(cell.anonMib)} | ${spread(cell.privateMib)} |`;
  });
  const rows: Row[] = variants
    .filter(({ name }) => name !== "node")
    .map(({ name }) => ({
      name: `startup/${name} CPU to first line vs node`,
      ratio: median(cells.get(name)!.firstLineCpuMs) / node,
    }));
  const head =
    "| variant | CPU ms to the first line | of bare node | wall ms to the first line | wall ms to /readyz | RssAnon MiB idle | private MiB idle |";
  return { rows, markdown: [head, "|---|---|---|---|---|---|---|", ...lines].join("\n") };
}
