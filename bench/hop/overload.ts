import { round } from "../statistics.ts";
import { startCollector, type CollectorName } from "./collectors.ts";
import { load, startSink } from "./processes.ts";
import type { HopCase } from "./hop-case.ts";
import { arrived, hopPorts, orderOf } from "./hop-case.ts";

const COLLECTOR_CORE = "0";
const PEER_CORE = "1";
const CONNECTIONS = 128;
const PEAK_SECONDS = 8;
const OVERLOAD_SECONDS = 60;
const HALF_SECONDS = 15;
const MIB_EVERY_MS = 500;

const one: HopCase = { protocol: "http", gzip: false, items: 1000, sent: "logs", batch: false };

/**
 * The collector has one core, sender and sink the other. What it can do at most is measured with a sender that waits for each
 * answer; then three times as much is sent whatever the answers.
 */
export async function overloadTable(
  peers: readonly (readonly [CollectorName, string])[],
  log: (line: string) => void,
): Promise<string> {
  const lines = [
    `Overload: requests of ${one.items} log records over HTTP, sent at three times the rate that the collector reached with senders that wait, for ${OVERLOAD_SECONDS} s; collector on one core, sender and sink on the other. Memory is the largest while overloaded, and after ${HALF_SECONDS} s at half of the rate. Late: not sent, since all ${CONNECTIONS} connections waited for an answer.`,
    "",
    "| collector | peak, records/s | goodput at 300 % | of peak | refused | with Retry-After | failed | late | RSS at 50 %, MiB | RSS at 300 % | grows |",
    "|---|---|---|---|---|---|---|---|---|---|---|",
  ];
  for (const [name, program] of peers) lines.push(await overloaded(name, program, log));
  return lines.join("\n");
}

async function overloaded(name: CollectorName, program: string, log: (line: string) => void): Promise<string> {
  await using sink = await startSink(hopPorts.sinkHttp, hopPorts.sinkGrpc, PEER_CORE);
  const options = { ports: hopPorts, gzip: false, batch: false, cores: COLLECTOR_CORE };
  await using collector = await startCollector(name, program, options);
  const order = { ...orderOf(one), connections: CONNECTIONS };
  await load({ ...order, rate: 0, seconds: 2 }, PEER_CORE);
  const peak = await load({ ...order, rate: 0, seconds: PEAK_SECONDS }, PEER_CORE);
  const perSecond = peak.accepted / peak.seconds;
  const half = await largestWhile(collector, load({ ...order, rate: perSecond / 2, seconds: HALF_SECONDS }, PEER_CORE));
  const before = await settled(sink);
  const { report, mib } = await largestWhile(
    collector,
    load({ ...order, rate: perSecond * 3, seconds: OVERLOAD_SECONDS }, PEER_CORE),
  );
  await arrived(sink, before + report.accepted * one.items, name);
  const goodput = report.accepted / report.seconds;
  log(`overload ${name}: ${round(goodput)} of ${round(perSecond)} requests a second`);
  const records = (requests: number): string => Math.round(requests * one.items).toLocaleString("en-US");
  return `| ${name} | ${records(perSecond)} | ${records(goodput)} | ${Math.round((goodput / perSecond) * 100)} % | ${report.refused} | ${report.refusedWithDelay} | ${report.failed} | ${report.late} | ${round(half.mib)} | ${round(mib)} | ${round(mib / half.mib)} |`;
}

async function largestWhile<T>(
  collector: { residentMib(): number },
  running: Promise<T>,
): Promise<{ report: T; mib: number }> {
  let mib = 0;
  const timer = setInterval(() => (mib = Math.max(mib, collector.residentMib())), MIB_EVERY_MS);
  try {
    return { report: await running, mib };
  } finally {
    clearInterval(timer);
  }
}

/** What has arrived once nothing more does. */
async function settled(sink: { report(): Promise<{ items: number }> }): Promise<number> {
  for (let before = -1; ;) {
    const { items } = await sink.report();
    if (items === before) return items;
    before = items;
    await new Promise((resolve) => void setTimeout(resolve, 500));
  }
}
