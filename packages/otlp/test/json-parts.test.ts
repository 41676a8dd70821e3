import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Batch } from "@tracecore/core";
import { decodeJson, encodeJson } from "@tracecore/otlp";
import { logRecordAt, spanAt } from "@tracecore/core/pdata";
import { afterEach, describe, expect, test, vi } from "vitest";
import { jsonParts } from "../src/json/decode-json.ts";
import { JsonCursor } from "../src/json/json-cursor.ts";
import { jsonPaths } from "../src/json/json-path.ts";
import { fullRequest } from "./full-requests.ts";

type Signal = Batch["signal"];
type Metric = Readonly<Record<string, { readonly dataPoints?: readonly object[] }>>;
type Limits = { readonly piece?: number; readonly partItems?: number };
const signals = ["metrics", "logs", "traces"] as const;

/** The points of a batch, each with all that is said of it, in an order that does not depend on batches. */
function pointsOf(batch: Batch): string[] {
  const points: string[] = [];
  const request = JSON.parse(encodeJson(batch)) as { resourceMetrics: { scopeMetrics: { metrics: Metric[] }[] }[] };
  for (const { scopeMetrics, ...resource } of request.resourceMetrics) {
    for (const { metrics, ...scope } of scopeMetrics) {
      for (const metric of metrics) {
        for (const point of Object.values(metric).flatMap((data) => data.dataPoints ?? [])) {
          points.push(
            JSON.stringify([resource, scope, metric, point], (key, value: unknown) =>
              key === "dataPoints" ? [] : value,
            ),
          );
        }
      }
    }
  }
  return points.sort();
}

function itemsOf(batches: readonly Batch[]): unknown[] {
  return batches
    .flatMap((batch): unknown[] => {
      if (batch.signal === "metrics") return pointsOf(batch);
      return Array.from({ length: batch.itemCount }, (_, i) =>
        batch.signal === "logs" ? logRecordAt(batch, i) : spanAt(batch, i),
      );
    })
    .sort((a, b) => (typeof a === "string" && typeof b === "string" && a < b ? -1 : 0));
}

/** What a request becomes in parts. */
function partsOf(signal: Signal, text: string | Uint8Array, limits?: Limits): Batch[] {
  const body = typeof text === "string" ? Buffer.from(text) : text;
  return [...jsonParts(signal, body, undefined, limits)].filter((part) => part !== undefined);
}

function errorOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return (error as Error).message;
  }
  return "taken";
}

const logsWith = (...records: readonly string[]): string =>
  `{"resourceLogs":[{"scopeLogs":[{"logRecords":[${records.join(",")}]}]}]}`;
const times = (count: number, text: string): string => Array.from({ length: count }, () => text).join(",");

afterEach(() => vi.restoreAllMocks());

