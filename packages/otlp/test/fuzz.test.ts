import { readdirSync, readFileSync } from "node:fs";
import { TracecoreError, type Batch } from "@tracecore/core";
import { decodeJson, decodeProtobuf, encodeJson, encodeProtobuf, splitRequest } from "@tracecore/otlp";
import { describe, expect, test } from "vitest";
import { mutate, random } from "./mutate.ts";
import { requestType } from "./otlp-proto.ts";

/** How many mutated requests each test tries; `FUZZ_INPUTS=1000000` for a long run. */
const INPUTS = Number(process.env["FUZZ_INPUTS"] ?? 20_000);
const signals = ["metrics", "logs", "traces"] as const;
type Signal = (typeof signals)[number];

const value = { stringValue: "текст", intValue: "-1" };
const attributes = [
  { key: "a", value },
  {
    key: "b",
    value: { arrayValue: { values: [{ kvlistValue: { values: [{ key: "c", value: { doubleValue: 1 } }] } }] } },
  },
];
const exemplars = [{ timeUnixNano: "1", asInt: "3", filteredAttributes: attributes }];
const common = { attributes, timeUnixNano: "1700000000123456789", exemplars, flags: 1 };
/** A request of each signal with something in every field. */
const seeds: Readonly<Record<Signal, object>> = {
  metrics: {
    resourceMetrics: [
      {
        resource: { attributes },
        schemaUrl: "u",
        scopeMetrics: [
          {
            scope: { name: "s", attributes },
            metrics: [
              { name: "g", unit: "1", gauge: { dataPoints: [{ ...common, asDouble: 1.5 }] } },
              {
                name: "s",
                sum: { dataPoints: [{ ...common, asInt: "7" }], aggregationTemporality: 2, isMonotonic: true },
              },
              {
                name: "h",
                histogram: {
                  dataPoints: [{ ...common, count: "3", sum: 1, bucketCounts: ["1", "2"], explicitBounds: [1] }],
                },
              },
              {
                name: "e",
                exponentialHistogram: {
                  dataPoints: [{ ...common, count: "3", scale: -2, positive: { offset: 1, bucketCounts: ["1"] } }],
                },
              },
              {
                name: "q",
                summary: { dataPoints: [{ ...common, count: "3", quantileValues: [{ quantile: 0.5, value: 2 }] }] },
              },
            ],
          },
        ],
      },
    ],
  },
  logs: {
    resourceLogs: [
      {
        resource: { attributes },
        scopeLogs: [
          {
            scope: { name: "s" },
            logRecords: [{ timeUnixNano: "5", body: value, attributes, severityText: "INFO", flags: 1 }],
          },
        ],
      },
    ],
  },
  traces: {
    resourceSpans: [
      {
        resource: { attributes },
        scopeSpans: [
          {
            spans: [
              {
                name: "x",
                kind: 2,
                attributes,
                events: [{ name: "e", attributes }],
                links: [{ attributes }],
                status: { code: 2 },
              },
            ],
          },
        ],
      },
    ],
  },
};

function encoded(signal: Signal): Buffer {
  const type = requestType(signal);
  return Buffer.from(type.encode(type.fromObject(seeds[signal])).finish());
}

/** Reads everything in a batch; what was taken must not fail later. */
function use(batch: Batch): void {
  encodeJson(batch);
  encodeProtobuf({ ...batch });
}

function isRefusal(error: unknown): boolean {
  return error instanceof TracecoreError && error.code === "otlp-malformed";
}

describe("whatever comes", () => {
  test.each(signals)(
    "F25: %s in protobuf are taken and can be read, or are refused",
    (signal) => {
      const next = random(1);
      const seed = encoded(signal);
      let taken = 0;
      for (let i = 0; i < INPUTS; i++) {
        const bytes = mutate(seed, next);
        try {
          const batch = decodeProtobuf(signal, bytes);
          use(batch);
          splitRequest(signal, bytes, 1, "items");
          taken++;
        } catch (error) {
          if (!isRefusal(error)) throw new Error(`input ${i}: ${bytes.toString("base64")}`, { cause: error });
        }
      }
      // Both happen, or this tests nothing.
      expect(taken).toBeGreaterThan(INPUTS / 100);
      expect(taken).toBeLessThan(INPUTS * 0.9);
      expect(Object.keys(Object.prototype)).toEqual([]);
    },
    600_000,
  );

  test.each(signals)(
    "F26: %s in JSON are taken and can be read, or are refused",
    (signal) => {
      const next = random(2);
      const seed = Buffer.from(JSON.stringify(seeds[signal]).replace('"a"', '"__proto__"'));
      let taken = 0;
      for (let i = 0; i < INPUTS; i++) {
        const text = mutate(seed, next).toString();
        try {
          use(decodeJson(signal, text));
          taken++;
        } catch (error) {
          if (!isRefusal(error)) throw new Error(`input ${i}: ${text}`, { cause: error });
        }
      }
      expect(taken).toBeGreaterThan(INPUTS / 1000);
      expect(taken).toBeLessThan(INPUTS * 0.9);
      expect(Object.keys(Object.prototype)).toEqual([]);
    },
    600_000,
  );

  const corpus = new URL("corpus/", import.meta.url);
  test.each(readdirSync(corpus).filter((name) => name.endsWith(".base64")))("%s from the corpus", (name) => {
    const bytes = Buffer.from(readFileSync(new URL(name, corpus), "utf8"), "base64");
    for (const signal of signals) {
      let batch: Batch | undefined;
      try {
        batch = decodeProtobuf(signal, bytes);
      } catch (error) {
        expect(isRefusal(error)).toBe(true);
      }
      if (batch !== undefined) expect(() => use(batch)).not.toThrow();
    }
  });
});
