/** Entry of `@tracecore/otlp`: OTLP encodings of pipeline data; no transport. */
export { encodeJson } from "./encode-json.ts";
