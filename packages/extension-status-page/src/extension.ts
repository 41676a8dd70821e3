import { defineExtension, serviceView, type ExtensionFactory } from "@tracecore/core";
import { listenForExtension, type ExtensionListener } from "@tracecore/core/http";
import { config } from "./config.ts";
import { LogRing } from "./log-ring.ts";
import { statusHandler } from "./status-handler.ts";

/** Shows the running collector in a browser. */
export const statusPageExtension: ExtensionFactory = defineExtension({
  type: "zpages",
  stability: "beta",
  config,
  async start(options, context): Promise<ExtensionListener> {
    const { settings, host, clock } = context;
    const { endpoint, allowed_hosts: allowedHosts } = options;
    const view = serviceView(host);
    const ring = new LogRing(options.log_lines);
    const following = view?.followLog((line) => ring.add(line));
    const handler = statusHandler({ view, ring, clock, endpoint, allowedHosts });
    const listening = listenForExtension(options, context, { path: "/", handler });
    const listener = await listening.catch((error: unknown) => {
      following?.[Symbol.dispose]();
      throw error;
    });
    settings.telemetry.logger.info(`shows the collector at ${listener.url}`);
    return {
      ...listener,
      async [Symbol.asyncDispose]() {
        following?.[Symbol.dispose]();
        await listener[Symbol.asyncDispose]();
      },
    };
  },
});
