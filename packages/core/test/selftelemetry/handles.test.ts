import type { Attributes, MeterProvider } from "@opentelemetry/api";
import { createNoopMeter } from "@opentelemetry/api";
import type { Histogram } from "@opentelemetry/sdk-metrics";
import { describe, expect, test } from "vitest";
import { manualClock } from "../../src/clock/manual-clock.ts";
import {
  adoptMeterProvider,
  canonicalKinds,
  componentInstruments,
  forgetComponent,
  meterScopeName,
  newExporter,
  newProcessor,
  newReceiver,
  type LatencyBuckets,
} from "../../src/selftelemetry/selftelemetry.ts";
import { capturedLogger } from "../http/captured-logger.ts";
import { sdkFixture } from "./sdk-reader.ts";

interface Reading {
  readonly meterProvider: MeterProvider;
  /** Undefined when there is no such series. */
  number(name: string, attributes: Attributes): Promise<number | undefined>;
  latency(name: string, id: string): Promise<{ counts: number[]; sum: number; count: number } | undefined>;
  seriesOf(name: string): Promise<Attributes[]>;
}

const has = (own: Attributes, wanted: Attributes) => Object.entries(wanted).every(([key, value]) => own[key] === value);

function throughSdk(): Reading {
  const sdk = sdkFixture();
  return {
    meterProvider: sdk.meterProvider,
    number: async (name, attributes) => (await sdk.valueOf(name, attributes)) as number | undefined,
    async latency(name, id) {
      const value = (await sdk.valueOf(name, { component_id: id })) as Histogram | undefined;
      return value && { counts: value.buckets.counts, sum: value.sum ?? 0, count: value.count };
    },
    seriesOf: async (name) =>
      (await sdk.read()).filter((point) => point.name === name).map(({ attributes }) => attributes),
  };
}

function throughOwner(): Reading {
  const meterProvider: MeterProvider = { getMeter: () => createNoopMeter() };
  const collect = adoptMeterProvider(meterProvider);
  const read = () => {
    const points: { name: string; attributes: Attributes; value: number | LatencyBuckets }[] = [];
    collect({
      number: ({ name }, value, attributes) => points.push({ name, attributes, value }),
      histogram: ({ name }, value, attributes) => points.push({ name, attributes, value }),
    });
    return points;
  };
  const find = (name: string, attributes: Attributes) =>
    read().find((point) => point.name === name && has(point.attributes, attributes))?.value;
  return {
    meterProvider,
    number: async (name, attributes) => find(name, attributes) as number | undefined,
    async latency(name, id) {
      const value = find(name, { component_id: id }) as LatencyBuckets | undefined;
      return value && { counts: [...value.counts], sum: value.sum, count: value.count };
    },
    seriesOf: async (name) =>
      read()
        .filter((point) => point.name === name)
        .map(({ attributes }) => attributes),
  };
}

