/** `load.ts`: sends what the LoadOrder on standard input says, one request at a time on each connection; prints a LoadReport. */
import { connect as connectHttp2, type ClientHttp2Session } from "node:http2";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { framed, pathOf, WINDOW_BYTES, type LoadOrder, type LoadReport } from "./protocol.ts";

type Answer = "accepted" | "refused" | "refused with delay" | "failed";
/** Sends the request once; one at a time. */
type Sender = () => Promise<Answer>;

/** How often an open loop looks what is due, ms. */
const STEP_MS = 2;
const refusals = new Set([429, 503]);
const RESOURCE_EXHAUSTED = "8";
const UNAVAILABLE = "14";

const order = JSON.parse(await text(process.stdin)) as LoadOrder;
const senders = await Promise.all(Array.from({ length: order.connections }, () => sender()));
const counts: Record<Answer, number> = { accepted: 0, refused: 0, "refused with delay": 0, failed: 0 };
const latencies: number[] = [];
let late = 0;

const startedMs = performance.now();
const untilMs = startedMs + order.seconds * 1000;
if (order.rate === 0) await Promise.all(senders.map(closedLoop));
else await openLoop();
const seconds = (performance.now() - startedMs) / 1000;
latencies.sort((a, b) => a - b);
const at = (share: number): number =>
  latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
const report: LoadReport = {
  accepted: counts.accepted,
  refused: counts.refused + counts["refused with delay"],
  refusedWithDelay: counts["refused with delay"],
  failed: counts.failed,
  late,
  seconds,
  p50Ms: at(0.5),
  p99Ms: at(0.99),
};
console.log(JSON.stringify(report));
process.exit(0);

async function closedLoop(send: Sender): Promise<void> {
  while (performance.now() < untilMs) await once(send);
}

async function once(send: Sender): Promise<void> {
  const sentMs = performance.now();
  const answer = await send();
  counts[answer]++;
  if (answer === "accepted") latencies.push(performance.now() - sentMs);
}

async function openLoop(): Promise<void> {
  const idle = [...senders];
  const open = new Set<Promise<void>>();
  for (let sent = 0; performance.now() < untilMs;) {
    const due = Math.floor(((performance.now() - startedMs) / 1000) * order.rate);
    for (; sent < due; sent++) {
      const send = idle.shift(); // In turn, so that each connection is used.
      if (send === undefined) {
        late++;
        continue;
      }
      const running: Promise<void> = once(send).finally(() => {
        open.delete(running);
        idle.push(send);
      });
      open.add(running);
    }
    await new Promise((resolve) => void setTimeout(resolve, STEP_MS));
  }
  await Promise.all(open);
}

function sender(): Promise<Sender> {
  return order.protocol === "http" ? httpSender() : grpcSender();
}

/** Writes the bytes of the request and reads until the answer is whole: node:http would cost more than what it measures. */
async function httpSender(): Promise<Sender> {
  const { port, signal, gzip } = order;
  const body = Buffer.from(order.body, "base64");
  const head = `POST ${pathOf("http", signal)} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/x-protobuf\r\n${gzip ? "Content-Encoding: gzip\r\n" : ""}Content-Length: ${body.length}\r\n\r\n`;
  const request = Buffer.concat([Buffer.from(head), body]);
  let waiting: ((answer: Answer) => void) | undefined;
  let received = "";
  let socket = await dial();
  async function dial(): Promise<Socket> {
    const dialed = connect({ port, host: "127.0.0.1", noDelay: true });
    await new Promise<void>((resolve, reject) => {
      dialed.once("connect", resolve);
      dialed.once("error", reject);
    });
    dialed.on("data", (chunk: Buffer) => {
      received += chunk.toString("latin1");
      const end = received.indexOf("\r\n\r\n");
      if (end === -1) return;
      const length = Number(/content-length: (\d+)/i.exec(received)?.[1] ?? 0);
      if (received.length < end + 4 + length) return;
      const answerHead = received.slice(0, end + 2);
      const answer = answerOf(Number(received.slice(9, 12)), /\r\nretry-after: /i.test(answerHead));
      received = "";
      // What is sent after it would be lost.
      if (/\r\nconnection: close\r\n/i.test(answerHead)) dialed.off("close", lost).end();
      waiting?.(answer);
    });
    const lost = (): void => {
      received = "";
      waiting?.("failed");
    };
    dialed.on("close", lost);
    dialed.on("error", lost);
    return dialed;
  }
  return async () => {
    if (socket.destroyed || !socket.writable) socket = await dial().catch(() => socket);
    const { promise, resolve } = Promise.withResolvers<Answer>();
    waiting = resolve;
    socket.write(request);
    return promise;
  };
}

async function grpcSender(): Promise<Sender> {
  const { port, signal, gzip } = order;
  const message = framed(Buffer.from(order.body, "base64"), gzip);
  const dial = async (): Promise<ClientHttp2Session> => {
    const dialed = connectHttp2(`http://127.0.0.1:${port}`, { settings: { initialWindowSize: WINDOW_BYTES } });
    dialed.on("error", () => {}); // Each stream says it too.
    await new Promise<void>((resolve, reject) => {
      dialed.once("connect", () => resolve());
      dialed.once("error", reject);
    });
    return dialed;
  };
  let session = await dial();
  const headers = {
    ":method": "POST",
    ":path": pathOf("grpc", signal),
    "content-type": "application/grpc",
    te: "trailers",
    ...(gzip && { "grpc-encoding": "gzip" }),
  };
  return async () => {
    if (session.closed || session.destroyed) session = await dial().catch(() => session);
    const { promise, resolve } = Promise.withResolvers<Answer>();
    try {
      const stream = session.request(headers);
      let status: string | undefined;
      let hasDelay = false;
      const note = (trailers: Record<string, unknown>): void => {
        status = (trailers["grpc-status"] as string | undefined) ?? status;
        hasDelay ||= trailers["grpc-status-details-bin"] !== undefined;
      };
      stream.on("response", note);
      stream.on("trailers", note);
      stream.on("error", () => {});
      stream.on("close", () => resolve(grpcAnswer(status, hasDelay)));
      stream.resume();
      stream.end(message);
    } catch {
      resolve("failed");
    }
    return promise;
  };
}

function answerOf(status: number, hasDelay: boolean): Answer {
  if (status === 200) return "accepted";
  if (!refusals.has(status)) return "failed";
  return hasDelay ? "refused with delay" : "refused";
}

function grpcAnswer(status: string | undefined, hasDelay: boolean): Answer {
  if (status === "0") return "accepted";
  if (status !== RESOURCE_EXHAUSTED && status !== UNAVAILABLE) return "failed";
  return hasDelay ? "refused with delay" : "refused";
}
