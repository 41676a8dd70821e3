/** Entry of `@tracecore/core`: the contracts between a plugin and the runtime. */
export {
  clientAuthenticator,
  requestSigner,
  serverAuthenticator,
  type ClientAuthenticator,
  type RequestHeaders,
  type ServerAuthenticator,
} from "./authenticator.ts";
export { systemClock, type Clock, type EveryOptions } from "./clock/clock.ts";
export { atOnce, eventLoopTurn, inTurns } from "./clock/event-loop.ts";
export { manualClock, type ManualClock } from "./clock/manual-clock.ts";
export { TimeLimit } from "./clock/time-limit.ts";
export {
  componentKinds,
  formatComponentId,
  parseComponentId,
  signals,
  type ComponentId,
  type ComponentKind,
  type Signal,
} from "./component-id.ts";
export { component, type Component } from "./component.ts";
export { reportStatus } from "./componentstatus/componentstatus.ts";
export {
  ConsumeError,
  discard,
  isRetryable,
  retryAfterOf,
  type Batch,
  type Consumer,
  type ConsumeErrorOptions,
  type Consumers,
  type NextConsumers,
} from "./consumer.ts";
export type { EndpointCarrier } from "./endpoint-carrier.ts";
export { openCredentialsFile, type CredentialsFile, type CredentialsFileOptions } from "./credentials-file.ts";
export { messageOf, TracecoreError, type SourcePosition } from "./errors.ts";
export {
  defineConnector,
  defineExporter,
  defineExtension,
  defineProcessor,
  defineReceiver,
  type ComponentContext,
  type ComponentFactory,
  type ConnectorContext,
  type ConnectorDefinition,
  type ConnectorFactory,
  type ConnectorRoute,
  type CreateOptions,
  type ExporterComponent,
  type ExporterContext,
  type ExporterDefinition,
  type ExporterFactory,
  type ExtensionDefinition,
  type ExtensionFactory,
  type Finding,
  type ProcessorContext,
  type ProcessorDefinition,
  type ProcessorFactory,
  type ReceiverContext,
  type ReceiverDefinition,
  type ReceiverFactory,
  type Sink,
  type SinkComponent,
  type SourceComponent,
  type SourceContext,
  type Stability,
} from "./factory.ts";
export { noopHost, type Host } from "./host.ts";
export {
  defineMetrics,
  type BatchContext,
  type MetricBatch,
  type MetricDefinition,
  type MetricDefinitions,
  type MetricSet,
} from "./metric-set.ts";
export { jsonPieces, type Json } from "./json-pieces.ts";
export { oneLine } from "./one-line.ts";
export {
  availableMemory,
  garbageCollector,
  limitMemory,
  memoryLimit,
  type GarbageCollector,
} from "./process-memory.ts";
export type { ReloadListener } from "./reload-listener.ts";
export { scrape, type ScrapeOptions, type ScrapeTick } from "./scrape.ts";
export {
  serviceView,
  type ComponentView,
  type ConfigValueView,
  type EdgeView,
  type LogLineView,
  type PipelineView,
  type ServiceView,
  type ServiceViewer,
} from "./service-view.ts";
export {
  zeroBuildInfo,
  type BuildInfo,
  type CreateSettings,
  type Logger,
  type LogLevel,
  type TelemetrySettings,
} from "./settings.ts";
