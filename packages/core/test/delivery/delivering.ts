import { manualClock, type Batch, type ExporterContext, type ManualClock } from "@tracecore/core";
import type { StatusEvent } from "@tracecore/core/componentstatus";
import { deliveryOptions, startDelivery, type Delivery, type Sender, type SendResult } from "@tracecore/core/delivery";
import { emptyResource, emptyScope, logs } from "@tracecore/core/pdata";
import { capturingExporter } from "@tracecore/core/selftelemetry";
import * as z from "zod";

interface Request {
  readonly items: number;
  readonly bytes: number;
}

/** A backend that answers as it is told, and keeps what it was sent. */
export class Backend implements Sender<Request> {
  readonly sent: number[] = [];
  answers: (SendResult | "hang" | Error)[] = [];
  always: SendResult = { outcome: "delivered" };

  request = ({ itemCount }: Batch): Request => ({ items: itemCount, bytes: itemCount * 10 });
  merge: Sender<Request>["merge"] = (requests) => ({
    items: requests.reduce((sum, { items }) => sum + items, 0),
    bytes: requests.reduce((sum, { bytes }) => sum + bytes, 0),
  });
  split: Sender<Request>["split"] = ({ items }, max, sizer) => {
    const most = Math.max(1, sizer === "items" ? max : Math.floor(max / 10));
    const parts: Request[] = [];
    for (let left = items; left > 0; left -= most) {
      const part = Math.min(most, left);
      parts.push({ items: part, bytes: part * 10 });
    }
    return parts;
  };
  send = async ({ items }: Request, signal: AbortSignal): Promise<SendResult> => {
    this.sent.push(items);
    const answer = this.answers.shift() ?? this.always;
    if (answer instanceof Error) throw answer;
    if (answer !== "hang") return answer;
    const { promise, reject } = Promise.withResolvers<never>();
    signal.addEventListener("abort", () => reject(new Error("aborted")), { once: true });
    return promise;
  };
}

export const busy = (afterMs?: number): SendResult => ({
  outcome: "retry",
  kind: "unavailable",
  reason: "503",
  ...(afterMs !== undefined && { afterMs }),
});

export interface Rig {
  readonly backend: Backend;
  readonly clock: ManualClock;
  readonly delivery: Delivery;
  readonly telemetry: ReturnType<typeof capturingExporter>;
  readonly logs: string[];
  readonly statuses: readonly StatusEvent[];
  readonly dropped: () => number;
  readonly stop: AbortController;
  send(items: number): Promise<void>;
}

export function start(options: object = {}, backend = new Backend()): Rig {
  const clock = manualClock();
  const telemetry = capturingExporter();
  const lines: string[] = [];
  const statuses: StatusEvent[] = [];
  let dropped = 0;
  const line = (message: string): void => void lines.push(message);
  const stop = new AbortController();
  const ctx = {
    settings: {
      id: "test",
      telemetry: { logger: { debug: line, info: line, warn: line, error: line }, meterProvider: undefined },
    },
    host: { getExtensions: () => new Map(), reportComponentStatus: (event: StatusEvent) => void statuses.push(event) },
    clock,
    signal: stop.signal,
    consumeTimeoutMs: 30_000,
    dropped: (items: number) => void (dropped += items),
    telemetry,
  } as unknown as ExporterContext;
  const config = z.strictObject(deliveryOptions).parse(options);
  const delivery = startDelivery(ctx, config, backend);
  return {
    backend,
    clock,
    delivery,
    telemetry,
    logs: lines,
    statuses,
    dropped: () => dropped,
    stop,
    send: (items) => delivery.consume(batchOf(items), AbortSignal.timeout(60_000)),
  };
}

export function batchOf(items: number): Batch {
  return logs(Array.from({ length: items }, () => ({ resource: emptyResource, scope: emptyScope, body: "x" })));
}

export const noSpread = { randomization_factor: 0 };
