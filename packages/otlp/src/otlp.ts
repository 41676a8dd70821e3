/** Entry of `@tracecore/otlp`: OTLP encodings of pipeline data; no transport. */
export { decodeJson, decodeJsonInTurns } from "./json/decode-json.ts";
export { encodeJson, encodeJsonInParts } from "./json/encode-json.ts";
export { encodeInParts, encodeProtobuf, encodeUpTo, joinInTurns } from "./proto/encode-protobuf.ts";
export {
  decodeInTurns,
  decodeProtobuf,
  ownRequest,
  ownRequestInTurns,
  type BatchOf,
  type RequestLimits,
} from "./proto/lazy-batch.ts";
export { splitInTurns, splitRequest } from "./proto/split-request.ts";
export {
  exportRequest,
  mergeExportRequests,
  splitExportRequest,
  type ExportRequest,
} from "./service/export-request.ts";
export {
  decodeExportResponse,
  decodeExportResponseJson,
  encodeExportResponse,
  encodeExportResponseJson,
  type ExportResponse,
} from "./service/export-response.ts";
export { decodeStatus, encodeStatus, type RpcStatus } from "./service/rpc-status.ts";
export { countItems, countItemsInSteps, type ItemCounts, type RequestSize } from "./wire/count-items.ts";
