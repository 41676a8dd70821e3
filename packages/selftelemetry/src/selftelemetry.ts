/** Entry of `@tracecore/selftelemetry`: what a process shows of itself. */
export { registerBuildInfo } from "./build-info-metric.ts";
export { normalizePath, validateMountPath } from "./mount-path.ts";
export { renamedMetrics, type RenamedMetric } from "./renamed-metrics.ts";
export { registerSloMetrics } from "./slo-metrics.ts";
export { AggregateSloSource, zeroSloSource, type SloSource } from "./slo-source.ts";
export { startSelfTelemetry, type SelfTelemetry, type SelfTelemetryOptions } from "./start.ts";
export { surfaceInstruments } from "./surface-instruments.ts";
export {
  telemetryConfig,
  telemetryOptions,
  type EnabledTelemetryConfig,
  type SurfaceLimits,
  type SurfacePaths,
  type TelemetryConfig,
} from "./telemetry-config.ts";
export { WindowedRate, type WindowedRateOptions } from "./windowed-rate.ts";
