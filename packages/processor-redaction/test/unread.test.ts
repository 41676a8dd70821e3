import {
  attributesOfPairs,
  emptyScope,
  encodedBatch,
  encodedRows,
  logs,
  metricFamily,
  MetricsBuilder,
  resource,
  series,
  setEncodedBatch,
  setEncodedRows,
  traces,
  type Logs,
  type Metrics,
  type Traces,
} from "@tracecore/core/pdata";
import { redactionProcessor } from "@tracecore/processor-redaction";
import { runProcessor } from "@tracecore/testkit";
import { expect, test } from "vitest";

const card = "4111111111111111";
const visa = "blocked_values: ['4[0-9]{15}']";

test.each([
  [card, "fine"],
  ["fine", card],
])("leaves nothing unread of a key that a sender wrote twice: %s, %s", async (first, second) => {
  const keys = ["a", "b", "a"];
  const values = [first, "x", second];
  const twice = { attributeKeys: keys, attributeValues: values, attributeStarts: Uint32Array.of(0, 3) };
  const from = resource(attributesOfPairs(keys, values));
  const span = { traceId: "01".repeat(16), spanId: "02".repeat(8), startTimeUnixNano: 1n, endTimeUnixNano: 2n };
  await using processor = await runProcessor(redactionProcessor, `{ allow_all_keys: true, ${visa} }`);
  await processor.consume({ ...logs([{ resource: from, scope: emptyScope }]), ...twice });
  await processor.consume({ ...traces([{ ...span, name: "s", resource: from, scope: emptyScope }]), ...twice });
  const builder = new MetricsBuilder(1n);
  const descriptor = { name: "m", description: "", unit: "", kind: "gauge", monotonic: false } as const;
  const family = metricFamily(from, emptyScope, { ...descriptor, temporality: "unspecified" });
  builder.addNumber(series(family, attributesOfPairs(keys, values)), 1);
  await processor.consume(builder.build());
  const [ofLogs, ofTraces, ofMetrics] = processor.out.batches as [Logs, Traces, Metrics];
  const { attributes: ofPoint, resource: ofSeries } = ofMetrics.numbers.series[0]!;
  const left = [ofLogs, ofTraces].flatMap((batch) => [batch.attributeValues, batch.resources[0]!.attributes.values]);
  for (const kept of [...left, ofPoint.values, ofSeries.attributes.values]) {
    expect(kept).toHaveLength(2);
    expect(kept).not.toContain(card);
  }
});

test("sends no bytes on that were not looked at", async () => {
  await using processor = await runProcessor(redactionProcessor, "allow_all_keys: true");
  const batch = logs([{ resource: resource({}), scope: emptyScope, body: "fine" }]);
  setEncodedBatch(batch, { bytes: new Uint8Array(), mapResources: () => [batch].values() as never });
  await processor.consume(batch);
  const [out] = processor.out.batches as [Logs];
  expect(encodedBatch(out)).toBe(undefined);
  expect(out).toEqual(batch);
});

test("sends no rows on as they came, which may hold what was not looked at", async () => {
  await using processor = await runProcessor(redactionProcessor, "allow_all_keys: true");
  const batch = logs([{ resource: resource({}), scope: emptyScope, body: "fine" }]);
  setEncodedRows(batch, () => ({ bytes: new Uint8Array(4), starts: Uint32Array.of(0), ends: Uint32Array.of(4) }));
  await processor.consume(batch);
  const [out] = processor.out.batches as [Logs];
  expect(encodedRows(out)).toBe(undefined);
  expect(out).toEqual(batch);
});
