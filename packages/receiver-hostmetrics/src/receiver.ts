import { defineReceiver, scrape, type ReceiverFactory } from "@tracecore/core";
import { config } from "./config.ts";
import { hostFiles } from "./host-files.ts";
import { metrics } from "./metrics.ts";
import { chosenScrapers } from "./scrapers.ts";

/** Reads CPU, memory, disks, file systems, network, pressure and load of a Linux host, and the collector's own process. */
export const hostmetricsReceiver: ReceiverFactory = defineReceiver({
  type: "hostmetrics",
  stability: { metrics: "beta" },
  config,
  metrics,
  start({ collection_interval, initial_delay, root_path, scrapers }, ctx) {
    const files = hostFiles(root_path);
    const chosen = chosenScrapers(scrapers, files, ctx.clock);
    const options = { intervalMs: collection_interval, initialDelayMs: initial_delay };
    return scrape(ctx, options, async ({ emit, fail, signal }) => {
      const batch = metrics.batch(ctx);
      for (const scraper of chosen) {
        try {
          await scraper.read(batch, { fail, signal });
        } catch (error) {
          fail(error); // The other scrapers still count.
        }
      }
      await emit(ctx.next.metrics, batch.build());
    });
  },
});
