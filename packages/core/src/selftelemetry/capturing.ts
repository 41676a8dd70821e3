import type { ExporterTelemetry, FailureRateReader, ProcessorTelemetry, ReceiverTelemetry } from "./producer.ts";

/** One call, in the order of the calls. */
export type CapturedCall<T> = {
  readonly [M in keyof T]: T[M] extends (...args: infer A) => void
    ? { readonly method: M; readonly args: Readonly<A> }
    : never;
}[keyof T];

/** Reads what was captured. Every call returns a copy, so a test can keep one and compare it later. */
export interface Captured<T> {
  calls(): CapturedCall<T>[];
  /** The arguments of the calls of one method. */
  callsOf<M extends keyof T>(method: M): (T[M] extends (...args: infer A) => void ? A : never)[];
}

/** Self-telemetry for tests of a receiver: it writes down every call. */
export function capturingReceiver(): ReceiverTelemetry & Captured<ReceiverTelemetry> {
  const { record, captured } = capture<ReceiverTelemetry>();
  return {
    ...captured,
    incError: record("incError"),
    incEmissions: record("incEmissions"),
    observeLatency: record("observeLatency"),
    setDegraded: record("setDegraded"),
    markActivity: record("markActivity"),
  };
}

/** Self-telemetry for tests of an exporter: it writes down every call, and counts as the real one does. */
export function capturingExporter(): ExporterTelemetry & FailureRateReader & Captured<ExporterTelemetry> {
  const { record, captured } = capture<ExporterTelemetry>();
  let queue = (): number => 0;
  return {
    ...captured,
    incCallSuccess: record("incCallSuccess"),
    incCallFailure: record("incCallFailure"),
    successCount: () => captured.callsOf("incCallSuccess").length,
    failureCount: () => captured.callsOf("incCallFailure").length,
    observeQueue(ratio) {
      queue = ratio;
    },
    queueDepthRatio: () => queue(),
  };
}

/** Self-telemetry for tests of a processor: it writes down every call. */
export function capturingProcessor(): ProcessorTelemetry & Captured<ProcessorTelemetry> {
  const { record, captured } = capture<ProcessorTelemetry>();
  return {
    ...captured,
    incItemsIn: record("incItemsIn"),
    incItemsOut: record("incItemsOut"),
    incItemsDropped: record("incItemsDropped"),
    observeLatency: record("observeLatency"),
    incError: record("incError"),
  };
}

interface Call {
  readonly method: PropertyKey;
  readonly args: readonly unknown[];
}

function capture<T>(): { record: (method: keyof T) => (...args: unknown[]) => void; captured: Captured<T> } {
  const calls: Call[] = [];
  const copies = (): Call[] => calls.map(({ method, args }) => ({ method, args: [...args] }));
  const captured = {
    calls: copies,
    callsOf: (method: keyof T) =>
      copies()
        .filter((call) => call.method === method)
        .map(({ args }) => args),
  };
  return {
    record:
      (method) =>
      (...args) => {
        calls.push({ method, args });
      },
    captured: captured as unknown as Captured<T>,
  };
}
