import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { npmCommand } from "../executable.ts";
import { goPeer, type Peer } from "../peer-build.ts";
import { residentMib } from "../process-cpu.ts";

/** Ports of a run. */
export interface Ports {
  readonly http: number;
  readonly grpc: number;
  readonly sinkHttp: number;
  readonly sinkGrpc: number;
  readonly telemetry: number;
}

export interface CollectorOptions {
  readonly ports: Ports;
  /** Of what is sent on; what comes in says itself how it is compressed. */
  readonly gzip: boolean;
  /** Merges what comes in. */
  readonly batch: boolean;
  /** Inserts an attribute into each item; tracecore alone. */
  readonly inserts?: boolean;
  /** Of tracecore; default true. */
  readonly hasTelemetry?: boolean;
  /** Cores that its processes may use; undefined for all. */
  readonly cores?: string;
  /** Processes that share the ports. */
  readonly processes?: number;
}

/** A collector that takes OTLP over both protocols and sends each on over the same. */
export interface Collector extends AsyncDisposable {
  /** User and system time of all its processes, milliseconds. */
  cpuMs(): number;
  residentMib(): number;
}

export type CollectorName = "tracecore" | "otelcol";

/** The Collector of Go modules. */
export function buildOtelcol(): Peer {
  return goPeer("otelcol", join(import.meta.dirname, "otelcol"));
}

/** Starts tracecore as npm installs it, or the OpenTelemetry Collector, with the same pipeline. */
export async function startCollector(
  name: CollectorName,
  program: string,
  options: CollectorOptions,
): Promise<Collector> {
  const { ports, cores, processes = 1 } = options;
  const folder = mkdtempSync(join(tmpdir(), "tracecore-hop-"));
  const command = name === "tracecore" ? [process.execPath, npmCommand] : [program];
  const children = Array.from({ length: processes }, (_, number) => {
    const file = join(folder, `config-${number}.yaml`);
    writeFileSync(file, JSON.stringify(configOf(name, options, number)));
    const all = [...(cores === undefined ? [] : ["taskset", "-c", cores]), ...command, "--config", file];
    return spawn(all[0]!, all.slice(1), {
      stdio: ["ignore", "ignore", process.env["BENCH_VERBOSE"] === undefined ? "ignore" : "inherit"],
    });
  });
  const ended = children.map((child) => once(child, "exit"));
  for (const port of [ports.http, ports.grpc]) await reachable(port);
  const over = children.find(({ exitCode }) => exitCode !== null);
  if (over !== undefined) throw new Error(`${name} ended with ${over.exitCode}: is another run using its ports?`);
  const pids = children.map(({ pid }) => pid!);
  return {
    cpuMs: () => pids.reduce((sum, pid) => sum + threadsCpuMs(pid), 0),
    residentMib: () => pids.reduce((sum, pid) => sum + residentMib(pid), 0),
    async [Symbol.asyncDispose]() {
      for (const child of children) child.kill("SIGTERM");
      await Promise.all(ended);
    },
  };
}

/** The same in both: validated, counted by self-telemetry, queued in memory. */
function configOf(
  name: CollectorName,
  { ports, gzip, batch, inserts = false, hasTelemetry = true, processes = 1 }: CollectorOptions,
  number: number,
): object {
  const shared = processes > 1 ? { reuse_port: true } : {};
  const sending = { tls: { insecure: true }, compression: gzip ? "gzip" : "none" };
  const receivers = {
    "otlp/http": { protocols: { http: { endpoint: `127.0.0.1:${ports.http}`, ...shared } } },
    "otlp/grpc": { protocols: { grpc: { endpoint: `127.0.0.1:${ports.grpc}`, ...shared, max_recv_msg_size_mib: 64 } } },
  };
  const exporters = {
    otlphttp: { endpoint: `http://127.0.0.1:${ports.sinkHttp}`, compression: sending.compression },
    otlp: { endpoint: `127.0.0.1:${ports.sinkGrpc}`, ...sending },
  };
  const processors = {
    ...(inserts && { attributes: { actions: [{ key: "team", value: "gpu", action: "insert" }] } }),
    ...(batch && { batch: {} }),
  };
  const pipeline = (receiver: string, exporter: string): object => ({
    receivers: [receiver],
    processors: Object.keys(processors),
    exporters: [exporter],
  });
  const pipelines = Object.fromEntries(
    ["metrics", "logs", "traces"].flatMap((signal) => [
      [`${signal}/http`, pipeline("otlp/http", "otlphttp")],
      [`${signal}/grpc`, pipeline("otlp/grpc", "otlp")],
    ]),
  );
  const own =
    name === "tracecore"
      ? {
          pipelines,
          ...(number === 0 && hasTelemetry && { telemetry: { enabled: true, listen: `127.0.0.1:${ports.telemetry}` } }),
        }
      : {
          service: {
            pipelines,
            telemetry: {
              logs: { level: "error" },
              metrics: {
                readers: [{ pull: { exporter: { prometheus: { host: "127.0.0.1", port: ports.telemetry } } } }],
              },
            },
          },
        };
  return { receivers, processors, exporters, ...own };
}

async function reachable(port: number): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect({ port, host: "127.0.0.1" });
      socket.once("connect", () => resolve(true));
      socket.once("error", () => resolve(false));
      socket.once("connect", () => socket.destroy());
    });
    if (isOpen) return;
    await new Promise((resolve) => void setTimeout(resolve, 25));
  }
  throw new Error(`nothing listens on port ${port}`);
}

/** By a clock of nanoseconds, of the threads that still run. */
function threadsCpuMs(pid: number): number {
  let ns = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    ns += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ")[0]);
  }
  return ns / 1e6;
}
