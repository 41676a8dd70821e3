import {
  ConsumeError,
  defineExporter,
  defineMetrics,
  defineProcessor,
  defineReceiver,
  scrape,
  type ReceiverFactory,
} from "@tracecore/core";
import { duration, noOptions } from "@tracecore/core/config";
import { noopReceiverTelemetry } from "@tracecore/core/selftelemetry";
import {
  conformance,
  failingSink,
  metricsOf,
  recordingSink,
  runExporter,
  runProcessor,
  runReceiver,
} from "@tracecore/testkit";
import { describe, expect, test } from "vitest";
import * as z from "zod";

const metrics = defineMetrics({
  "test.value": { kind: "gauge", unit: "1", description: "A value.", attributes: { name: "Which." } },
});

function receiver(read: (count: number) => number): ReceiverFactory {
  return defineReceiver({
    type: "test",
    stability: { metrics: "stable" },
    config: z.strictObject({ collection_interval: duration().prefault("10s").describe("Time between two reads.") }),
    metrics,
    start({ collection_interval }, ctx) {
      let count = 0;
      return scrape(ctx, { intervalMs: collection_interval, telemetry: noopReceiverTelemetry }, async ({ emit }) => {
        const batch = metrics.batch(ctx);
        batch.add("test.value", read(count++), { name: "a" });
        await emit(ctx.next.metrics, batch.build());
      });
    },
  });
}

describe("runReceiver", () => {
  conformance(
    receiver((count) => count),
    "{}",
  );

  test("shows points as the clock moves", async () => {
    await using running = await runReceiver(
      receiver((count) => count),
      "collection_interval: 1s",
    );
    await running.tick(0);
    await running.tick(2000);
    expect(running.points.map(({ value, attributes }) => [value, attributes])).toEqual([
      [0, { name: "a" }],
      [1, { name: "a" }],
      [2, { name: "a" }],
    ]);
    running.clear();
    expect(running.points).toEqual([]);
  });

  test("throws every problem of a config with its place", async () => {
    const starting = runReceiver(
      receiver(() => 0),
      "collection_interval: 10\nother: 1",
    );
    await expect(starting).rejects.toThrow(
      'config.yaml:1:22: collection_interval: expected a duration such as "10s", got 10. Add a unit: ms, s, m or h. [config-invalid-value]\n' +
        "config.yaml:2:1: other: unknown option. Known options: collection_interval. [config-unknown-option]",
    );
  });

  test("shows the last error, the status and the log of a read that fails", async () => {
    await using running = await runReceiver(
      receiver(() => {
        throw new Error("no such device");
      }),
      "{}",
    );
    await running.tick(0);
    expect(running.lastError).toEqual(new Error("no such device"));
    expect(running.statuses.map(({ status }) => status)).toEqual(["recoverable_error"]);
    expect(running.logs.map(({ level, message }) => [level, message])).toEqual([["warn", "read: no such device"]]);
  });
});

describe("runExporter and runProcessor", () => {
  test("hand batches to an exporter and show what it throws", async () => {
    const exporter = defineExporter({
      type: "test",
      stability: { metrics: "stable" },
      config: noOptions(),
      start: () => ({
        metrics: {
          consume: (batch) =>
            batch.itemCount > 1
              ? Promise.reject(new ConsumeError("too many", { retryable: false }))
              : Promise.resolve(),
        },
        [Symbol.asyncDispose]: () => Promise.resolve(),
      }),
    });
    await using running = await runExporter(exporter, "{}");
    await running.consume(metricsOf([{ name: "a", value: 1 }]));
    await expect(
      running.consume(
        metricsOf([
          { name: "a", value: 1 },
          { name: "b", value: 2n },
        ]),
      ),
    ).rejects.toThrow("too many");
  });

  test("show what comes out of a processor, and refuse a signal that it does not take", async () => {
    const processor = defineProcessor({
      type: "test",
      stability: { metrics: "stable" },
      config: noOptions(),
      start: (_config, { next }) => ({
        metrics: { consume: (batch, signal) => next.metrics.consume(batch, signal) },
        [Symbol.asyncDispose]: () => Promise.resolve(),
      }),
    });
    await using running = await runProcessor(processor, "{}");
    await running.consume(metricsOf([{ name: "a", value: 1, attributes: { gpu: 0 } }]));
    expect(running.out.points.map(({ name, value, attributes }) => [name, value, attributes])).toEqual([
      ["a", 1, { gpu: 0 }],
    ]);
    const { logs } = await import("@tracecore/core/pdata");
    await expect(running.consume(logs([]))).rejects.toThrow("the component takes no logs");
  });

  test("a failed start is thrown as it is", async () => {
    const exporter = defineExporter({
      type: "test",
      stability: {},
      config: noOptions(),
      start: () => Promise.reject(new Error("no disk")),
    });
    await expect(runExporter(exporter, "{}")).rejects.toThrow("no disk");
  });
});

describe("sinks", () => {
  test("the recording one takes, the failing one refuses with what it was given", async () => {
    const signal = new AbortController().signal;
    const batch = metricsOf([{ name: "a", value: 1 }]);
    const sink = recordingSink();
    await sink.metrics.consume(batch, signal);
    expect(sink.batches).toEqual([batch]);
    const error = new Error("mine");
    await expect(failingSink(error).metrics.consume(batch, signal)).rejects.toBe(error);
    await expect(failingSink().logs.consume(undefined as never, signal)).rejects.toMatchObject({ retryable: true });
  });
});
