/** Entry of `@tracecore/core/selftelemetry`: what components report of themselves with. */
export {
  canonicalKinds,
  canonicalReasons,
  isCanonicalKind,
  isCanonicalReason,
  noopExporterTelemetry,
  noopProcessorTelemetry,
  noopReceiverTelemetry,
  type ExporterCarrier,
  type ExporterTelemetry,
  type FailureRateReader,
  type ProcessorTelemetry,
  type ReceiverTelemetry,
} from "./producer.ts";
