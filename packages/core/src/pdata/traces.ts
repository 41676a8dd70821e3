import type { AttributesInput, AttributeValue } from "./attribute-value.ts";
import { attributesAt } from "./logs.ts";
import type { Resource } from "./resource.ts";
import type { Scope } from "./scope.ts";
import { setTime, timeAt, type TimeColumn } from "./time-column.ts";

/** OTLP span kinds, 0 (unspecified) to 5 (consumer), by name. */
export const spanKinds = ["unspecified", "internal", "server", "client", "producer", "consumer"] as const;
export type SpanKind = (typeof spanKinds)[number];

/** OTLP status codes by name. */
export const spanStatuses = ["unset", "ok", "error"] as const;
export type SpanStatusCode = (typeof spanStatuses)[number];

export interface SpanEvent {
  readonly timeUnixNano: bigint;
  readonly name: string;
  readonly attributes: AttributesInput;
  readonly droppedAttributesCount?: number;
}

export interface SpanLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState: string;
  readonly attributes: AttributesInput;
  readonly flags?: number;
  readonly droppedAttributesCount?: number;
}

/** A span as a receiver writes it. Ids are lower-case hex; empty means none. */
export interface Span {
  readonly resource: Resource;
  readonly scope: Scope;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly traceState?: string;
  readonly flags?: number;
  readonly name: string;
  readonly kind?: SpanKind;
  readonly startTimeUnixNano: bigint;
  readonly endTimeUnixNano: bigint;
  readonly attributes?: AttributesInput;
  readonly events?: readonly SpanEvent[];
  readonly links?: readonly SpanLink[];
  readonly statusCode?: SpanStatusCode;
  readonly statusMessage?: string;
  readonly droppedAttributesCount?: number;
  readonly droppedEventsCount?: number;
  readonly droppedLinksCount?: number;
}

/** What few spans have, so that it costs the others nothing. */
export interface SpanExtras {
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanLink[];
  readonly droppedEventsCount: number;
  readonly droppedLinksCount: number;
}

/** A batch of spans in columns. Immutable. */
export interface Traces {
  readonly signal: "traces";
  readonly itemCount: number;
  readonly resources: readonly Resource[];
  readonly scopes: readonly Scope[];
  readonly traceIds: readonly string[];
  readonly spanIds: readonly string[];
  readonly parentSpanIds: readonly string[];
  readonly traceStates: readonly string[];
  readonly flags: Uint32Array;
  readonly names: readonly string[];
  readonly kinds: Uint8Array;
  readonly startTimes: TimeColumn;
  readonly endTimes: TimeColumn;
  readonly attributeStarts: Uint32Array;
  readonly attributeKeys: readonly string[];
  readonly attributeValues: readonly AttributeValue[];
  readonly statusCodes: Uint8Array;
  readonly statusMessages: readonly string[];
  readonly droppedAttributesCounts: Uint32Array;
  /** By row; most spans have no events and no links. */
  readonly extras: ReadonlyMap<number, SpanExtras>;
}

/** The batch of these spans. */
export function traces(input: readonly Span[]): Traces {
  const length = input.length;
  const startTimes = { high: new Uint32Array(length), low: new Uint32Array(length) };
  const endTimes = { high: new Uint32Array(length), low: new Uint32Array(length) };
  const flags = new Uint32Array(length);
  const kinds = new Uint8Array(length);
  const statusCodes = new Uint8Array(length);
  const droppedAttributesCounts = new Uint32Array(length);
  const attributeStarts = new Uint32Array(length + 1);
  const attributeKeys: string[] = [];
  const attributeValues: AttributeValue[] = [];
  const extras = new Map<number, SpanExtras>();
  for (const [i, span] of input.entries()) {
    setTime(startTimes, i, span.startTimeUnixNano);
    setTime(endTimes, i, span.endTimeUnixNano);
    flags[i] = span.flags ?? 0;
    kinds[i] = spanKinds.indexOf(span.kind ?? "unspecified");
    statusCodes[i] = spanStatuses.indexOf(span.statusCode ?? "unset");
    droppedAttributesCounts[i] = span.droppedAttributesCount ?? 0;
    for (const key of Object.keys(span.attributes ?? {})) {
      attributeKeys.push(key);
      attributeValues.push(span.attributes![key]!);
    }
    attributeStarts[i + 1] = attributeKeys.length;
    const { events = [], links = [], droppedEventsCount = 0, droppedLinksCount = 0 } = span;
    if (events.length + links.length + droppedEventsCount + droppedLinksCount > 0) {
      extras.set(i, { events, links, droppedEventsCount, droppedLinksCount });
    }
  }
  return {
    signal: "traces",
    itemCount: length,
    resources: input.map((span) => span.resource),
    scopes: input.map((span) => span.scope),
    traceIds: input.map((span) => span.traceId),
    spanIds: input.map((span) => span.spanId),
    parentSpanIds: input.map((span) => span.parentSpanId ?? ""),
    traceStates: input.map((span) => span.traceState ?? ""),
    flags,
    names: input.map((span) => span.name),
    kinds,
    startTimes,
    endTimes,
    attributeStarts,
    attributeKeys,
    attributeValues,
    statusCodes,
    statusMessages: input.map((span) => span.statusMessage ?? ""),
    droppedAttributesCounts,
    extras,
  };
}

const noExtras: SpanExtras = { events: [], links: [], droppedEventsCount: 0, droppedLinksCount: 0 };

/** The span at `index`, for code that is not on a hot path. */
export function spanAt(batch: Traces, index: number): Required<Span> {
  return {
    resource: batch.resources[index]!,
    scope: batch.scopes[index]!,
    traceId: batch.traceIds[index]!,
    spanId: batch.spanIds[index]!,
    parentSpanId: batch.parentSpanIds[index]!,
    traceState: batch.traceStates[index]!,
    flags: batch.flags[index]!,
    name: batch.names[index]!,
    kind: spanKinds[batch.kinds[index]!] ?? "unspecified",
    startTimeUnixNano: timeAt(batch.startTimes, index),
    endTimeUnixNano: timeAt(batch.endTimes, index),
    attributes: attributesAt(batch, index),
    statusCode: spanStatuses[batch.statusCodes[index]!] ?? "unset",
    statusMessage: batch.statusMessages[index]!,
    droppedAttributesCount: batch.droppedAttributesCounts[index]!,
    ...(batch.extras.get(index) ?? noExtras),
  };
}

export function* spans(batch: Traces): IterableIterator<Required<Span>> {
  for (let i = 0; i < batch.itemCount; i++) yield spanAt(batch, i);
}
