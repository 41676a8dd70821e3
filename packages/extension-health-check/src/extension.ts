import { defineExtension, serviceView, type ExtensionFactory } from "@tracecore/core";
import { listenForExtension, type ExtensionListener } from "@tracecore/core/http";
import { config } from "./config.ts";
import { healthHandler } from "./health-handler.ts";

/** Answers health probes: of the whole collector, of a pipeline, of each component. */
export const healthCheckExtension: ExtensionFactory = defineExtension({
  type: "health_check",
  stability: "beta",
  config,
  async start(options, context): Promise<ExtensionListener> {
    const { settings, host, clock } = context;
    const handler = healthHandler(options, { view: serviceView(host), clock });
    const listener = await listenForExtension(options, context, { path: options.path, handler });
    settings.telemetry.logger.info(`answers health probes at ${listener.url}`);
    return listener;
  },
});