describe.each([
  ["through the SDK", throughSdk],
  ["read by the owner of the provider", throughOwner],
])("self-telemetry %s", (_name, open) => {
  test("tracecore #9: errors are counted by kind", async () => {
    const reading = open();
    const receiver = newReceiver("clock/primary", reading.meterProvider);
    for (let i = 0; i < 3; i++) receiver.incError("downstream");
    const attributes = { component_id: "clock/primary", kind: "downstream" };
    expect(await reading.number("tracecore.receiver.errors_total", attributes)).toBe(3);
  });

  test("tracecore #10: negative emissions are discarded without a word", async () => {
    const reading = open();
    const logger = capturedLogger();
    const receiver = newReceiver("clock", reading.meterProvider, { logger });
    receiver.incEmissions(2);
    receiver.incEmissions(-5);
    receiver.incEmissions(Number.NaN);
    expect(await reading.number("tracecore.receiver.emissions_total", { component_id: "clock" })).toBe(2);
    expect(logger.lines).toEqual([]);
  });

  test("tracecore #11: 200 µs and 2 s fall into different buckets, and the sum is in seconds", async () => {
    const reading = open();
    const receiver = newReceiver("clock", reading.meterProvider);
    receiver.observeLatency(0.2);
    receiver.observeLatency(2_000);
    receiver.observeLatency(-1);
    const { boundaries = [], name } = componentInstruments.receiverLatency;
    const value = await reading.latency(name, "clock");
    expect(value?.count).toBe(2);
    expect(value?.sum).toBeCloseTo(2.0002, 9);
    const filled = value?.counts.flatMap((count, bucket) => (count > 0 ? [boundaries[bucket]] : []));
    expect(filled).toEqual([0.00025, 2.5]);
  });

  test("a duration on a boundary belongs to the bucket that ends there, and one above all to the last", async () => {
    const reading = open();
    const receiver = newReceiver("clock", reading.meterProvider);
    receiver.observeLatency(100);
    receiver.observeLatency(60_000);
    const { boundaries = [], name } = componentInstruments.receiverLatency;
    const value = await reading.latency(name, "clock");
    expect(value?.counts[boundaries.indexOf(0.1)]).toBe(1);
    expect(value?.counts.at(-1)).toBe(1);
  });

  test("tracecore #12: the time degraded grows while the receiver does not recover", async () => {
    const reading = open();
    const clock = manualClock();
    const receiver = newReceiver("clock", reading.meterProvider, { clock });
    const seconds = () => reading.number("tracecore.receiver.degraded_seconds_total", { component_id: "clock" });
    receiver.setDegraded(true);
    await clock.advance(500);
    const first = await seconds();
    await clock.advance(2_000);
    expect(first).toBe(0.5);
    expect(await seconds()).toBe(2.5);
  });

  test("tracecore #13: repeating a state changes nothing, and a wall clock that jumps does not either", async () => {
    const reading = open();
    const clock = manualClock();
    const receiver = newReceiver("clock", reading.meterProvider, { clock });
    receiver.setDegraded(false);
    receiver.setDegraded(true);
    await clock.advance(1_000);
    clock.setWallClock(0);
    receiver.setDegraded(true);
    await clock.advance(1_000);
    receiver.setDegraded(false);
    await clock.advance(5_000);
    expect(await reading.number("tracecore.receiver.degraded_seconds_total", { component_id: "clock" })).toBe(2);
  });

  test("tracecore #14: a receiver that was never degraded shows 0", async () => {
    const reading = open();
    newReceiver("clock", reading.meterProvider);
    expect(await reading.number("tracecore.receiver.degraded_seconds_total", { component_id: "clock" })).toBe(0);
  });

  test("tracecore #15 #16: the last activity is the second of the construction, then that of the last success", async () => {
    const reading = open();
    const clock = manualClock(1_700_000_000_900);
    const receiver = newReceiver("clock", reading.meterProvider, { clock });
    const second = () => reading.number("tracecore.receiver.last_activity_unix_seconds", { component_id: "clock" });
    await clock.advance(50);
    expect(await second()).toBe(1_700_000_000);
    await clock.advance(3_000);
    receiver.markActivity();
    await clock.advance(3_000);
    expect(await second()).toBe(1_700_000_003);
  });

  test("tracecore #17: eight receivers made at the same time are eight series of each family", async () => {
    const reading = open();
    const ids = Array.from({ length: 8 }, (_, i) => `clock/${i}`);
    await Promise.all(
      ids.map(async (id) => {
        const receiver = newReceiver(id, reading.meterProvider);
        await Promise.resolve();
        receiver.incEmissions(1);
        receiver.incError("read");
        receiver.observeLatency(1);
        receiver.markActivity();
      }),
    );
    const families = Object.values(componentInstruments).filter(({ name }) => name.startsWith("tracecore.receiver."));
    expect(families).toHaveLength(5);
    for (const { name } of families) {
      const series = await reading.seriesOf(name);
      expect(series.map((attributes) => String(attributes["component_id"])).sort()).toEqual(ids);
    }
  });

  test("calls are counted by result and kind, and the handle reads them back", async () => {
    const reading = open();
    const exporter = newExporter("stdout", reading.meterProvider);
    exporter.incCallSuccess();
    exporter.incCallSuccess();
    exporter.incCallFailure("io");
    const calls = (result: string, kind: string) =>
      reading.number("tracecore.exporter.calls_total", { component_id: "stdout", result, kind });
    expect(await calls("success", "")).toBe(2);
    expect(await calls("failure", "io")).toBe(1);
    expect([exporter.successCount(), exporter.failureCount()]).toEqual([2, 1]);
  });

  test("a processor counts items in, out and dropped, errors and latency", async () => {
    const reading = open();
    const processor = newProcessor("filter", reading.meterProvider);
    processor.incItemsIn(10);
    processor.incItemsOut(7);
    processor.incItemsDropped(3, "filtered");
    processor.incItemsDropped(-1, "filtered");
    processor.incError("downstream");
    processor.observeLatency(5);
    const number = (name: string, more: Attributes = {}) =>
      reading.number(`tracecore.processor.${name}`, { component_id: "filter", ...more });
    expect(await number("items_in_total")).toBe(10);
    expect(await number("items_out_total")).toBe(7);
    expect(await number("items_dropped_total", { kind: "filtered" })).toBe(3);
    expect(await number("errors_total", { kind: "downstream" })).toBe(1);
    expect(await reading.latency("tracecore.processor.processing_latency_seconds", "filter")).toMatchObject({
      count: 1,
    });
  });

  test("tracecore #91: a thousand kinds of its own become 20 series and `other`, with one warning", async () => {
    const reading = open();
    const logger = capturedLogger();
    const receiver = newReceiver("clock", reading.meterProvider, { logger });
    for (const kind of canonicalKinds) receiver.incError(kind);
    for (let i = 0; i < 1_000; i++) receiver.incError(`kind ${i}`);
    receiver.incError("kind 3");
    const series = await reading.seriesOf("tracecore.receiver.errors_total");
    expect(series).toHaveLength(canonicalKinds.length + 20 + 1);
    const count = (kind: string) => reading.number("tracecore.receiver.errors_total", { kind });
    expect(await count("other")).toBe(980);
    expect(await count("kind 3")).toBe(2);
    expect(logger.lines).toEqual([
      'warn more than 20 kinds of its own: "kind 20" and those that follow are counted as "other". Kinds must be few and fixed',
    ]);
  });

  test("the cap on kinds can be set", async () => {
    const reading = open();
    const exporter = newExporter("stdout", reading.meterProvider, { maxUnknownKinds: 1 });
    exporter.incCallFailure("marshal");
    exporter.incCallFailure("io");
    const kinds = (await reading.seriesOf("tracecore.exporter.calls_total")).map(({ kind }) => kind);
    expect(kinds).toEqual(["", "marshal", "other"]);
    expect(exporter.failureCount()).toBe(2);
  });

  test("a restarted instance goes on counting where the one before it stopped, and is not degraded", async () => {
    const reading = open();
    const clock = manualClock();
    const first = newReceiver("clock", reading.meterProvider, { clock });
    first.incEmissions(3);
    first.setDegraded(true);
    await clock.advance(1_000);
    const second = newReceiver("clock", reading.meterProvider, { clock });
    second.incEmissions(1);
    await clock.advance(1_000);
    expect(await reading.number("tracecore.receiver.emissions_total", { component_id: "clock" })).toBe(4);
    expect(await reading.number("tracecore.receiver.degraded_seconds_total", { component_id: "clock" })).toBe(1);
  });
});

