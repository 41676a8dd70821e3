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
  /** 1 for each tag below 256 that has the number 0, or that of a known field and a wire type that it cannot have. */
  readonly wrongTags: Uint8Array;
}

/** Marks a field of packed varints: nothing says where one ends but the varints themselves. */
export const PACKED = -2;
/** Marks a field of packed numbers of eight bytes. */
export const PACKED_FIXED64 = -3;
/** Marks a trace id: 16 bytes, or none (opentelemetry-proto: an id of another length is invalid). */
export const TRACE_ID = -4;
/** Marks a span id: 8 bytes, or none. */
export const SPAN_ID = -5;

const VARINT = 0;
const I64 = 1;
const LEN = 2;
const I32 = 5;

/** The other fields of a message, by wire type. Numbers of a list may come packed, in a field of {@link LEN}, or each by itself. */
type Scalars = Readonly<Partial<Record<typeof VARINT | typeof I64 | typeof LEN | typeof I32, readonly number[]>>>;

const shape = (
  fields: Readonly<Record<number, MessageShape>>,
  counts = -1,
  scalars: Scalars = {},
): MessageShape & { readonly fields: (MessageShape | undefined)[] } => {
  const list: (MessageShape | undefined)[] = [];
  for (let i = 0; i < 32; i++) list.push(fields[i]);
  const all = { ...scalars, [LEN]: [...(scalars[LEN] ?? []), ...Object.keys(fields).map(Number)] };
  const wrongTags = new Uint8Array(256).fill(1, 0, 8);
  for (const known of Object.values(all).flat())
    for (const type of [VARINT, I64, LEN, I32]) wrongTags[known * 8 + type] = 1;
  for (const [type, numbers] of Object.entries(all))
    for (const known of numbers) wrongTags[known * 8 + Number(type)] = 0;
  return { fields: list, counts, wrongTags };
};

const nothing = shape({});
// AnyValue holds itself in lists and maps, which are put in below.
const anyValue = shape({ 5: nothing, 6: nothing }, -1, { [LEN]: [1, 7], [VARINT]: [2, 3], [I64]: [4] });
/** What most of a request consists of. */
export const keyValue: MessageShape = shape({ 2: anyValue }, -1, { [LEN]: [1] });
anyValue.fields[5] = shape({ 1: anyValue });
anyValue.fields[6] = shape({ 1: keyValue });

const traceId = shape({}, TRACE_ID);
const spanId = shape({}, SPAN_ID);
const exemplar = shape({ 4: spanId, 5: traceId, 7: keyValue }, -1, { [I64]: [2, 3, 6] });

/** Which count is which kind of data point. */
export const NUMBERS = 0;
export const HISTOGRAMS = 1;
export const EXPONENTIAL = 2;
export const SUMMARIES = 3;
/** The count of messages that hold items and are none: resources, scopes, metrics, and the pieces in which these may come. */
export const FRAMES = 4;

const texts = [1, 2, 3];
const entity = shape({}, -1, { [LEN]: [1, 2, 3, 4] });
const resource = shape({ 1: keyValue, 3: entity }, FRAMES, { [VARINT]: [2] });
const scope = shape({ 3: keyValue }, FRAMES, { [LEN]: [1, 2], [VARINT]: [4] });
const numberPoint = shape({ 5: exemplar, 7: keyValue }, NUMBERS, { [I64]: [2, 3, 4, 6], [VARINT]: [8] });
const fixed64s = shape({}, PACKED_FIXED64);
const histogramPoint = shape({ 6: fixed64s, 7: fixed64s, 8: exemplar, 9: keyValue }, HISTOGRAMS, {
  [I64]: [2, 3, 4, 5, 6, 7, 11, 12],
  [VARINT]: [10],
});
const buckets = shape({ 2: shape({}, PACKED) }, -1, { [VARINT]: [1, 2] });
const exponentialPoint = shape({ 1: keyValue, 8: buckets, 9: buckets, 11: exemplar }, EXPONENTIAL, {
  [I64]: [2, 3, 4, 5, 7, 12, 13, 14],
  [VARINT]: [6, 10],
});
const quantile = shape({}, -1, { [I64]: [1, 2] });
const summaryPoint = shape({ 6: quantile, 7: keyValue }, SUMMARIES, { [I64]: [2, 3, 4, 5], [VARINT]: [8] });
const metric = shape(
  {
    5: shape({ 1: numberPoint }, FRAMES),
    7: shape({ 1: numberPoint }, FRAMES, { [VARINT]: [2, 3] }),
    9: shape({ 1: histogramPoint }, FRAMES, { [VARINT]: [2] }),
    10: shape({ 1: exponentialPoint }, FRAMES, { [VARINT]: [2] }),
    11: shape({ 1: summaryPoint }, FRAMES),
    12: keyValue,
  },
  FRAMES,
  { [LEN]: texts },
);
const logRecord = shape({ 5: anyValue, 6: keyValue, 9: traceId, 10: spanId }, 0, {
  [I64]: [1, 11],
  [VARINT]: [2, 7],
  [LEN]: [3, 12],
  [I32]: [8],
});
const event = shape({ 3: keyValue }, -1, { [I64]: [1], [LEN]: [2], [VARINT]: [4] });
const link = shape({ 1: traceId, 2: spanId, 4: keyValue }, -1, { [LEN]: [3], [VARINT]: [5], [I32]: [6] });
const status = shape({}, -1, { [LEN]: [2], [VARINT]: [3] });
const span = shape({ 1: traceId, 2: spanId, 4: spanId, 9: keyValue, 11: event, 13: link, 15: status }, 0, {
  [LEN]: [3, 5],
  [VARINT]: [6, 10, 12, 14],
  [I64]: [7, 8],
  [I32]: [16],
});

const request = (item: MessageShape): MessageShape =>
  shape({
    1: shape({ 1: resource, 2: shape({ 1: scope, 2: item }, FRAMES, { [LEN]: [3] }) }, FRAMES, { [LEN]: [3] }),
  });

/** The shapes of the export requests (opentelemetry-proto 1.9), by signal. */
export const requestShapes: { readonly [S in "metrics" | "logs" | "traces"]: MessageShape } = {
  metrics: request(metric),
  logs: request(logRecord),
  traces: request(span),
};

/** The tags of the data in a Metric, one for each kind of points. */
export const dataTags: readonly number[] = [0x2a, 0x3a, 0x4a, 0x52, 0x5a];

/** ExportXServiceResponse, with its partial success. */
export const responseShape: MessageShape = shape({ 1: nothing });
/** `google.rpc.Status`, with its details. */
export const statusShape: MessageShape = shape({ 3: nothing });
/** `google.rpc.RetryInfo`, with its duration. */
export const retryInfoShape: MessageShape = shape({ 1: nothing });