describe("a request in parts", () => {
  const cases = signals.flatMap((signal) =>
    [1, 40, 300, 2000, 10_000].flatMap((piece) => [1, 4, 500].map((partItems) => [signal, piece, partItems] as const)),
  );

  test.each(cases)("of %s is the same as at once, in pieces of %i bytes and parts of %i items", (...of) => {
    const [signal, piece, partItems] = of;
    for (const indent of [0, 2]) {
      const text = JSON.stringify(fullRequest(signal), undefined, indent);
      const whole = decodeJson(signal, text);
      const parts = partsOf(signal, text, { piece, partItems });
      expect(itemsOf(parts)).toEqual(itemsOf([whole]));
      expect(Math.max(...parts.map((part) => part.itemCount))).toBeLessThanOrEqual(partItems);
    }
  });

  test.each(signals)("reads of a long object of %s only the members that are kept of it", (signal) => {
    const asked = new Set<string>();
    // oxlint-disable-next-line typescript/unbound-method -- called on the cursor below
    const { get } = JsonCursor.prototype;
    vi.spyOn(JsonCursor.prototype, "get").mockImplementation(function (this: JsonCursor, name) {
      if (!this.absent) asked.add(`${this.path.replaceAll(/\[\d+\]/g, "")} ${name}`);
      return get.call(this, name);
    });
    partsOf(signal, JSON.stringify(fullRequest(signal)), { piece: 1 });
    let places = [""];
    const known = new Set<string>();
    for (const one of jsonPaths[signal]) {
      if (one === "list") continue;
      for (const place of places)
        for (const name of [...Object.keys(one.kept), ...one.next]) known.add(`${place} ${name}`);
      places = places.flatMap((place) => one.next.map((name) => (place === "" ? name : `${place}.${name}`)));
      // What stands in a member that is kept is there as a whole.
      for (const place of asked) {
        const [path, name] = place.split(" ") as [string, string];
        const isKept = Object.keys(one.kept).some((kept) => new RegExp(`(^|\\.)${kept}(\\.|$)`).test(path));
        if (isKept) asked.delete(`${path} ${name}`);
      }
    }
    expect([...asked].filter((one) => !known.has(one))).toEqual([]);
    expect(asked.size).toBeGreaterThan(10);
  });

  test("without items has no parts, and one with records that say nothing has", () => {
    for (const piece of [1, 1000]) {
      expect(partsOf("logs", "{}", { piece })).toEqual([]);
      expect(partsOf("logs", '{"resourceLogs":[{},{"scopeLogs":[{"logRecords":[]}]}]}', { piece })).toEqual([]);
      expect(partsOf("logs", logsWith("{}", "{}"), { piece }).map((part) => part.itemCount)).toEqual([2]);
    }
  });

  test("has parts of 500 items, or fewer where they are long", () => {
    const counts = (record: string, count: number): number[] =>
      partsOf("logs", logsWith(times(count, record))).map((part) => part.itemCount);
    expect(
      counts('{"severityText":"a record of about a hundred bytes, of which there are more than one piece"}', 1201),
    ).toEqual([500, 500, 201]);
    const long = counts(`{"severityText":"${"x".repeat(30_000)}"}`, 100);
    expect(long.length).toBeGreaterThan(2);
    expect(Math.max(...long)).toBeLessThan(40);
    // Each is a piece of its own.
    const attribute = '{"key":"a","value":{}}';
    expect(counts(`{"attributes":[${times(20_000, attribute)}]}`, 7)).toEqual([3, 3, 1]);
  });

  test("pauses while it is scanned, between pieces, and among elements that are short", () => {
    const pauses = (text: string, check?: () => void): number => {
      let count = 0;
      try {
        for (const part of jsonParts("logs", Buffer.from(text), check)) if (part === undefined) count++;
      } catch {
        return count;
      }
      return count;
    };
    const mebibyte = 1024 * 1024;
    const refuse = (): void => {
      throw new Error("too many");
    };
    for (const text of [
      " ".repeat(mebibyte),
      `{"later":"${"x".repeat(mebibyte)}`,
      `{"later":${"1".repeat(mebibyte)}`,
      logsWith(times(mebibyte / 3, "{}")),
    ]) {
      expect(pauses(text, refuse)).toBeGreaterThanOrEqual(15);
    }
    expect(pauses(`{"resourceLogs":[${times(50_000, "{}")}]}`)).toBeGreaterThan(450);
    expect(pauses(logsWith(times(100, `{"x":"${"x".repeat(60_000)}"}`)))).toBeGreaterThan(190);
  });

  test("takes keys with escapes, and of members of one name the last", () => {
    const text =
      '{"resourceLogs":7,"resource\\u004Cogs":[{"scopeLogs":[{"logRecords":[{"severityText":"no"}]}],"scope\\u004cogs":[{"logRecord\\u0073":[{"severityText":"yes"},{}],"scope":{"name":"a"},"scope":{"name":"b"}}]}]}';
    for (const piece of [1, 20, 100, 1000]) {
      let counted = 0;
      const parts = [...jsonParts("logs", Buffer.from(text), (items) => (counted = items), { piece })];
      expect(itemsOf(parts.filter((part) => part !== undefined))).toEqual(itemsOf([decodeJson("logs", text)]));
      expect(counted).toBe(2);
    }
    expect(decodeJson("logs", text).severityTexts).toEqual(["yes", ""]);
  });

  test("keeps 64-bit integers to the last digit, where they are few and where there are none", () => {
    const record = '{"timeUnixNano":1700000000123456789}';
    for (const piece of [1, 50]) {
      const [part] = partsOf("logs", logsWith("{}", record, '{"timeUnixNano":5}'), { piece });
      expect(itemsOf([part!])).toMatchObject([
        { timeUnixNano: 0n },
        { timeUnixNano: 1_700_000_000_123_456_789n },
        { timeUnixNano: 5n },
      ]);
    }
  });

  test("holds nothing of the pieces that were passed", () => {
    setFlagsFromString("--expose-gc");
    const collectGarbage = runInNewContext("gc") as () => void;
    const used = (): number => {
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    const record = `{"attributes":[${Array.from({ length: 50 }, (_, i) => `{"key":"k${i}","value":{"intValue":${i}}}`).join(",")}]}`;
    const body = Buffer.from(logsWith(times(5000, record)));
    const before = used();
    let most = 0;
    let items = 0;
    for (const part of jsonParts("logs", body)) {
      items += part?.itemCount ?? 0;
      if (part !== undefined) most = Math.max(most, used() - before);
    }
    expect(items).toBe(5000);
    expect(body.length).toBeGreaterThan(9_000_000);
    expect(most).toBeLessThan(12_000_000);
  });
});

describe("what is wrong with a request in parts", () => {
  test("is said with the index over the whole list", () => {
    const good = Array.from({ length: 40 }, () => "{}");
    const bad = '{"timeUnixNano":"now"}';
    const scope = (records: readonly string[]): string => `{"logRecords":[${records.join(",")}]}`;
    const text = `{"resourceLogs":[{},{},{"scopeLogs":[${[...good, scope([...good, "{}", bad])].join(",")}]}]}`;
    for (const piece of [1, 10, 50, 200, 100_000]) {
      expect(errorOf(() => partsOf("logs", text, { piece }))).toBe(
        "not OTLP: resourceLogs[2].scopeLogs[40].logRecords[41].timeUnixNano: expected a whole number from 0 to 18446744073709551615",
      );
    }
    const metric = `{"sum":{"dataPoints":[${[...good, '{"bucketCounts":1,"asInt":"x"}'].join(",")}]}}`;
    for (const piece of [1, 10, 50, 200, 100_000]) {
      const request = `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[${[...good, metric].join(",")}]}]}]}`;
      expect(errorOf(() => partsOf("metrics", request, { piece }))).toBe(
        "not OTLP: resourceMetrics[0].scopeMetrics[0].metrics[40].sum.dataPoints[40].asInt: expected a whole number from -9223372036854775808 to 9223372036854775807",
      );
    }
  });

  /** Values of every kind but null, which is as good as none, with short and long ones. */
  const values = [
    "7",
    '"text"',
    "true",
    "[]",
    '[{"a":1}]',
    "{}",
    '{"a":[1,2,3]}',
    '"a long text that is no id in hex"',
  ];
  const places: readonly [Signal, (value: string) => string][] = [
    ["logs", (value) => value],
    ["logs", (value) => `{"resourceLogs":${value}}`],
    ["logs", (value) => `{"resourceLogs":[${value}]}`],
    ["logs", (value) => `{"resourceLogs":[{"resource":${value}}]}`],
    ["logs", (value) => `{"resourceLogs":[{"scopeLogs":[{}],"schemaUrl":${value}}]}`],
    ["logs", (value) => `{"resourceLogs":[{"scopeLogs":${value}}]}`],
    ["logs", (value) => `{"resourceLogs":[{"scopeLogs":[${value}]}]}`],
    ["logs", (value) => `{"resourceLogs":[{"scopeLogs":[{"logRecords":${value}}]}]}`],
    ["logs", (value) => logsWith("{}", value)],
    ["metrics", (value) => `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[${value}]}]}]}`],
    ...["gauge", "name", "metadata", "summary"].map((name): [Signal, (value: string) => string] => [
      "metrics",
      (value) =>
        `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"histogram":{"dataPoints":[]},"${name}":${value}}]}]}]}`,
    ]),
    ...["dataPoints", "isMonotonic", "aggregationTemporality"].map((name): [Signal, (value: string) => string] => [
      "metrics",
      (value) => `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"sum":{"${name}":${value}}}]}]}]}`,
    ]),
    ...signals.flatMap((signal) => {
      const [head, tail] = {
        logs: ['{"resourceLogs":[{"scopeLogs":[{"logRecords":[', "]}]}]}"],
        traces: ['{"resourceSpans":[{"scopeSpans":[{"spans":[', "]}]}]}"],
        metrics: [
          '{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"exponentialHistogram":{"dataPoints":[',
          "]}}]}]}]}",
        ],
      }[signal];
      return Object.keys((jsonPaths[signal].at(-1) as { kept: object }).kept).map(
        (name): [Signal, (value: string) => string] => [signal, (value) => `${head}{"${name}":${value}}${tail}`],
      );
    }),
  ];

  test.each(places.map(([signal, text]) => [text("…"), signal, text] as const))(
    "is said of %s as it is at once",
    (_, signal, text) => {
      for (const value of values) {
        const whole = errorOf(() => decodeJson(signal, text(value)));
        for (const piece of [1, 4, 12, 30]) {
          expect([value, errorOf(() => partsOf(signal, text(value), { piece }))]).toEqual([value, whole]);
        }
      }
    },
  );

  test("is no JSON before anything is counted, and names the byte", () => {
    const check = vi.fn<(items: number) => void>();
    const error = (text: string | Uint8Array): string =>
      errorOf(() => [...jsonParts("logs", Buffer.from(text), check, { piece: 1 })]);
    expect(error(logsWith("{}", '{"a":1,}'))).toBe("not OTLP: no JSON: } is not expected at byte 56");
    expect(error('{"a":"\n"}')).toBe("not OTLP: no JSON: 0x0a is not expected at byte 6");
    expect(error('\uFEFF{"a":1}')).toBe("not OTLP: no JSON: 0xef is not expected at byte 0");
    expect(error('{"a":1} x')).toBe("not OTLP: no JSON: x is not expected at byte 8");
    expect(error('{"a":"\\u12')).toBe("not OTLP: no JSON: it ends too early, at byte 10");
    expect(error("  ")).toBe("not OTLP: no JSON: it ends too early, at byte 2");
    expect(check).not.toHaveBeenCalled();
  });

  test("is too deep where it is at once", () => {
    const deep = (levels: number): string => `{"later":${"[".repeat(levels)}${"]".repeat(levels)}}`;
    for (const piece of [1, 100_000]) {
      expect(errorOf(() => partsOf("logs", deep(499), { piece }))).toBe("taken");
      expect(errorOf(() => partsOf("logs", deep(500), { piece }))).toBe(
        "not OTLP: lists and objects lie more than 500 deep in one another",
      );
    }
  });

  test("is that it has too many items, before any is parsed", () => {
    const parse = vi.spyOn(JSON, "parse");
    const check = (items: number): void => {
      throw new Error(`${items} are too many`);
    };
    for (const signal of signals) {
      const body = Buffer.from(JSON.stringify(fullRequest(signal)));
      const whole = errorOf(() => decodeJson(signal, body.toString(), check));
      expect(whole).toMatch(/^\d\d+ are too many$/);
      parse.mockClear();
      for (const piece of [1, 100, 3000]) {
        expect(errorOf(() => [...jsonParts(signal, body, check, { piece })])).toBe(whole);
      }
      expect(parse).not.toHaveBeenCalled();
    }
  });

  test.each([
    ["logs", `{"resourceLogs":[${times(9, "{}")}]}`, 5],
    ["logs", `{"resourceLogs":[${times(9, "null")}]}`, 5],
    ["logs", `{"resourceLogs":[{"scopeLogs":[${times(9, "7")}]}]}`, 5],
    ["logs", `{"resourceLogs":[{"scopeLogs":[{"logRecords":[${times(9, "{}")}]}]}]}`, 9],
    ["traces", `{"resourceSpans":[${times(9, '{"scopeSpans":[{"spans":[{}]}]}')}]}`, 9],
    [
      "metrics",
      `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[${times(9, '{"name":"m","sum":{},"gauge":{}}')}]}]}]}`,
      8,
    ],
  ] as const)("is that it has too much around its items, as in %s: %s", (signal, text, load) => {
    const check = vi.fn<(items: number) => void>();
    errorOf(() => [...jsonParts(signal, Buffer.from(text), check, { piece: 1 })]);
    expect(check.mock.calls.map(([items]) => items)).toEqual([load]);
  });
});
