import {
  defineExtension,
  serviceView,
  type EndpointCarrier,
  type ExtensionFactory,
  type ReloadListener,
} from "@tracecore/core";
import { listenHttp } from "@tracecore/core/http";
import { config } from "./config.ts";
import { healthHandler } from "./health-handler.ts";

/** Answers health probes: of the whole collector, of a pipeline, of each component. */
export const healthCheckExtension: ExtensionFactory = defineExtension({
  type: "health_check",
  stability: "beta",
  config,
  async start(options, { settings, host, clock }): Promise<AsyncDisposable & EndpointCarrier & ReloadListener> {
    const { logger } = settings.telemetry;
    const listener = await listenHttp({
      owner: `extension "${settings.id}"`,
      endpoint: options.endpoint,
      configKey: `extensions.${settings.id}.endpoint`,
      tls: options.tls,
      limits: options.limits,
      handler: healthHandler(options, { view: serviceView(host), clock }),
      logger,
      clock,
    });
    const scheme = options.tls === undefined ? "http" : "https";
    const url = `${scheme}://${listener.address.text.replace(/^:/, "localhost:")}${options.path}`;
    logger.info(`answers health probes at ${url}`);
    return {
      endpoints: () => [url],
      configReloaded: async () => void (await listener.reloadTls()),
      [Symbol.asyncDispose]: () => listener.close(),
    };
  },
});
