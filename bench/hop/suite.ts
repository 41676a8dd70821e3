import { execFileSync } from "node:child_process";
import { join } from "node:path";
import type { Row } from "../compare.ts";
import { median, round, spread } from "../statistics.ts";
import type { Suite, SuiteOptions, SuiteResult } from "../suite.ts";
import { besideTable } from "./beside.ts";
import { buildOtelcol, startCollector, type CollectorName } from "./collectors.ts";
import { connectionsTable } from "./connections.ts";
import { overloadTable } from "./overload.ts";
import { arrived, hopPorts, orderOf, WARM_SECONDS, type HopCase } from "./hop-case.ts";
import { load, startSink } from "./processes.ts";
import { signals, type Sent } from "./protocol.ts";
import { scalingTable, telemetryTable } from "./scaling.ts";

const MEASURED_SECONDS = 3;
const CONNECTIONS = 8;
const cases: readonly HopCase[] = (["http", "grpc"] as const).flatMap((protocol) =>
  [1000, 100].flatMap((items) =>
    [false, true].flatMap((gzip) =>
      (Object.keys(signals) as Sent[]).map((sent) => ({ protocol, gzip, items, sent, batch: false })),
    ),
  ),
);
/** The hop of design budgets: one large request. */
const large: readonly HopCase[] = (["http", "grpc"] as const).map((protocol) => ({
  protocol,
  gzip: false,
  items: 10_000,
  sent: "numbers",
  batch: false,
}));
const batched: readonly HopCase[] = (["http", "grpc"] as const).flatMap((protocol) =>
  (Object.keys(signals) as Sent[]).map((sent) => ({ protocol, gzip: false, items: 100, sent, batch: true })),
);

/** From a sender through a collector to a sink: CPU of the collector for each item that arrived. */
export const hopSuite: Suite = {
  name: "hop",
  describe:
    "CPU of a collector for each OTLP item that it takes and sends on, beside the OpenTelemetry Collector; overload, cores, connections",
  async run({ rounds, quick, log }: SuiteOptions): Promise<SuiteResult> {
    execFileSync("pnpm", ["run", "build"], { cwd: join(import.meta.dirname, "../.."), stdio: "ignore" });
    const otelcol = buildOtelcol();
    const peers: readonly (readonly [CollectorName, string])[] =
      "program" in otelcol
        ? [
            ["tracecore", ""],
            ["otelcol", otelcol.program],
          ]
        : [["tracecore", ""]];
    const chosen = quick
      ? cases.filter(({ items, sent }) => items === 1000 && sent !== "spans")
      : [...cases, ...large, ...batched];
    const costs = new Map<string, number[]>();
    for (let number = 1; number <= rounds; number++) {
      for (const one of chosen) {
        for (const [name, program] of peers) {
          const us = await hopCost(name, program, one);
          const key = `${nameOf(one)} ${name}`;
          costs.set(key, [...(costs.get(key) ?? []), us]);
          log(`round ${number}/${rounds} ${key}: ${round(us)} µs per item`);
        }
      }
    }
    const tables = [table(chosen, costs)];
    if ("missing" in otelcol) tables.push(`The OpenTelemetry Collector was left out: ${otelcol.missing}.`);
    if (!quick) {
      tables.push(
        await overloadTable(peers, log),
        await scalingTable(log),
        await telemetryTable(log),
        await besideTable(peers, log),
        await connectionsTable(log),
      );
    }
    return { rows: rowsOf(chosen, costs), markdown: tables.join("\n\n") };
  },
};

/** Microseconds of the collector's CPU for an item that arrived. Throws when one got lost. */
export async function hopCost(name: CollectorName, program: string, one: HopCase): Promise<number> {
  await using sink = await startSink(hopPorts.sinkHttp, hopPorts.sinkGrpc);
  await using collector = await startCollector(name, program, { ports: hopPorts, gzip: one.gzip, batch: one.batch });
  const order = { ...orderOf(one), connections: CONNECTIONS, rate: 0 };
  const warm = await load({ ...order, seconds: WARM_SECONDS });
  await arrived(sink, warm.accepted * one.items, name);
  const beforeMs = collector.cpuMs();
  const { accepted, refused, failed } = await load({ ...order, seconds: MEASURED_SECONDS });
  if (failed > 0) throw new Error(`${name} failed ${failed} requests of ${nameOf(one)}`);
  await arrived(sink, (warm.accepted + accepted) * one.items, `${name}, which refused ${refused},`);
  return ((collector.cpuMs() - beforeMs) * 1000) / (accepted * one.items);
}

function nameOf({ protocol, gzip, items, sent, batch }: HopCase): string {
  return `${protocol} ${gzip ? "gzip" : "identity"} ${items} ${sent}${batch ? " batch" : ""}`;
}

function table(chosen: readonly HopCase[], costs: ReadonlyMap<string, number[]>): string {
  const lines = [
    `CPU microseconds of the collector per item that arrived, all threads: median [range] of the rounds. ${CONNECTIONS} connections, one request at a time on each; every item that was acknowledged was counted at the sink. Both with their default queue in memory and with self-telemetry on.`,
    "",
    "| protocol | compression | items a request | signal | processors | tracecore | OpenTelemetry Collector | times cheaper |",
    "|---|---|---|---|---|---|---|---|",
  ];
  for (const one of chosen) {
    const own = costs.get(`${nameOf(one)} tracecore`)!;
    const other = costs.get(`${nameOf(one)} otelcol`);
    lines.push(
      `| ${one.protocol} | ${one.gzip ? "gzip" : "identity"} | ${one.items} | ${signals[one.sent]} | ${one.batch ? "batch" : "none"} | ${spread(own)} | ${other === undefined ? "–" : spread(other)} | ${other === undefined ? "–" : round(median(other) / median(own))} |`,
    );
  }
  return lines.join("\n");
}

function rowsOf(chosen: readonly HopCase[], costs: ReadonlyMap<string, number[]>): Row[] {
  return chosen.flatMap((one) => {
    const own = costs.get(`${nameOf(one)} tracecore`)!;
    const other = costs.get(`${nameOf(one)} otelcol`);
    return other === undefined
      ? []
      : [{ name: `hop/${nameOf(one).replaceAll(" ", "-")}/otelcol`, ratio: Math.min(...own) / Math.min(...other) }];
  });
}
