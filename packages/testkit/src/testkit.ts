/** Entry of `@tracecore/testkit`: run one component from YAML, move its time by hand, look at what came out. */
export { conformance } from "./conformance.ts";
export { freePort } from "./free-port.ts";
export { inParts, wholeAndInParts } from "./in-parts.ts";
export { runExporter, type RunningExporter } from "./run-exporter.ts";
export { runExtension, type RunExtensionOptions, type RunningExtension } from "./run-extension.ts";
export { runProcessor, type RunningProcessor } from "./run-processor.ts";
export { runReceiver, type RunningReceiver } from "./run-receiver.ts";
export { metricsOf, type TestPoint } from "./metrics-of.ts";
export { testServiceView, type TestServiceView } from "./service-view.ts";
export { failingSink, recordingSink, type RecordingSink } from "./sinks.ts";
export { testSettings, type TestHost, type TestLog, testHost, testLogger } from "./settings.ts";
export { turnsOf } from "./turns-of.ts";
