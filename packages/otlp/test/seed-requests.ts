import { readdirSync, readFileSync } from "node:fs";
import { TracecoreError } from "@tracecore/core";
import { requestType } from "./otlp-proto.ts";

export const signals = ["metrics", "logs", "traces"] as const;
export type Signal = (typeof signals)[number];

const value = { stringValue: "текст", intValue: "-1" };
const attributes = [
  { key: "a", value },
  {
    key: "b",
    value: { arrayValue: { values: [{ kvlistValue: { values: [{ key: "c", value: { doubleValue: 1 } }] } }] } },
  },
  { key: "d", value: { stringValue: "text" } },
  { key: "e", value: { intValue: "300" } },
  { key: "f", value: { boolValue: true } },
  { key: "g", value: { doubleValue: 1.5 } },
];
const exemplars = [{ timeUnixNano: "1", asInt: "3", filteredAttributes: attributes }];
const common = { attributes, timeUnixNano: "1700000000123456789", exemplars, flags: 1 };
/** A request of each signal with something in every field. */
export const seeds: Readonly<Record<Signal, object>> = {
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

/** A seed in protobuf. */
export function encoded(signal: Signal): Buffer {
  const type = requestType(signal);
  return Buffer.from(type.encode(type.fromObject(seeds[signal])).finish());
}

/** Whether a request was refused as unsound. */
export function isRefusal(error: unknown): boolean {
  return error instanceof TracecoreError && error.code === "otlp-malformed";
}

const folder = new URL("corpus/", import.meta.url);
/** Requests that were found to be trouble once, by name. */
export const corpus: readonly (readonly [string, Buffer])[] = readdirSync(folder)
  .filter((name) => name.endsWith(".base64"))
  .map((name) => [name, Buffer.from(readFileSync(new URL(name, folder), "utf8"), "base64")]);