describe("a component that has gone", () => {
  test("leaves no series once its last handle is disposed, and begins from zero when it comes back", async () => {
    const reading = throughOwner();
    const old = newReceiver("clock", reading.meterProvider);
    const changed = newReceiver("clock", reading.meterProvider);
    changed.incError("read");
    old[Symbol.dispose]();
    old[Symbol.dispose]();
    expect(await reading.seriesOf("tracecore.receiver.emissions_total")).toHaveLength(1);
    changed[Symbol.dispose]();
    for (const { name } of Object.values(componentInstruments)) expect(await reading.seriesOf(name)).toEqual([]);
    newReceiver("clock", reading.meterProvider).incEmissions(1);
    expect(await reading.number("tracecore.receiver.emissions_total", { component_id: "clock" })).toBe(1);
  });

  test("is forgotten on demand, and what an old handle still counts goes nowhere", async () => {
    const reading = throughOwner();
    const exporter = newExporter("stdout", reading.meterProvider);
    newProcessor("stdout", reading.meterProvider);
    forgetComponent(reading.meterProvider, "exporter", "stdout");
    forgetComponent(undefined, "exporter", "stdout");
    exporter.incCallSuccess();
    expect(await reading.seriesOf("tracecore.exporter.calls_total")).toEqual([]);
    expect(await reading.seriesOf("tracecore.processor.items_in_total")).toHaveLength(1);
    exporter[Symbol.dispose]();
    newExporter("stdout", reading.meterProvider);
    exporter[Symbol.dispose]();
    expect(await reading.seriesOf("tracecore.exporter.calls_total")).toHaveLength(1);
  });
});

test("tracecore #8: a missing meter provider is an error of its own", () => {
  const makers = { receiver: newReceiver, exporter: newExporter, processor: newProcessor };
  for (const [role, make] of Object.entries(makers)) {
    expect(() => make("clock", undefined)).toThrow(
      expect.objectContaining({
        code: "nil-meter-provider",
        message: `cannot make the self-telemetry of ${role} "clock": there is no meter provider`,
        remedy: `Pass one, or use ${role}Telemetry(settings), which does without`,
      }),
    );
  }
});

test("tracecore #18: two instances of a type differ in component_id and share one scope", async () => {
  const sdk = sdkFixture();
  newReceiver("clock/a", sdk.meterProvider);
  newReceiver("clock/b", sdk.meterProvider);
  newExporter("stdout", sdk.meterProvider);
  const points = await sdk.read();
  expect(new Set(points.map(({ scope }) => scope))).toEqual(new Set([meterScopeName]));
  expect(new Set(points.map(({ attributes }) => attributes["component_id"]))).toEqual(
    new Set(["clock/a", "clock/b", "stdout"]),
  );
});

test("a provider that components use already cannot be adopted", () => {
  const { meterProvider } = throughOwner();
  expect(() => adoptMeterProvider(meterProvider)).toThrow(
    "BUG: a meter provider was adopted after components had registered with it. Please report it",
  );
});
