import { resourceProcessor } from "@tracecore/processor-resource";
import {
  emptyScope,
  encodedBatch,
  logRecords,
  logs,
  resource,
  spans,
  traces,
  type Logs,
  type Traces,
} from "@tracecore/core/pdata";
import { decodeProtobuf, encodeProtobuf } from "@tracecore/otlp";
import { conformance, metricsOf, runProcessor, wholeAndInParts } from "@tracecore/testkit";
import { describe, expect, test } from "vitest";

const web = resource({ "service.name": "web", "host.id": "abc" });
const actions = `attributes:
  - { key: cluster, value: a1, action: insert }
  - { key: host.name, from_attribute: host.id, action: upsert }
  - { key: host.id, action: delete }
`;
const edited = { "service.name": "web", cluster: "a1", "host.name": "abc" };

describe("resource processor", () => {
  conformance(resourceProcessor, actions);

  test("changes the resource of each signal", async () => {
    await using processor = await runProcessor(resourceProcessor, actions);
    await processor.consume(metricsOf([{ name: "a", value: 1, resource: web }]));
    await processor.consume(logs([{ resource: web, scope: emptyScope, body: "x" }]));
    await processor.consume(
      traces([
        {
          resource: web,
          scope: emptyScope,
          traceId: "01".repeat(16),
          spanId: "02".repeat(8),
          name: "GET",
          startTimeUnixNano: 1n,
          endTimeUnixNano: 2n,
        },
      ]),
    );
    expect(processor.out.points[0]!.series.resource.attributes.toObject()).toEqual(edited);
    expect(processor.out.logRecords[0]!.resource.attributes.toObject()).toEqual(edited);
    expect(processor.out.spans[0]!.resource.attributes.toObject()).toEqual(edited);
  });

  test("does not decode what is under the resource of a batch that came as OTLP", async () => {
    await using processor = await runProcessor(resourceProcessor, actions);
    const bytes = encodeProtobuf(logs([{ resource: web, scope: emptyScope, body: "x", attributes: { a: 1 } }]));
    const batch = decodeProtobuf("logs", bytes);
    await processor.consume(batch);
    const [out] = processor.out.batches as [Logs];
    expect(encodedBatch(out)).toBeDefined();
    expect([...logRecords(out)].map(({ body, attributes }) => [body, attributes])).toEqual([["x", { a: 1 }]]);
    expect(out.resources[0]!.attributes.toObject()).toEqual(edited);
  });

  test("passes a batch on as it is when nothing changes", async () => {
    await using processor = await runProcessor(
      resourceProcessor,
      "attributes: [{ key: service.name, value: other, action: insert }, { key: none, value: 1, action: update }]",
    );
    const batches = [
      metricsOf([{ name: "a", value: 1, resource: web }]),
      logs([{ resource: web, scope: emptyScope, body: "x" }]),
      decodeProtobuf("logs", encodeProtobuf(logs([{ resource: web, scope: emptyScope, body: "x" }]))),
    ];
    for (const batch of batches) await processor.consume(batch);
    for (const [i, batch] of batches.entries()) expect(processor.out.batches[i]).toBe(batch);
  });

  test("makes one resource of two that become equal", async () => {
    await using processor = await runProcessor(resourceProcessor, "attributes: [{ pattern: ^host, action: delete }]");
    const records = ["a", "b"].map((id) => ({
      resource: resource({ "service.name": "web", "host.id": id }),
      scope: emptyScope,
      body: id,
    }));
    await processor.consume(logs(records));
    const [{ resources }] = processor.out.batches as [Logs];
    expect(resources[0]).toBe(resources[1]);
    expect(resources[0]!.attributes.toObject()).toEqual({ "service.name": "web" });
    await processor.consume(traces([]));
    expect([...spans(processor.out.batches[1] as Traces)]).toEqual([]);
  });

  test("refuses a list without actions", async () => {
    await expect(runProcessor(resourceProcessor, "attributes: []")).rejects.toThrow("config.yaml:1:13: attributes: ");
  });
});

test("a batch that is worked on in parts becomes what the whole becomes", async () => {
  const points = Array.from({ length: 10 }, (_, i) => ({ name: "m", value: i, attributes: { i } }));
  const yaml = "attributes: [{ key: zone, value: a1, action: insert }]";
  const { whole, parts } = await wholeAndInParts(resourceProcessor, yaml, metricsOf(points));
  expect(parts).toEqual(whole);
  expect(parts.points[9]!.series.resource.attributes.get("zone")).toBe("a1");
});
