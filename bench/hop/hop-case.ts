import { gzipSync } from "node:zlib";
import { requestOf } from "../codec/requests.ts";
import type { Ports } from "./collectors.ts";
import type { Sink } from "./processes.ts";
import { signals, type LoadOrder, type Protocol, type Sent } from "./protocol.ts";

/** How a hop is used. */
export interface HopCase {
  readonly protocol: Protocol;
  readonly gzip: boolean;
  /** Items of a request. */
  readonly items: number;
  readonly sent: Sent;
  readonly batch: boolean;
}

/** Load before what is measured, s: a collector has to find that it has much to do, and to let its heap grow. */
export const WARM_SECONDS = 4;

/** How long what was taken may take to come out, ms. */
const DRAIN_MS = 20_000;

/** Ports that nothing else of the benchmarks uses. */
export const hopPorts: Ports = { http: 19_501, grpc: 19_502, sinkHttp: 19_503, sinkGrpc: 19_504, telemetry: 19_505 };

/** What to send for a case, without how much. */
export function orderOf({ protocol, gzip, items, sent }: HopCase): Omit<LoadOrder, "connections" | "seconds" | "rate"> {
  const request = requestOf(sent, items);
  const body = Buffer.from(gzip ? gzipSync(request) : request).toString("base64");
  return { protocol, port: hopPorts[protocol], signal: signals[sent], body, gzip };
}

/** Waits until what was accepted has come out, and holds that nothing else has. */
export async function arrived(sink: Sink, items: number, who: string): Promise<void> {
  const untilMs = performance.now() + DRAIN_MS;
  for (;;) {
    const report = await sink.report();
    if (report.items === items) return;
    if (report.items > items || performance.now() > untilMs) {
      throw new Error(`${who} acknowledged ${items} items and delivered ${report.items}`);
    }
    await new Promise((resolve) => void setTimeout(resolve, 20));
  }
}
