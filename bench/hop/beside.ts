import { decodeProtobuf, encodeJson } from "@tracecore/otlp";
import { requestOf } from "../codec/requests.ts";
import { round } from "../statistics.ts";
import { startCollector, type CollectorName } from "./collectors.ts";
import { hopPorts, orderOf } from "./hop-case.ts";
import { load, startSink } from "./processes.ts";
import type { LoadReport } from "./protocol.ts";

const SECONDS = 8;
/** Small requests a second, on a few connections: what is asked is how long one waits, and not how many there can be. */
const RATE = 100;
const CONNECTIONS = 4;
const SMALL_ITEMS = 10;

interface Large {
  readonly what: string;
  readonly type: string;
  readonly body: () => Uint8Array;
  /** The pipeline inserts an attribute into each record, which only tracecore is built with here. */
  readonly inserts: boolean;
}

const larges: readonly Large[] = [
  {
    what: "36,000 log records in JSON",
    type: "application/json",
    body: () => Buffer.from(encodeJson(decodeProtobuf("logs", requestOf("logs", 36_000)))),
    inserts: false,
  },
  {
    what: "60,000 log records in protobuf, each gets an attribute",
    type: "application/x-protobuf",
    body: () => requestOf("logs", 60_000),
    inserts: true,
  },
];

/** How long small requests wait for their answers while large ones are decoded. */
export async function besideTable(
  peers: readonly (readonly [CollectorName, string])[],
  log: (line: string) => void,
): Promise<string> {
  const lines = [
    `Small requests beside large ones, HTTP: ${RATE} a second of ${SMALL_ITEMS} log records, for ${SECONDS} s; alone, and while another connection sends large ones, each as soon as the one before is answered.`,
    "",
    "| large request | MiB | collector | p50 / p99 alone, ms | p50 / p99 beside large ones, ms | large ones answered | failed |",
    "|---|---|---|---|---|---|---|",
  ];
  for (const large of larges) {
    const body = large.body();
    for (const [name, program] of peers) {
      if (large.inserts && name === "otelcol") continue;
      const { alone, beside, answered } = await measured(name, program, large, body);
      lines.push(
        `| ${large.what} | ${round(body.length / 1024 / 1024)} | ${name} | ${times(alone)} | ${times(beside)} | ${answered} | ${alone.failed + beside.failed} |`,
      );
      log(`beside ${large.what} ${name} done`);
    }
  }
  return lines.join("\n");
}

function times({ p50Ms, p99Ms }: LoadReport): string {
  return `${round(p50Ms)} / ${round(p99Ms)}`;
}

async function measured(
  name: CollectorName,
  program: string,
  { type, inserts }: Large,
  body: Uint8Array,
): Promise<{ alone: LoadReport; beside: LoadReport; answered: number }> {
  await using _sink = await startSink(hopPorts.sinkHttp, hopPorts.sinkGrpc);
  await using _collector = await startCollector(name, program, { ports: hopPorts, gzip: false, batch: false, inserts });
  const small = orderOf({ protocol: "http", gzip: false, items: SMALL_ITEMS, sent: "logs", batch: false });
  const order = { ...small, connections: CONNECTIONS, rate: RATE, seconds: SECONDS };
  const send = async (): Promise<boolean> => {
    const url = `http://127.0.0.1:${hopPorts.http}/v1/logs`;
    const answer = await fetch(url, { method: "POST", headers: { "content-type": type }, body: body as never });
    await answer.arrayBuffer();
    return answer.ok;
  };
  // Both have compiled what they need, and know the attributes.
  await send();
  await load({ ...order, seconds: 3 });
  const alone = await load(order);
  const over = new AbortController();
  let answered = 0;
  const sending = (async () => {
    while (!over.signal.aborted) if (await send()) answered++;
  })();
  const beside = await load(order);
  over.abort();
  await sending;
  return { alone, beside, answered };
}
