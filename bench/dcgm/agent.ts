import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { compiledDouble } from "../../packages/receiver-dcgm/double/compile.ts";

/** Ports that nothing else of the benchmarks uses; two runs at once take different ones. */
const PORT = 19_400 + (process.pid % 500);

/** A collector that reads GPUs and is scraped. */
export interface Agent extends AsyncDisposable {
  /** User and system time of all its processes, milliseconds. */
  cpuMs(): number;
  /** Anonymous resident memory of all its processes, MiB. */
  anonMib(): number;
  /** Collects all garbage; gives what is alive in the heaps of all its processes, MiB. */
  liveMib(): Promise<number>;
  /** Resident memory of all its processes, MiB. */
  residentMib(): number;
  /** Open file descriptors of all its processes. */
  handles(): number;
  processes(): number;
  /** The exposition, as Prometheus asks for it; empty while nothing listens. */
  scrape(): Promise<string>;
  /** What the engine is: lines of the double's script. */
  script(...lines: readonly string[]): void;
}

export interface AgentOptions {
  /** The command that runs the collector, without its config. */
  readonly command: readonly [string, ...string[]];
  readonly gpus: number;
  /** Ids of DCGM fields. */
  readonly fields: readonly number[];
  readonly intervalMs: number;
  /** `simulated`, or how calls of the double are kept apart. */
  readonly engine: "simulated" | "process" | "none";
  /** Whether `liveMib` will be asked for. */
  readonly canCollect?: boolean;
}

/** Starts one and waits for its first values. */
export async function agent({
  command,
  gpus,
  fields,
  intervalMs,
  engine,
  canCollect = false,
}: AgentOptions): Promise<Agent> {
  const folder = mkdtempSync(join(tmpdir(), "tracecore-dcgm-agent-"));
  const heaps = mkdtempSync(join(tmpdir(), "tracecore-dcgm-heaps-"));
  const script = (...lines: readonly string[]): void => {
    writeFileSync(join(folder, "next"), `${lines.join("\n")}\n`);
    renameSync(join(folder, "next"), join(folder, "localhost:5555"));
  };
  script(...engineScript(gpus));
  const receiver = {
    ...(engine === "simulated"
      ? { mode: "simulated", simulated: { gpus } }
      : { endpoint: "localhost:5555", library: compiledDouble(), isolation: engine }),
    collection_interval: `${intervalMs}ms`,
    fields,
  };
  const file = join(folder, "tracecore.json");
  writeFileSync(
    file,
    JSON.stringify({
      receivers: { dcgm: receiver },
      exporters: { prom: { endpoint: `127.0.0.1:${PORT}` } },
      pipelines: { metrics: { receivers: ["dcgm"], exporters: ["prom"] } },
    }),
  );
  const [program, ...before] = command;
  const child = spawn(program, [...before, "--config", file], {
    stdio: ["ignore", "ignore", process.env["BENCH_VERBOSE"] === undefined ? "ignore" : "inherit"],
    env: {
      ...process.env,
      DCGM_DOUBLE_DIR: folder,
      ...(canCollect && {
        BENCH_HEAP_DIR: heaps,
        NODE_OPTIONS: `--require ${join(import.meta.dirname, "collect-on-signal.cjs")}`,
      }),
    },
  });
  const ended = once(child, "exit");
  const all = (): number[] => withChildren(child.pid!);
  const sum = (of: (pid: number) => number): number => all().reduce((total, pid) => total + of(pid), 0);
  while (!(await scrape()).includes("\nhw_")) {
    if (child.exitCode !== null) throw new Error(`the collector ended with ${child.exitCode}`);
    await new Promise((resolve) => void setTimeout(resolve, 50));
  }
  return {
    cpuMs: () => sum(preciseCpuMs),
    anonMib: () => sum((pid) => kib(pid, "RssAnon")) / 1024,
    liveMib: async () => {
      const pids = all();
      for (const pid of pids) {
        rmSync(join(heaps, String(pid)), { force: true });
        process.kill(pid, "SIGUSR2");
      }
      let bytes = 0;
      for (const pid of pids) {
        const answer = join(heaps, String(pid));
        while (!existsSync(answer)) {
          if (child.exitCode !== null || child.signalCode !== null) throw new Error("the collector ended");
          await new Promise((resolve) => void setTimeout(resolve, 10));
        }
        bytes += Number(readFileSync(answer, "utf8"));
      }
      return bytes / 2 ** 20;
    },
    residentMib: () => sum((pid) => kib(pid, "VmRSS")) / 1024,
    handles: () => sum((pid) => readdirSync(`/proc/${pid}/fd`).length),
    processes: () => all().length,
    scrape,
    script,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await ended;
      rmSync(folder, { recursive: true });
      rmSync(heaps, { recursive: true });
    },
  };
}

/**
 * A script of the double with this many GPUs whose values are made of their ids, sampled now. Another `generation` is an engine
 * that was restarted.
 */
export function engineScript(gpus: number, generation = 1): string[] {
  const devices = Array.from({ length: gpus }, (_, id) => `gpu ${id} GPU-${id} B${id} S${id} 1 0`);
  return [`engine up ${generation}`, "plain", `time ${Date.now()}000`, ...devices];
}

function scrape(): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const headers = { "accept-encoding": "gzip" };
  get({ host: "127.0.0.1", port: PORT, path: "/metrics", agent: false, headers }, (response) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => void chunks.push(chunk));
    response.on("end", () => {
      const body = Buffer.concat(chunks);
      resolve((response.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body).toString());
    });
  }).on("error", () => resolve(""));
  return promise;
}

function withChildren(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return [pid, ...text.split(" ").filter(Boolean).map(Number).flatMap(withChildren)];
}

/** Time of the threads that still run, by a clock of nanoseconds where `stat` counts steps of 10 ms. */
function preciseCpuMs(pid: number): number {
  let ns = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    ns += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ")[0]);
  }
  return ns / 1e6;
}

function kib(pid: number, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
}
