import type { Batch } from "@tracecore/core";
import { emptyScope, logs, resource, traces } from "@tracecore/core/pdata";
import type { TapPlace } from "@tracecore/core/service";
import { metricsOf } from "@tracecore/testkit";
import { describe, expect, test } from "vitest";
import { batchText, itemFilter, placeText } from "../../src/tap/show-batch.ts";

const checkout = resource({ "service.name": "checkout", "service.instance": 3 });
const cart = resource({ "service.name": "cart" });
const span = { scope: emptyScope, traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" };

const batches: Readonly<Record<Batch["signal"], Batch>> = {
  metrics: metricsOf([
    { name: "gpu.power", value: 1 },
    { name: "cpu.time", value: 2 },
  ]),
  logs: logs([
    { resource: checkout, scope: emptyScope, body: "order 1 came" },
    { resource: cart, scope: emptyScope, body: "order 2 came" },
    { resource: cart, scope: emptyScope, eventName: "order.lost", body: { id: 3 } },
    { resource: cart, scope: emptyScope, body: "cleaned up" },
  ]),
  traces: traces([
    { ...span, resource: checkout, name: "GET /order", startTimeUnixNano: 0n, endTimeUnixNano: 5_000_000n },
    { ...span, resource: cart, name: "POST /cart", startTimeUnixNano: 0n, endTimeUnixNano: 1n },
  ]),
};

const left = (signal: Batch["signal"], name: string | undefined, ...resources: string[]): number =>
  itemFilter({ name, resources })(batches[signal]).itemCount;

describe("items of a tap", () => {
  test("are chosen by the name of a metric or span, and by the event name or body of a log record", () => {
    expect(left("metrics", "^gpu\\.")).toBe(1);
    expect(left("traces", "order")).toBe(1);
    expect(left("logs", "order")).toBe(3);
    expect(left("logs", "(?i)ORDER 2")).toBe(1);
  });

  test("are chosen by attributes of their resource, all of which must hold", () => {
    expect(left("logs", undefined, "service.name=cart")).toBe(3);
    expect(left("traces", undefined, "service.name=checkout", "service.instance=3")).toBe(1);
    expect(left("traces", undefined, "service.name=cart", "service.instance=3")).toBe(0);
    expect(left("logs", "came", "service.name=cart")).toBe(1);
    expect(left("metrics", undefined, "service.name=cart")).toBe(0);
  });

  test("are all shown when nothing is chosen, and the batch stays as it is", () => {
    expect(itemFilter({ resources: [] })(batches.logs)).toBe(batches.logs);
  });
});

const place: TapPlace = { pipelines: ["traces"], signal: "traces", from: 'receiver "otlp"', to: ['exporter "out"'] };

describe("a batch of a tap as text", () => {
  test("has a line for each of its first items, and says how many more there are", () => {
    expect(batchText(batches.traces, { place, items: 2, most: 1 })).toBe(
      `traces of receiver "otlp" to exporter "out": 2 items
  - span GET /order 5ms unspecified unset trace=0af7651916cd43dd8448eb211c80319c span=b7ad6b7169203331
  … and 1 more; --items shows more of them
`,
    );
  });

  test("says how many items of the whole batch there are", () => {
    const some = itemFilter({ name: "GET", resources: [] })(batches.traces);
    expect(batchText(some, { place, items: 2, most: 20 })).toMatch(/^traces of .*: 1 of 2 items\n/);
  });

  test("names every target, and the pipelines where the signal does not", () => {
    expect(placeText({ ...place, pipelines: ["traces/a", "traces/b"], to: ["a", "b"] })).toBe(
      'traces of receiver "otlp" to a and b (pipeline traces/a, traces/b)',
    );
  });

  test("lets no item write control characters to the terminal", () => {
    const nasty = logs([
      { resource: cart, scope: emptyScope, body: "red \u001b[31m\nnew line", eventName: "a\u0007b" },
    ]);
    const text = batchText(nasty, { place: { ...place, signal: "logs" }, items: 1, most: 20 });
    // oxlint-disable-next-line no-control-regex -- it is them that must not be there
    expect(text.replaceAll("\n", "")).not.toMatch(/[\u0000-\u001f]/);
    expect(text.split("\n")).toHaveLength(3);
  });
});
