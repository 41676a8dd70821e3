import type { CreateSettings } from "../settings.ts";
import { meterOf, optionsOf } from "../selftelemetry/component-registry.ts";
import { instrument, type InstrumentDefinition } from "../selftelemetry/instruments.ts";
import { noopMeterProvider } from "../selftelemetry/noop-meter-provider.ts";

const component_id = "The component, as the config file names it.";

type Instrument = "sent" | "dropped" | "refused" | "retries" | "queueSize" | "queueCapacity";

/** What exporters with a sending queue count, beside their calls. */
export const deliveryTable: Readonly<Record<Instrument, InstrumentDefinition>> = {
  sent: instrument({
    name: "tracecore.exporter.sent_items_total",
    kind: "counter",
    attributes: { component_id },
    description: "Items that the backend of an exporter took.",
    level: "basic",
  }),
  dropped: instrument({
    name: "tracecore.exporter.dropped_items_total",
    kind: "counter",
    attributes: { component_id, reason: "The class of the failure after which they were given up; see RUNBOOK." },
    description: "Items that an exporter had taken and gave up.",
    level: "basic",
  }),
  refused: instrument({
    name: "tracecore.exporter.refused_items_total",
    kind: "counter",
    attributes: { component_id },
    description: "Items that an exporter did not take because its queue was full; the sender still has them.",
    level: "basic",
  }),
  retries: instrument({
    name: "tracecore.exporter.retries_total",
    kind: "counter",
    attributes: { component_id },
    description: "Requests that were sent once more.",
    level: "normal",
  }),
  queueSize: instrument({
    name: "tracecore.exporter.queue_size",
    kind: "gauge",
    attributes: { component_id },
    description: "What waits in the queues of an exporter or is on its way, in what its `sizer` counts.",
    level: "normal",
  }),
  queueCapacity: instrument({
    name: "tracecore.exporter.queue_capacity",
    kind: "gauge",
    attributes: { component_id },
    description:
      "What the queues of an exporter hold at most, in what its `sizer` counts: `queue_size` for each signal that came.",
    level: "normal",
  }),
};

/** Counts what a delivery does. */
export interface DeliveryCounts extends Disposable {
  sent(items: number): void;
  dropped(items: number, reason: string): void;
  refused(items: number): void;
  retried(): void;
}

export function deliveryCounts(
  { id, telemetry: { meterProvider } }: CreateSettings,
  queue: { readonly size: () => number; readonly capacity: () => number },
): DeliveryCounts {
  const meter = meterOf(meterProvider ?? noopMeterProvider);
  const counter = (one: InstrumentDefinition): ReturnType<typeof meter.createCounter> =>
    meter.createCounter(one.name, optionsOf(one));
  const own = { component_id: id };
  const counters = {
    sent: counter(deliveryTable.sent),
    dropped: counter(deliveryTable.dropped),
    refused: counter(deliveryTable.refused),
    retries: counter(deliveryTable.retries),
  };
  // A series that is there from the beginning, so that a rate can be taken of its first change.
  for (const one of [counters.sent, counters.refused, counters.retries]) one.add(0, own);
  const size = meter.createObservableGauge(deliveryTable.queueSize.name, optionsOf(deliveryTable.queueSize));
  const capacity = meter.createObservableGauge(
    deliveryTable.queueCapacity.name,
    optionsOf(deliveryTable.queueCapacity),
  );
  const observeSize: Parameters<typeof size.addCallback>[0] = (result) => result.observe(queue.size(), own);
  const observeCapacity: typeof observeSize = (result) => result.observe(queue.capacity(), own);
  size.addCallback(observeSize);
  capacity.addCallback(observeCapacity);
  return {
    sent: (items) => counters.sent.add(items, own),
    dropped: (items, reason) => counters.dropped.add(items, { ...own, reason }),
    refused: (items) => counters.refused.add(items, own),
    retried: () => counters.retries.add(1, own),
    [Symbol.dispose]() {
      size.removeCallback(observeSize);
      capacity.removeCallback(observeCapacity);
    },
  };
}
