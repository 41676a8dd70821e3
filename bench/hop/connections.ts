import { connect, type Socket } from "node:net";
import { connect as connectHttp2, type ClientHttp2Session } from "node:http2";
import { round } from "../statistics.ts";
import { startCollector, type Collector } from "./collectors.ts";
import { load, startSink } from "./processes.ts";
import { hopPorts, orderOf, type HopCase } from "./hop-case.ts";

const IDLE = 10_000;
const ACTIVE = 1_000;
const FEW = 100;
const SECONDS = 8;
/** Requests per second; a load that one core bears easily, since waiting for the CPU is not what is asked here. */
const RATE = 400;
const PROBE_EVERY_MS = 50;

const EMPTY_REQUEST =
  "POST /v1/logs HTTP/1.1\r\nHost: bench\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n";

/** 10,000 idle and 1,000 active connections (F36). */
export async function connectionsTable(log: (line: string) => void): Promise<string> {
  const lines = [
    `Connections (F36): ${IDLE.toLocaleString("en-US")} idle ones, then ${ACTIVE.toLocaleString("en-US")} others that send ${RATE} requests a second of 100 log records; p99 of their answers beside that of ${FEW} connections with the same load and no idle ones; p99 of /readyz meanwhile.`,
    "",
    `| protocol | RSS before, MiB | with ${IDLE.toLocaleString("en-US")} idle | KiB for each | p50 / p99 of ${FEW}, ms | p50 / p99 of ${ACTIVE} beside idle ones, ms | /readyz p99, ms | RSS at most, MiB | failed |`,
    "|---|---|---|---|---|---|---|---|---|",
  ];
  for (const protocol of ["http", "grpc"] as const) {
    lines.push(await line({ protocol, gzip: false, items: 100, sent: "logs", batch: false }));
    log(`connections ${protocol} done`);
  }
  return lines.join("\n");
}

async function line(one: HopCase): Promise<string> {
  await using _sink = await startSink(hopPorts.sinkHttp, hopPorts.sinkGrpc);
  await using collector = await startCollector("tracecore", "", { ports: hopPorts, gzip: false, batch: false });
  const order = { ...orderOf(one), rate: RATE, seconds: SECONDS };
  await load({ ...order, connections: FEW, seconds: 3 });
  const few = await load({ ...order, connections: FEW });
  const before = collector.residentMib();
  const open = one.protocol === "http" ? openHttp : openGrpc;
  const idle = await open(hopPorts[one.protocol]);
  const withIdle = collector.residentMib();
  const probes = probing(collector);
  const many = await load({ ...order, connections: ACTIVE });
  const { p99Ms, mib } = await probes();
  for (const close of idle) close();
  const each = ((withIdle - before) * 1024) / IDLE;
  return `| ${one.protocol} | ${round(before)} | ${round(withIdle)} | ${round(each)} | ${round(few.p50Ms)} / ${round(few.p99Ms)} | ${round(many.p50Ms)} / ${round(many.p99Ms)} | ${round(p99Ms)} | ${round(Math.max(mib, withIdle))} | ${few.failed + many.failed} |`;
}

/** From several addresses of this machine: one has 28,000 ports for clients. */
function sourceOf(number: number): string {
  return `127.0.${1 + (number % 4)}.1`;
}

async function openHttp(port: number): Promise<(() => void)[]> {
  const open: (() => void)[] = [];
  for (let from = 0; from < IDLE; from += 200) {
    const some = await Promise.all(
      Array.from({ length: 200 }, (_, i) => {
        const socket: Socket = connect({ port, host: "127.0.0.1", localAddress: sourceOf(from + i) });
        socket.on("error", () => {});
        // A connection that never sent anything is closed after `read_header_timeout`; one between two requests stays.
        socket.write(EMPTY_REQUEST);
        return new Promise<Socket>((resolve) => socket.once("data", () => resolve(socket)));
      }),
    );
    open.push(...some.map((socket) => () => void socket.destroy()));
  }
  return open;
}

async function openGrpc(port: number): Promise<(() => void)[]> {
  const open: (() => void)[] = [];
  for (let from = 0; from < IDLE; from += 200) {
    const some = await Promise.all(
      Array.from({ length: 200 }, (_, i) => {
        const session: ClientHttp2Session = connectHttp2(`http://127.0.0.1:${port}`, {
          createConnection: () => connect({ port, host: "127.0.0.1", localAddress: sourceOf(from + i) }),
        });
        session.on("error", () => {});
        return new Promise<ClientHttp2Session>((resolve) => session.once("connect", () => resolve(session)));
      }),
    );
    open.push(...some.map((session) => () => session.destroy()));
  }
  return open;
}

function probing(collector: Collector): () => Promise<{ p99Ms: number; mib: number }> {
  const took: number[] = [];
  let mib = 0;
  const over = new AbortController();
  const running = (async () => {
    while (!over.signal.aborted) {
      const fromMs = performance.now();
      await (await fetch(`http://127.0.0.1:${hopPorts.telemetry}/readyz`)).text();
      took.push(performance.now() - fromMs);
      mib = Math.max(mib, collector.residentMib());
      await new Promise((resolve) => void setTimeout(resolve, PROBE_EVERY_MS));
    }
  })();
  return async () => {
    over.abort();
    await running;
    took.sort((a, b) => a - b);
    return { p99Ms: took[Math.floor(took.length * 0.99)] ?? Number.NaN, mib };
  };
}
