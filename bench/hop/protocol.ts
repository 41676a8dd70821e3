import type { Kind } from "../codec/requests.ts";

/** The signals that are sent, by the name of their requests. */
export const signals = { numbers: "metrics", logs: "logs", spans: "traces" } as const;
export type Sent = keyof typeof signals & Kind;
export type Signal = (typeof signals)[Sent];

export type Protocol = "http" | "grpc";

const services: Readonly<Record<Signal, string>> = {
  metrics: "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
  logs: "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
  traces: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
};

/** The path of a request. */
export function pathOf(protocol: Protocol, signal: Signal): string {
  return protocol === "grpc" ? services[signal] : `/v1/${signal}`;
}

/** The signal of a path of either protocol. */
export function signalOf(path: string): Signal {
  for (const signal of Object.values(signals)) {
    if (path === services[signal] || path === `/v1/${signal}`) return signal;
  }
  throw new Error(`there is no signal at ${path}`);
}

/** A message with the prefix of gRPC. */
export function framed(message: Uint8Array, compressed: boolean): Buffer {
  const frame = Buffer.alloc(5 + message.length);
  frame[0] = compressed ? 1 : 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, 5);
  return frame;
}

/** Large windows: with the 64 KiB that HTTP/2 begins with, the peer of the collector would be measured. */
export const WINDOW_BYTES: number = 16 * 1024 * 1024;

/** What a process of the suite is asked for, and answers with; one line of JSON each. */
export interface SinkReport {
  readonly requests: number;
  readonly items: number;
}

export interface LoadOrder {
  readonly protocol: Protocol;
  readonly port: number;
  readonly signal: Signal;
  /** Base64 of the body as it is sent, without gRPC's prefix. */
  readonly body: string;
  readonly gzip: boolean;
  readonly connections: number;
  readonly seconds: number;
  /** Requests per second whatever the answers; 0 for one after the other on each connection. */
  readonly rate: number;
}

export interface LoadReport {
  readonly accepted: number;
  /** 429, 503, RESOURCE_EXHAUSTED and UNAVAILABLE. */
  readonly refused: number;
  /** Of those, with Retry-After or RetryInfo. */
  readonly refusedWithDelay: number;
  /** Anything else. */
  readonly failed: number;
  /** Of an open loop: requests for which no connection was free. */
  readonly late: number;
  readonly seconds: number;
  /** Milliseconds from the first byte of an accepted request to its answer. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}
