import { expect, test } from "vitest";
import * as z from "zod";
import { manualClock } from "../../src/clock/manual-clock.ts";
import type { Consumer } from "../../src/consumer.ts";
import { defineReceiver, noopHost, scrape, zeroBuildInfo } from "../../src/core.ts";
import { emptyResource, MetricsBuilder, type Metrics } from "../../src/pdata/pdata.ts";
import { receiverTelemetry } from "../../src/selftelemetry/selftelemetry.ts";
import { capturedLogger } from "../http/captured-logger.ts";
import { sdkFixture, type SdkFixture } from "./sdk-reader.ts";

/** The six lines that a receiver needs. */
const ticking = defineReceiver({
  type: "ticking",
  stability: { metrics: "development" },
  config: z.strictObject({}),
  start(_config, ctx) {
    const telemetry = receiverTelemetry(ctx.settings, { clock: ctx.clock });
    return scrape(ctx, { intervalMs: 1_000, telemetry }, (tick) =>
      tick.emit(ctx.next.metrics, new MetricsBuilder(ctx.clock.nowUnixNano()).build()),
    );
  },
});

async function runFor(ms: number, next: Consumer<Metrics>): Promise<SdkFixture> {
  const sdk = sdkFixture();
  const clock = manualClock();
  const telemetry = { logger: capturedLogger(), meterProvider: sdk.meterProvider, resource: emptyResource };
  const settings = { id: "ticking", telemetry, buildInfo: zeroBuildInfo };
  const receiver = ticking.create(settings, {}, { metrics: next }, { clock });
  await receiver.start(noopHost);
  await clock.advance(ms);
  const stopped = receiver.shutdown();
  await clock.advance(0);
  await stopped;
  return sdk;
}

const own = { component_id: "ticking" };

test("tracecore #19: a pipeline that works counts emissions, and a latency for each of them", async () => {
  const sdk = await runFor(1_500, { consume: () => Promise.resolve() });
  expect(await sdk.valueOf("tracecore.receiver.emissions_total", own)).toBe(2);
  expect(await sdk.valueOf("tracecore.receiver.collection_latency_seconds", own)).toMatchObject({ count: 2 });
  expect(await sdk.valueOf("tracecore.receiver.errors_total", own)).toBe(undefined);
  expect(await sdk.valueOf("tracecore.receiver.degraded_seconds_total", own)).toBe(0);
});

test("tracecore #20: a sink that fails counts errors of kind downstream, a latency all the same, and no emission", async () => {
  const sdk = await runFor(1_500, { consume: () => Promise.reject(new Error("the sink is down")) });
  expect(await sdk.valueOf("tracecore.receiver.errors_total", { ...own, kind: "downstream" })).toBe(2);
  expect(await sdk.valueOf("tracecore.receiver.emissions_total", own)).toBe(0);
  expect(await sdk.valueOf("tracecore.receiver.collection_latency_seconds", own)).toMatchObject({ count: 2 });
  expect(await sdk.valueOf("tracecore.receiver.degraded_seconds_total", own)).toBe(1.5);
});
