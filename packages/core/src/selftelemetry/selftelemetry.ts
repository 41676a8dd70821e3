/** Entry of `@tracecore/core/selftelemetry`: what components report of themselves with. */
export {
  capturingExporter,
  capturingProcessor,
  capturingReceiver,
  type Captured,
  type CapturedCall,
} from "./capturing.ts";
export {
  adoptMeterProvider,
  forgetComponent,
  meterOf,
  optionsOf,
  type AdoptOptions,
  type ComponentMetricsSink,
  type TelemetryRole,
} from "./component-registry.ts";
export type { HandleOptions } from "./component-states.ts";
export {
  exporterTelemetry,
  processorTelemetry,
  receiverTelemetry,
  recordInitError,
  type InitError,
  type TelemetryOwner,
} from "./component-telemetry.ts";
export { newExporter, newProcessor, newReceiver } from "./handles.ts";
export {
  componentInstruments,
  initErrors,
  instrument,
  isShownAt,
  meterScopeName,
  metricsLevels,
  type InstrumentDefinition,
  type MetricsLevel,
} from "./instruments.ts";
export { defaultMaxUnknownKinds, otherKind } from "./kind-counts.ts";
export type { LatencyBuckets } from "./latency.ts";
export { noopMeterProvider } from "./noop-meter-provider.ts";
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
