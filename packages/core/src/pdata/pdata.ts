/** Entry of `@tracecore/core/pdata`: the in-memory form of telemetry. */
export { WholeDouble, type AttributesInput, type AttributeValue } from "./attribute-value.ts";
export { attributes, attributesOfPairs, attributeInterner, Attributes, noAttributes } from "./attributes.ts";
export { identityOf } from "./value-identity.ts";
export { batchSize } from "./batch-size.ts";
export {
  attributesEdit,
  editedAttributes,
  textOf,
  type AttributeAction,
  type AttributesEdit,
} from "./edit-attributes.ts";
export { encodedBatch, setEncodedBatch, type EncodedBatch } from "./encoded-batch.ts";
export { encodedRows, setEncodedRows, type EncodedRows } from "./encoded-rows.ts";
export { lazyColumns, readColumns, type ColumnMakers, type ColumnReader } from "./lazy-columns.ts";
export { Interned, InternedMap, onceForEach } from "./interned-map.ts";
export { internedText } from "./interned-text.ts";
export { Interner } from "./interner.ts";
export { hashBytes } from "./keyed-hash.ts";
export { isNestedDeeper } from "./json-nesting.ts";
export {
  itemMatcher,
  resourceMatcher,
  textMatcher,
  type AttributeCondition,
  type ItemMatch,
  type ItemMatcher,
} from "./item-match.ts";
export { filterLogs, logs, LogsBuilder } from "./logs-builder.ts";
export { attributesAt, logRecordAt, logRecords, type LogRecord, type Logs } from "./logs.ts";
export { mapResources, mapResourcesInTurns } from "./map-resources.ts";
export {
  MetricsBuilder,
  type ExponentialHistogramInput,
  type HistogramInput,
  type PointOptions,
  type SummaryInput,
} from "./metrics-builder.ts";
export {
  filterPoints,
  filterSeries,
  mapSeries,
  pickMetrics,
  type MetricRows,
  type PointSection,
} from "./metrics-edit.ts";
export {
  numberPoints,
  POINT_INTEGER,
  POINT_NAN_MAX,
  POINT_NAN_MIN,
  POINT_NAN_SUM,
  POINT_NO_VALUE,
  POINT_UNMARKED,
  POINT_VALUE_KEPT,
  type Exemplar,
  type ExponentialBuckets,
  type ExponentialHistogramPoints,
  type HistogramPoints,
  type Metrics,
  type NumberPoint,
  type NumberPoints,
  type PointColumns,
  type SummaryPoints,
} from "./metrics.ts";
export { eachPart, hasParts, joinedParts, joinParts, mapParts, setParts } from "./parts.ts";
export { RecurringNumbers } from "./recurring-numbers.ts";
export { emptyResource, resource, type EntityRef, type Resource } from "./resource.ts";
export { attributeAt, mapRowAttributes, type RowAttributes } from "./row-attributes.ts";
export { emptyScope, scope, type Scope, type ScopeInput } from "./scope.ts";
export {
  MetricFamily,
  metricFamily,
  Series,
  series,
  seriesInterner,
  type MetricDescriptor,
  type MetricKind,
  type Temporality,
} from "./series.ts";
export { textLines } from "./text-lines.ts";
export { splitTime, timeAt, timeMsAt, type TimeColumn } from "./time-column.ts";
export { filterTraces } from "./traces-edit.ts";
export {
  spanAt,
  spanKinds,
  spans,
  spanStatuses,
  traces,
  type Span,
  type SpanEvent,
  type SpanExtras,
  type SpanKind,
  type SpanLink,
  type SpanStatusCode,
  type Traces,
} from "./traces.ts";
