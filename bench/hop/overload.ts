import { round } from "../statistics.ts";
import { startCollector, type CollectorName } from "./collectors.ts";
import { load, startSink, type Sink } from "./processes.ts";
import type { LoadOrder } from "./protocol.ts";
import type { HopCase } from "./hop-case.ts";
import { arrived, hopPorts, orderOf } from "./hop-case.ts";

const COLLECTOR_CORE = "0";
const PEER_CORE = "1";
const CONNECTIONS = 128;
const OVERLOAD_SECONDS = 60;
const HALF_SECONDS = 15;
const MIB_EVERY_MS = 500;
/** Of an open loop that looks for the peak. */
const STEP_SECONDS = 5;
const FIRST_RATE = 40;
const FASTER = 1.4;
/** How often the stretch between a rate that was kept up with and one that was not is halved. */
const HALVINGS = 3;
/** What was taken has come out this soon after the last request, ms; else it would have stood in a queue that grows. */
const KEPT_UP_MS = 500;
/** The queue fills before it is looked how much comes out. */
const FILLING_SECONDS = 10;

const one: HopCase = { protocol: "http", gzip: false, items: 1000, sent: "logs", batch: false };

/**
 * The collector has one core, sender and sink the other. It compresses what it sends, as both do by default: so it and not the
 * sender is the limit. Its peak is the highest rate of requests that it keeps up with; then three times as much is sent,
 * whatever the answers.
 */
export async function overloadTable(
  peers: readonly (readonly [CollectorName, string])[],
  log: (line: string) => void,
): Promise<string> {
  const lines = [
    `Overload: requests of ${one.items} log records over HTTP come in as they are and go out with gzip; collector on one core, sender and sink on the other. Peak: the highest rate that it kept up with for ${STEP_SECONDS} s. Then three times as much is sent for ${OVERLOAD_SECONDS} s; goodput is what came out at the sink after the first ${FILLING_SECONDS} s. Memory is the largest while overloaded, and in ${HALF_SECONDS} s at half of the peak, where the answers are timed as well. Late: not sent, since all ${CONNECTIONS} connections waited for an answer.`,
    "",
    "| collector | peak, records/s | goodput at 300 % | of peak | accepted | refused | with Retry-After | failed | late | p50 / p99 of answers at 50 %, ms | RSS at 50 %, MiB | RSS at 300 % | grows |",
    "|---|---|---|---|---|---|---|---|---|---|---|---|---|",
  ];
  for (const [name, program] of peers) lines.push(await overloaded(name, program, log));
  return lines.join("\n");
}

async function overloaded(name: CollectorName, program: string, log: (line: string) => void): Promise<string> {
  await using sink = await startSink(hopPorts.sinkHttp, hopPorts.sinkGrpc, PEER_CORE);
  const options = { ports: hopPorts, gzip: true, batch: false, cores: COLLECTOR_CORE };
  await using collector = await startCollector(name, program, options);
  const order = { ...orderOf(one), connections: CONNECTIONS };
  const peak = await peakOf(sink, order, (line) => log(`overload ${name}: ${line}`));
  const half = await largestWhile(collector, load({ ...order, rate: peak / 2, seconds: HALF_SECONDS }, PEER_CORE));
  const before = await settled(sink);
  const running = load({ ...order, rate: peak * 3, seconds: OVERLOAD_SECONDS }, PEER_CORE);
  const [{ report, mib }, goodput] = await Promise.all([
    largestWhile(collector, running),
    outputOf(sink, OVERLOAD_SECONDS),
  ]);
  await arrived(sink, before + report.accepted * one.items, name);
  log(`overload ${name}: ${round(goodput)} records a second of ${round(peak * one.items)}`);
  const share = Math.round((goodput / (peak * one.items)) * 100);
  return `| ${name} | ${whole(peak * one.items)} | ${whole(goodput)} | ${share} % | ${report.accepted} | ${report.refused} | ${report.refusedWithDelay} | ${report.failed} | ${report.late} | ${round(half.report.p50Ms)} / ${round(half.report.p99Ms)} | ${round(half.mib)} | ${round(mib)} | ${round(mib / half.mib)} |`;
}

function whole(count: number): string {
  return Math.round(count).toLocaleString("en-US");
}

type Order = Omit<LoadOrder, "seconds" | "rate">;

/** The highest rate of requests a second that the collector keeps up with. */
async function peakOf(sink: Sink, order: Order, log: (line: string) => void): Promise<number> {
  const keepsUp = async (rate: number): Promise<boolean> => {
    const before = await settled(sink);
    const { accepted, refused, failed, late } = await load({ ...order, rate, seconds: STEP_SECONDS }, PEER_CORE);
    await pause(KEPT_UP_MS);
    const { items } = await sink.report();
    const kept = refused + failed + late === 0 && items - before === accepted * one.items;
    log(`${kept ? "keeps up with" : "falls behind at"} ${Math.round(rate)} requests a second`);
    return kept;
  };
  await load({ ...order, rate: FIRST_RATE, seconds: STEP_SECONDS }, PEER_CORE);
  let kept = 0;
  let failing = FIRST_RATE;
  while (await keepsUp(failing)) {
    kept = failing;
    failing *= FASTER;
  }
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (kept + failing) / 2;
    if (await keepsUp(middle)) kept = middle;
    else failing = middle;
  }
  return kept;
}

/** Items a second that came out from the time on at which the queue has filled. */
async function outputOf(sink: Sink, seconds: number): Promise<number> {
  await pause(FILLING_SECONDS * 1000);
  const [startedMs, before] = [performance.now(), await sink.report()];
  await pause((seconds - FILLING_SECONDS - 2) * 1000);
  const after = await sink.report();
  return ((after.items - before.items) * 1000) / (performance.now() - startedMs);
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
async function settled(sink: Sink): Promise<number> {
  for (let before = -1; ;) {
    const { items } = await sink.report();
    if (items === before) return items;
    before = items;
    await pause(500);
  }
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => void setTimeout(resolve, ms));
}
