import { round, spread } from "../statistics.ts";
import { startCollector, type Collector } from "./collectors.ts";
import { load, startSink } from "./processes.ts";
import { arrived, hopPorts, orderOf, WARM_SECONDS, type HopCase } from "./hop-case.ts";

const SECONDS = 4;

const TURNS = 16;
const TURN_SECONDS = 2;
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
    `Self-telemetry: CPU microseconds per log record of two collectors that run side by side, one with it and one without, and take turns of ${TURN_SECONDS} seconds; of ${TURNS} pairs of turns how much more the one with it took, as median and the middle half.`,
    "",
    "| log records a request | off | on | more |",
    "|---|---|---|---|",
  ];
  for (const items of [100, 1_000]) {
    const { off, on } = await costsByTurns(items);
    const more = off.map((us, turn) => (on[turn]! / us - 1) * 100).toSorted((a, b) => a - b);
    const [low, middle, high] = [0.25, 0.5, 0.75].map((part) => more[Math.round(part * (more.length - 1))]!.toFixed(1));
    log(`self-telemetry ${items}: ${middle} % more`);
    lines.push(
      `| ${items.toLocaleString("en-US")} | ${spread(off)} | ${spread(on)} | ${middle} % [${low} to ${high}] |`,
    );
  }
  return lines.join("\n");
}

interface Turns {
  readonly off: number[];
  readonly on: number[];
}

/** Turns lie close together, because this machine is faster in one minute than in the next. */
async function costsByTurns(items: number): Promise<Turns> {
  const one: HopCase = { protocol: "http", gzip: false, items, sent: "logs", batch: false };
  const otherPorts = { ...hopPorts, http: 19_511, grpc: 19_512 };
  const shared = { gzip: false, batch: false };
  await using sink = await startSink(hopPorts.sinkHttp, hopPorts.sinkGrpc);
  await using withIt = await startCollector("tracecore", "", { ...shared, ports: hopPorts, hasTelemetry: true });
  await using without = await startCollector("tracecore", "", { ...shared, ports: otherPorts, hasTelemetry: false });
  const order = { ...orderOf(one), connections: CONNECTIONS, rate: 0 };
  let sent = 0;
  const turn = async (collector: Collector, port: number, seconds: number): Promise<number> => {
    const beforeMs = collector.cpuMs();
    const { accepted } = await load({ ...order, port, seconds });
    sent += accepted * items;
    await arrived(sink, sent, "tracecore");
    return ((collector.cpuMs() - beforeMs) * 1000) / (accepted * items);
  };
  const found: Turns = { off: [], on: [] };
  for (let round_ = -1; round_ < TURNS; round_++) {
    const isWarm = round_ >= 0;
    const seconds = isWarm ? TURN_SECONDS : WARM_SECONDS;
    // By turns the first and the second, since a machine may also get slower all the time.
    const order_ = round_ % 2 === 0 ? (["off", "on"] as const) : (["on", "off"] as const);
    for (const which of order_) {
      const us = await (which === "on"
        ? turn(withIt, hopPorts.http, seconds)
        : turn(without, otherPorts.http, seconds));
      if (isWarm) found[which].push(us);
    }
  }
  return found;
}

async function cost(one: HopCase, processes: number): Promise<number> {
  await using sink = await startSink(hopPorts.sinkHttp, hopPorts.sinkGrpc);
  await using collector = await startCollector("tracecore", "", {
    ports: hopPorts,
    gzip: false,
    batch: false,
    processes,
  });
  const order = { ...orderOf(one), connections: CONNECTIONS, rate: 0 };
  const warm = await load({ ...order, seconds: WARM_SECONDS });
  await arrived(sink, warm.accepted * one.items, "tracecore");
  const beforeMs = collector.cpuMs();
  const { accepted } = await load({ ...order, seconds: SECONDS });
  await arrived(sink, (warm.accepted + accepted) * one.items, "tracecore");
  return ((collector.cpuMs() - beforeMs) * 1000) / (accepted * one.items);
}
