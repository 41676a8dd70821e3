import type { ExporterContext } from "../factory.ts";
import { BackendHealth } from "./backend-health.ts";
import type { DeliveryConfig } from "./delivery-config.ts";
import { deliveryCounts } from "./delivery-instruments.ts";
import { QueuedDelivery } from "./queued-delivery.ts";
import type { Delivery, Sender } from "./sender.ts";
import type { Sized } from "./sending-queue.ts";

/**
 * Starts delivery for an exporter. Each signal has a queue and turns of its own, as in the Collector: a backend that fails for one of
 * them holds up no other. Disposing sends what is left until `ctx.signal` aborts; the rest is dropped and counted.
 */
export function startDelivery<R extends Sized, P = undefined>(
  ctx: ExporterContext,
  config: DeliveryConfig,
  sender: Sender<R, P>,
): Delivery {
  const { queue_size } = config.sending_queue;
  const health = new BackendHealth(ctx);
  const counts = deliveryCounts(ctx.settings, {
    size: () => all.reduce((sum, { queued }) => sum + queued, 0),
    capacity: () => queue_size * Math.max(1, all.filter(({ isUsed }) => isUsed).length),
  });
  const queueDepthRatio = (): number => Math.max(...all.map((one) => one.queueDepthRatio()));
  const make = (): QueuedDelivery<R, P> => new QueuedDelivery(ctx, config, sender, counts, health);
  const bySignal = { metrics: make(), logs: make(), traces: make() };
  const all = Object.values(bySignal);
  ctx.telemetry.observeQueue?.(queueDepthRatio);
  return {
    consume: (batch, signal) => bySignal[batch.signal].consume(batch, signal),
    queueDepthRatio,
    async [Symbol.asyncDispose]() {
      await Promise.all(all.map((one) => one[Symbol.asyncDispose]()));
      counts[Symbol.dispose]();
    },
  };
}
