import { manualClock } from "@tracecore/core";
import {
  Attributes,
  MetricFamily,
  MetricsBuilder,
  resource as resourceOf,
  Series,
  type MetricDescriptor,
} from "@tracecore/core/pdata";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { plainText } from "../src/prometheus.ts";
import { Refusals } from "../src/refusals.ts";
import { SeriesStore } from "../src/series-store.ts";
import { batch, numbers, openMetrics, openMetricsUtf8, parsed, registry, seriesOf, text } from "./build.ts";

const storeOptions = {
  strategy: "UnderscoreEscapingWithSuffixes",
  namespace: "",
  scopeLabels: false,
  identityLabels: false,
  resourceToTelemetry: false,
  constLabels: {},
  targetInfo: false,
  maxSeries: 10_000,
  metricExpirationMs: 300_000,
} as const;

const histogram = { count: 1n, sum: 1, bounds: [], bucketCounts: [] };

const hostile = [
  "new\nline",
  'quo"te',
  "back\\slash",
  "\\n",
  "nul\0",
  "\r\n",
  "\u202Eright to left\u202C",
  "\u2028\u2029",
  "\uD800 lone surrogate",
  "x".repeat(65_536),
  "} 1\nforged{",
  "# EOF",
  "",
];

describe("hostile values", () => {
  test.each(hostile)("case %#: a label value comes back as it went in, in every format", (value) => {
    const one = registry({ strategy: "NoUTF8EscapingWithSuffixes" });
    one.update(numbers([seriesOf("t", { [value]: "as a name", plain: value }), 1]));
    for (const format of [plainText, openMetrics, openMetricsUtf8]) {
      const { samples } = parsed(one, format);
      expect(samples.map(({ name, labels }) => [name, labels["plain"]])).toEqual([["t", value.toWellFormed()]]);
    }
  });

  test("any names, attributes and values give an exposition that parses, with no name or series twice", () => {
    const point = fc.record({
      name: fc.string({ unit: "binary", maxLength: 8 }),
      unit: fc.constantFrom("", "1", "By", "s/{x}", "\n", "/", "%"),
      kind: fc.constantFrom("gauge" as const, "sum" as const),
      help: fc.string({ unit: "binary" }),
      attributes: fc.dictionary(fc.string({ unit: "binary", maxLength: 6 }), fc.string({ unit: "binary" }), {
        maxKeys: 4,
      }),
      value: fc.double(),
    });
    const strategies = fc.constantFrom(
      "UnderscoreEscapingWithSuffixes",
      "UnderscoreEscapingWithoutSuffixes",
      "NoUTF8EscapingWithSuffixes",
      "NoTranslation",
    );
    fc.assert(
      fc.property(fc.array(point, { maxLength: 30 }), strategies, (points, strategy) => {
        const one = registry({ strategy });
        const result = one.update(
          numbers(
            ...points.map(
              ({ name, unit, kind, help, attributes, value }) =>
                [seriesOf(name, attributes, { unit, kind, description: help }), value] as const,
            ),
          ),
        );
        expect(result.accepted + result.refused).toBe(points.length);
        for (const format of [plainText, openMetrics, openMetricsUtf8]) parsed(one, format);
      }),
      { numRuns: 300 },
    );
  });

  test("of one line only some descriptions are known", () => {
    const store = new SeriesStore({ ...storeOptions, clock: manualClock() });
    for (let i = 0; i < 1000; i++) {
      const series = seriesOf("t", {}, { description: String(i) });
      expect(store.add(series, 1, [], true, new Refusals())).toBe(1);
    }
    expect(store.slotOf.size).toBeLessThan(20);
  });

  test("buckets that change with each description are those of one line, and not work for all that it was ever known by", () => {
    const one = registry();
    const builder = new MetricsBuilder(1n);
    for (let i = 0; i < 60_000; i++) {
      const series = seriesOf("h", {}, { kind: "histogram", description: String(i) });
      builder.addHistogram(series, { ...histogram, bounds: [i % 2], bucketCounts: [1, 0] });
    }
    one.update(builder.build());
    expect(text(one).match(/^h_count /gm)).toHaveLength(1);
  });

  test("buckets that change take and give back room for the text of their lines", () => {
    const one = registry({ maxSeries: 200 });
    const update = (long: string, buckets: number, options: { noValue?: boolean } = {}): number => {
      const bounds = Array.from({ length: buckets }, (_, i) => i);
      const builder = new MetricsBuilder(1n);
      const point = { ...histogram, bounds, bucketCounts: Array.from({ length: buckets + 1 }, () => 0) };
      builder.addHistogram(seriesOf("h", { long }, { kind: "histogram" }), point, options);
      return one.update(builder.build()).refused;
    };
    // 150 lines of it would be 1.5 MB, where there is room for 200 KiB.
    expect(update("y".repeat(10_000), 0)).toBe(0);
    expect(update("y".repeat(10_000), 150)).toBe(1);
    update("y".repeat(10_000), 0, { noValue: true });
    for (let i = 0; i < 100; i++) {
      const long = `${i}`.padStart(1000, "x");
      expect([update(long, 150), update(long, 1), update(long, 1, { noValue: true })]).toEqual([0, 0, 0]);
    }
  });

  test("one text of a resource above many points is no text of each of them", () => {
    const one = registry({ maxSeries: 1000 });
    const from = resourceOf({ "service.name": "x".repeat(250_000) });
    const builder = new MetricsBuilder(1n);
    // 12 GB of text; the limit has room for the resource and three of them.
    for (let i = 0; i < 50_000; i++) builder.addNumber(seriesOf("t", { i }, {}, { resource: from }), 1);
    expect(one.update(builder.build()).refused).toBe(49_997);
  });

  test("an update pauses after each mebibyte of new lines, and takes all values of every kind", () => {
    const one = registry({ scopeLabels: true });
    const from = resourceOf({ "service.name": "x".repeat(200_000) });
    const named = (name: string, i: number, kind: MetricDescriptor["kind"]) =>
      seriesOf(name, { i }, { kind }, { resource: from });
    const builder = new MetricsBuilder(1n);
    for (let i = 0; i < 12; i++) {
      builder.addNumber(named("g", i, "gauge"), i);
      builder.addHistogram(named("h", i, "histogram"), histogram);
    }
    let pauses = 0;
    const steps = one.updateInSteps(builder.build());
    for (; steps.next().done !== true; pauses++) {
      // Others go on meanwhile.
      one.update(numbers([seriesOf("t"), pauses]));
      text(one);
    }
    expect(pauses).toBe(2);
    const { samples } = parsed(one, plainText);
    expect(samples.filter(({ name }) => name === "g").map(({ value }) => value)).toEqual(
      Array.from({ length: 12 }, (_, i) => String(i)),
    );
    expect(samples.filter(({ name }) => name === "h_count")).toHaveLength(12);
  });

  test("the texts of resources and of descriptions that series hold count as text of theirs", () => {
    const one = registry({ maxSeries: 1000 });
    const large = "x".repeat(250_000);
    const resources = Array.from({ length: 10 }, (_, i) => resourceOf({ "service.name": `${i}`, list: [large] }));
    const of = resources.map((from) => [seriesOf("t", {}, {}, { resource: from }), 1] as const);
    expect(one.update(numbers(...of)).refused).toBe(6);
    // Once they are gone there is room for others.
    const ended = new MetricsBuilder(1n);
    for (const [series] of of) ended.addNumber(series, 0, { noValue: true });
    one.update(ended.build());
    const described = Array.from(
      { length: 10 },
      (_, i) => [seriesOf(`t${i}`, {}, { description: `${i}${large}` }), 1] as const,
    );
    expect(one.update(numbers(...described)).refused).toBe(6);
  });

  test("who else wants a line is not remembered by the text of its resource", () => {
    const one = registry({ maxSeries: 100_000, targetInfo: false });
    const large = "x".repeat(250_000);
    // 5 GB of texts in each update, of which each line would hold one.
    for (const process of ["a", "b", "a", "b"]) {
      const from = resourceOf({ process: large + process });
      const builder = new MetricsBuilder(1n);
      for (let i = 0; i < 20_000; i++) builder.addNumber(seriesOf("t", { i }, {}, { resource: from }), 1);
      one.update(builder.build());
    }
    expect(text(one).match(/^t\{/gm)).toHaveLength(20_000);
  });

  test("a million distinct series stop at the limit, and the rest costs no memory", () => {
    const one = registry({ maxSeries: 1000 });
    const { family } = seriesOf("t");
    let refused = 0;
    for (let part = 0; part < 100; part++) {
      // Made by hand: interning a million series is another part's cost.
      const points = Array.from({ length: 10_000 }, (_, i) => {
        const id = String(part * 10_000 + i);
        return [new Series(family, new Attributes(["id"], [id], id.length)), 1] as const;
      });
      refused += one.update(numbers(...points)).refused;
    }
    expect(refused).toBe(999_000);
    expect(one.seriesCount).toBe(1000);
    expect(text(one).length).toBeLessThan(1000 * 1024);
  });

  test.each(["cardinality", "conflict"] as const)(
    "works out a long name once, however many of its series are refused for %s",
    (reason) => {
      const one = registry({ maxSeries: reason === "cardinality" ? 1 : 10_000 });
      const name = "ab c".repeat(50_000);
      const taken = reason === "cardinality" ? seriesOf("t") : seriesOf(name, {}, { kind: "sum", monotonic: false });
      one.update(numbers([taken, 1]));
      let reads = 0;
      const kind = reason === "cardinality" ? "gauge" : "histogram";
      const descriptor: MetricDescriptor = {
        ...seriesOf(name, {}, { kind }).descriptor,
        get name() {
          reads++;
          return name;
        },
      };
      const { resource, scope, textSize } = taken.family;
      const family = new MetricFamily(resource, scope, descriptor, textSize);
      const points = Array.from({ length: 1000 }, (_, i) => new Series(family, new Attributes(["id"], [i], 1)));
      const result =
        reason === "cardinality"
          ? one.update(numbers(...points.map((point) => [point, 1] as const)))
          : one.update(batch((b) => points.forEach((point) => b.addHistogram(point, histogram))));
      expect(result.reasons[reason]).toBe(1000);
      expect(result.messages[reason]!.length).toBeLessThan(700);
      expect(reads).toBeLessThan(10);
    },
  );

  test("series that come and go leave nothing behind", async () => {
    const one = registry({ maxSeries: 100, metricExpirationMs: 1000 });
    for (let round = 0; round < 200; round++) {
      const points = Array.from({ length: 100 }, (_, i) => [seriesOf(`m${round % 7}`, { round, i }), round] as const);
      expect(one.update(numbers(...points)).refused).toBe(0);
      expect(new Set(parsed(one).samples.map(({ value }) => value))).toEqual(new Set([String(round)]));
      await one.clock.advance(1001);
    }
    expect(text(one)).toBe("");
  });
});
