import { median, round, spread } from "../statistics.ts";
import { startCollector } from "./collectors.ts";
import { load, startSink } from "./processes.ts";
import { arrived, hopPorts, orderOf, WARM_SECONDS, type HopCase } from "./hop-case.ts";

const SECONDS = 4;

const TELEMETRY_ROUNDS = 5;
/** Few enough that nothing is refused: senders that ask again at once would be measured instead. */
const CONNECTIONS = 8;
const sizes = [10, 100, 1_000, 10_000] as const;

/** One process on one core against two that share the port, and how the cost of an item depends on how many come at once. */
export async function scalingTable(log: (line: string) => void): Promise<string> {
  const lines = [
    "Two processes with `reuse_port: true` share the ports; what is measured is the CPU of both, since sender and sink need the same two cores here.",
    "",
    "| log records a request | HTTP, 1 process, µs | 2 processes, µs | gRPC, 1 process, µs | 2 processes, µs |",
    "|---|---|---|---|---|",
  ];
  for (const items of sizes) {
    const cells: string[] = [];
    for (const protocol of ["http", "grpc"] as const) {
      for (const processes of [1, 2]) {
        const us = await cost({ protocol, gzip: false, items, sent: "logs", batch: false }, processes);
        log(`scaling ${protocol} ${items} ${processes}: ${round(us)} µs per item`);
        cells.push(round(us));
      }
    }
    lines.push(`| ${items.toLocaleString("en-US")} | ${cells.join(" | ")} |`);
  }
  return lines.join("\n");
}

/** What it costs to count what passes. */
export async function telemetryTable(log: (line: string) => void): Promise<string> {
  const lines = [
    `Self-telemetry: CPU microseconds per log record with it on and off, ${TELEMETRY_ROUNDS} rounds by turns, and of the medians how much more it takes.`,
    "",
    "| log records a request | off | on | more |",
    "|---|---|---|---|",
  ];
  for (const items of [100, 1_000]) {
    const found = { off: [] as number[], on: [] as number[] };
    for (let round_ = 0; round_ < TELEMETRY_ROUNDS; round_++) {
      const one: HopCase = { protocol: "http", gzip: false, items, sent: "logs", batch: false };
      found.off.push(await cost(one, 1, false));
      found.on.push(await cost(one, 1, true));
    }
    const more = (median(found.on) / median(found.off) - 1) * 100;
    log(`self-telemetry ${items}: ${round(more)} % more`);
    lines.push(
      `| ${items.toLocaleString("en-US")} | ${spread(found.off)} | ${spread(found.on)} | ${more.toFixed(1)} % |`,
    );
  }
  return lines.join("\n");
}

async function cost(one: HopCase, processes: number, hasTelemetry = true): Promise<number> {
  await using sink = await startSink(hopPorts.sinkHttp, hopPorts.sinkGrpc);
  await using collector = await startCollector("tracecore", "", {
    ports: hopPorts,
    gzip: false,
    batch: false,
    processes,
    hasTelemetry,
  });
  const order = { ...orderOf(one), connections: CONNECTIONS, rate: 0 };
  const warm = await load({ ...order, seconds: WARM_SECONDS });
  await arrived(sink, warm.accepted * one.items, "tracecore");
  const beforeMs = collector.cpuMs();
  const { accepted } = await load({ ...order, seconds: SECONDS });
  await arrived(sink, (warm.accepted + accepted) * one.items, "tracecore");
  return ((collector.cpuMs() - beforeMs) * 1000) / (accepted * one.items);
}
