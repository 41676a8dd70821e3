/** Entry of `@tracecore/otlp`: OTLP encodings of pipeline data; no transport. */
export { encodeJson } from "./json/encode-json.ts";
export { encodeProtobuf } from "./proto/encode-protobuf.ts";
export { decodeProtobuf, type BatchOf } from "./proto/lazy-batch.ts";
