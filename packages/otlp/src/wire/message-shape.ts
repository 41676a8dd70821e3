/**
 * What of a protobuf message must be looked into: the messages in its fields, by field number. Fields that are not here are
 * passed by, whatever they hold.
 */
export interface MessageShape {
  readonly fields: readonly (MessageShape | undefined)[];
  /**
   * Which count goes up with each message of this shape; -1 for none, {@link PACKED} and {@link PACKED_FIXED64} for a run of numbers in
   * place of a message, {@link TRACE_ID} and {@link SPAN_ID} for an id.
   */
  readonly counts: number;
}

/** Marks a field of packed varints: nothing says where one ends but the varints themselves. */
export const PACKED = -2;
/** Marks a field of packed numbers of eight bytes. */
export const PACKED_FIXED64 = -3;
/** Marks a trace id: 16 bytes, or none (opentelemetry-proto: an id of another length is invalid). */
export const TRACE_ID = -4;
/** Marks a span id: 8 bytes, or none. */
export const SPAN_ID = -5;

const shape = (fields: Readonly<Record<number, MessageShape>>, counts = -1): MessageShape => {
  const list: (MessageShape | undefined)[] = [];
  for (let i = 0; i < 32; i++) list.push(fields[i]);
  return { fields: list, counts };
};

// AnyValue holds itself in lists and maps.
const anyValueFields: (MessageShape | undefined)[] = Array.from({ length: 32 }, () => undefined);
const anyValue: MessageShape = { fields: anyValueFields, counts: -1 };
/** What most of a request consists of. */
export const keyValue: MessageShape = shape({ 2: anyValue });
anyValueFields[5] = shape({ 1: anyValue });
anyValueFields[6] = shape({ 1: keyValue });

const traceId = shape({}, TRACE_ID);
const spanId = shape({}, SPAN_ID);
const exemplar = shape({ 4: spanId, 5: traceId, 7: keyValue });

/** Which count is which kind of data point. */
export const NUMBERS = 0;
export const HISTOGRAMS = 1;
export const EXPONENTIAL = 2;
export const SUMMARIES = 3;
/** The count of messages that hold items and are none: resources, scopes, metrics, and the pieces in which these may come. */
export const FRAMES = 4;

const resource = shape({ 1: keyValue, 3: shape({}) }, FRAMES);
const scope = shape({ 3: keyValue }, FRAMES);
const numberPoint = shape({ 5: exemplar, 7: keyValue }, NUMBERS);
const fixed64s = shape({}, PACKED_FIXED64);
const histogramPoint = shape({ 6: fixed64s, 7: fixed64s, 8: exemplar, 9: keyValue }, HISTOGRAMS);
const buckets = shape({ 2: shape({}, PACKED) });
const exponentialPoint = shape({ 1: keyValue, 8: buckets, 9: buckets, 11: exemplar }, EXPONENTIAL);
const summaryPoint = shape({ 6: shape({}), 7: keyValue }, SUMMARIES);
const metric = shape(
  {
    5: shape({ 1: numberPoint }, FRAMES),
    7: shape({ 1: numberPoint }, FRAMES),
    9: shape({ 1: histogramPoint }, FRAMES),
    10: shape({ 1: exponentialPoint }, FRAMES),
    11: shape({ 1: summaryPoint }, FRAMES),
    12: keyValue,
  },
  FRAMES,
);
const logRecord = shape({ 5: anyValue, 6: keyValue, 9: traceId, 10: spanId }, 0);
const link = shape({ 1: traceId, 2: spanId, 4: keyValue });
const span = shape(
  { 1: traceId, 2: spanId, 4: spanId, 9: keyValue, 11: shape({ 3: keyValue }), 13: link, 15: shape({}) },
  0,
);

const request = (item: MessageShape): MessageShape =>
  shape({ 1: shape({ 1: resource, 2: shape({ 1: scope, 2: item }, FRAMES) }, FRAMES) });

/** The shapes of the export requests (opentelemetry-proto 1.9), by signal. */
export const requestShapes: { readonly [S in "metrics" | "logs" | "traces"]: MessageShape } = {
  metrics: request(metric),
  logs: request(logRecord),
  traces: request(span),
};

/** The tags of the data in a Metric, one for each kind of points. */
export const dataTags: readonly number[] = [0x2a, 0x3a, 0x4a, 0x52, 0x5a];

const leaf = shape({});
/** ExportXServiceResponse, with its partial success. */
export const responseShape: MessageShape = shape({ 1: leaf });
/** `google.rpc.Status`, with its details. */
export const statusShape: MessageShape = shape({ 3: leaf });
/** `google.rpc.RetryInfo`, with its duration. */
export const retryInfoShape: MessageShape = shape({ 1: leaf });
