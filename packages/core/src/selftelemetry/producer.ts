/** What a receiver reports of itself (specification §1.4). Every method is safe to call at any time. */
export interface ReceiverTelemetry {
  /** One failed operation; `kind` is a low-cardinality class, see {@link canonicalKinds}. */
  incError(kind: string): void;
  /** Batches that the next stage took. Negative numbers are discarded. */
  incEmissions(count: number): void;
  /** How long collecting and passing on took, in milliseconds, for success and failure alike. */
  observeLatency(durationMs: number): void;
  /** Starts or ends the degraded time; repeating the same state changes nothing. */
  setDegraded(degraded: boolean): void;
  /** Marks a success now. */
  markActivity(): void;
}

/** What an exporter reports of itself. */
export interface ExporterTelemetry {
  /** One consume call that worked; an empty batch counts. */
  incCallSuccess(): void;
  /** One consume call that failed; `kind` is its class. */
  incCallFailure(kind: string): void;
  /** Says where to read how full the sending queue is, 0 to 1; see {@link FailureRateReader.queueDepthRatio}. */
  observeQueue?(ratio: () => number): void;
}

/** What a processor reports of itself. */
export interface ProcessorTelemetry {
  incItemsIn(count: number): void;
  incItemsOut(count: number): void;
  /** Items that ended here; `kind` says why, for example `filtered`. */
  incItemsDropped(count: number, kind: string): void;
  observeLatency(durationMs: number): void;
  incError(kind: string): void;
}

/** Reads what an exporter has counted, for failure rates. */
export interface FailureRateReader {
  successCount(): number;
  failureCount(): number;
  /** How full the sending queue is, 0 to 1; 0 without one. */
  queueDepthRatio?(): number;
  /** Whose counts these are; without it they count in the aggregate only. */
  readonly componentId?: string;
}

/** Implemented by running exporters that report of themselves, so that the runtime can aggregate over them. */
export interface ExporterCarrier {
  selfExporter(): ExporterTelemetry;
}

/** The error kinds every component may use. */
export const canonicalKinds: readonly string[] = [
  "connect",
  "parse",
  "downstream",
  "enumerate",
  "read",
  "cardinality",
  "panic",
  "init",
];

/** Why a component runs without self-telemetry. */
export const canonicalReasons: readonly string[] = ["nil_provider", "instrument_register", "unsupported_sdk"];

export function isCanonicalKind(kind: string): boolean {
  return canonicalKinds.includes(kind);
}

export function isCanonicalReason(reason: string): boolean {
  return canonicalReasons.includes(reason);
}

const nothing = (): void => {};

export const noopReceiverTelemetry: ReceiverTelemetry = {
  incError: nothing,
  incEmissions: nothing,
  observeLatency: nothing,
  setDegraded: nothing,
  markActivity: nothing,
};

export const noopExporterTelemetry: ExporterTelemetry & FailureRateReader = {
  incCallSuccess: nothing,
  incCallFailure: nothing,
  successCount: () => 0,
  failureCount: () => 0,
};

export const noopProcessorTelemetry: ProcessorTelemetry = {
  incItemsIn: nothing,
  incItemsOut: nothing,
  incItemsDropped: nothing,
  observeLatency: nothing,
  incError: nothing,
};
