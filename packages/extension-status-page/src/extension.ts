import {
  defineExtension,
  serviceView,
  type EndpointCarrier,
  type ExtensionFactory,
  type ReloadListener,
} from "@tracecore/core";
import { listenHttp } from "@tracecore/core/http";
import { config } from "./config.ts";
import { LogRing } from "./log-ring.ts";
import { statusHandler } from "./status-handler.ts";

/** Shows the running collector in a browser. */
export const statusPageExtension: ExtensionFactory = defineExtension({
  type: "zpages",
  stability: "beta",
  config,
  async start(options, { settings, host, clock }): Promise<AsyncDisposable & EndpointCarrier & ReloadListener> {
    const { logger } = settings.telemetry;
    const view = serviceView(host);
    const ring = new LogRing(options.log_lines);
    const following = view?.followLog((line) => ring.add(line));
    const listening = listenHttp({
      owner: `extension "${settings.id}"`,
      endpoint: options.endpoint,
      configKey: `extensions.${settings.id}.endpoint`,
      tls: options.tls,
      limits: options.limits,
      handler: statusHandler({ view, ring, clock, endpoint: options.endpoint, allowedHosts: options.allowed_hosts }),
      logger,
      clock,
    });
    const listener = await listening.catch((error: unknown) => {
      following?.[Symbol.dispose]();
      throw error;
    });
    const scheme = options.tls === undefined ? "http" : "https";
    const url = `${scheme}://${listener.address.text.replace(/^:/, "localhost:")}/`;
    logger.info(`shows the collector at ${url}`);
    return {
      endpoints: () => [url],
      configReloaded: async () => void (await listener.reloadTls()),
      async [Symbol.asyncDispose]() {
        following?.[Symbol.dispose]();
        await listener.close();
      },
    };
  },
});
