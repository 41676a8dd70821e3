import { garbageCollector, type Batch } from "@tracecore/core";
import { batchSize, eachPart, encodedBatch, joinParts, mapResources, resource } from "@tracecore/core/pdata";
import { decodeProtobuf, encodeProtobuf } from "@tracecore/otlp";
import { expect, test } from "vitest";
import { requestType } from "./otlp-proto.ts";

const REQUESTS = 200;

const requests = {
  metrics: {
    resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: "m", gauge: { dataPoints: [{ asInt: "1" }] } }] }] }],
  },
  logs: { resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: "x".repeat(100) } }] }] }] },
  traces: { resourceSpans: [{ scopeSpans: [{ spans: [{ name: "x".repeat(100) }] }] }] },
} as const;

const moved = resource({ "host.name": "b" });
const uses: Record<string, (batch: Batch) => unknown> = {
  "is sent on as it came": (batch) => [encodedBatch(batch)?.bytes.length, batchSize(batch)],
  "was read": (batch) => ({ ...batch }),
  "got another resource": (batch) => encodeProtobuf(mapResources(batch, () => moved)),
  "was joined with others and read": (batch) => ({ ...joinParts([batch, batch]) }),
  "was looked through in parts": (batch) => eachPart(batch, () => {}),
};

const cases = (["metrics", "logs", "traces"] as const).flatMap((signal) =>
  Object.keys(uses).map((use) => ({ signal, use })),
);

// What stays until everything is collected calls for collections of everything, the more often the more requests come.
test.each(cases)(
  "a request of $signal that $use goes with the next collections of young objects",
  async ({ signal, use }) => {
    const type = requestType(signal);
    const bytes = type.encode(type.fromObject(requests[signal])).finish();
    const { young } = garbageCollector()!;
    let gone = 0;
    const registry = new FinalizationRegistry(() => gone++);
    for (let i = 0; i < REQUESTS; i++) {
      const own = Uint8Array.from(bytes);
      registry.register(own, undefined);
      uses[use]!(decodeProtobuf(signal, own));
      if (i % 50 === 49) young();
    }
    // All of them or none, but for those that V8 holds for reasons of its own, such as marking beside the program. It tells of them bit
    // by bit.
    const counted = (): number => {
      young();
      return gone;
    };
    await expect.poll(counted, { interval: 5 }).toBeGreaterThan(REQUESTS / 2);
  },
);
