/** Entry of `@tracecore/core/service`: the runtime. Plugins must not import it. */
export * from "./config/load-config.ts";
export { serviceInstruments, type ServiceInstrument } from "./instruments.ts";
export { errorPages } from "./error-pages.ts";
export { catchFaults } from "./faults.ts";
export { createLogger, logFormats, logLevels, type LogFormat, type LoggerOptions, type RootLogger } from "./logger.ts";
export { hostResource } from "./resource.ts";
export {
  startService,
  type ComponentState,
  type ReloadReport,
  type Service,
  type ServiceOptions,
  type ShutdownSummary,
  type StatusChange,
} from "./run-service.ts";
export type { EdgeCounts } from "./outlet.ts";
export {
  tapDirections,
  type Tap,
  type TapDirection,
  type TapListener,
  type TapPlace,
  type TapRequest,
} from "./taps.ts";
