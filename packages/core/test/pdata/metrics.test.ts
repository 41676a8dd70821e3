import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  emptyResource,
  emptyScope,
  filterSeries,
  mapSeries,
  metricFamily,
  MetricsBuilder,
  numberPoints,
  POINT_INTEGER,
  POINT_NO_VALUE,
  series,
  splitTime,
  timeAt,
  timeMsAt,
  type MetricKind,
  type Metrics,
} from "../../src/pdata/pdata.ts";

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const time = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });

describe("a metrics batch", () => {
  test("holds every 64-bit integer exactly", () => {
    fc.assert(
      fc.property(fc.array(int64, { minLength: 1, maxLength: 100 }), (values) => {
        const builder = new MetricsBuilder(1n);
        for (const one of values) builder.addNumber(seriesOf("a"), one);
        const points = [...numberPoints(builder.build())];
        expect(points.map(({ value: found }) => BigInt(found))).toEqual(values);
        expect(points.every(({ integer }) => integer)).toBe(true);
      }),
    );
  });

  test("holds every time to the nanosecond", () => {
    fc.assert(
      fc.property(time, fc.array(fc.tuple(fc.option(time), fc.option(time)), { maxLength: 80 }), (usual, own) => {
        const builder = new MetricsBuilder(usual);
        for (const [at, start] of own) {
          builder.addNumber(seriesOf("a"), 1, {
            ...(at !== null && { timeUnixNano: at }),
            ...(start !== null && { startTimeUnixNano: start }),
          });
        }
        const { numbers } = builder.build();
        expect(own.map((_, i) => timeAt(numbers.times, i))).toEqual(own.map(([at]) => at ?? usual));
        expect(own.map((_, i) => timeAt(numbers.startTimes, i))).toEqual(own.map(([, start]) => start ?? 0n));
      }),
    );
  });

  test("whole milliseconds are those of the exact time", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 4_000_000_000_000_000_000n }), (at) => {
        const { high, low } = splitTime(at);
        const column = { high: Uint32Array.of(high), low: Uint32Array.of(low) };
        expect(timeMsAt(column, 0)).toBe(Number(at / 1_000_000n));
      }),
    );
  });

  test("keeps rows, flags and exemplars together while it grows", () => {
    const exemplar = { timeUnixNano: 1n, value: 1, filteredAttributes: {}, traceId: "", spanId: "" };
    const builder = new MetricsBuilder(7n, 1);
    for (let i = 0; i < 100; i++) {
      builder.addNumber(seriesOf(String(i)), i, {
        integer: i % 2 === 0,
        noValue: i % 3 === 0,
        exemplars: i === 50 ? [exemplar] : [],
      });
    }
    const { numbers, itemCount } = builder.build();
    expect(itemCount).toBe(100);
    for (let i = 0; i < 100; i++) {
      expect(numbers.series[i]).toBe(seriesOf(String(i)));
      expect(numbers.values[i]).toBe(i);
      expect(numbers.flags[i]).toBe((i % 2 === 0 ? POINT_INTEGER : 0) | (i % 3 === 0 ? POINT_NO_VALUE : 0));
    }
    expect([...numbers.exemplars!]).toEqual([[50, [exemplar]]]);
  });

  test("counts the points of all sections", () => {
    const batch = everySection(["a", "b"]);
    expect(batch.itemCount).toBe(8);
    expect(
      [batch.numbers, batch.histograms, batch.exponentialHistograms, batch.summaries].map(({ length }) => length),
    ).toEqual([2, 2, 2, 2]);
  });
});

describe("mapSeries", () => {
  test("shares every column but the series", () => {
    const batch = everySection(["a", "b"]);
    const mapped = mapSeries(batch, (one) => one.withAttributes(one.attributes.with({ added: true })));
    expect(mapped.numbers.series.map(({ attributes: { keys } }) => keys)).toEqual([
      ["a", "added"],
      ["a", "added"],
    ]);
    for (const section of ["numbers", "histograms", "exponentialHistograms", "summaries"] as const) {
      const { series: before, ...columns } = batch[section];
      expect(mapped[section].series).not.toBe(before);
      for (const [name, column] of Object.entries(columns)) expect(mapped[section][name as never]).toBe(column);
    }
    expect(batch.numbers.series[0]).toBe(seriesOf("a"));
  });

  test("gives the batch itself back when nothing changes, and asks once for each series", () => {
    const batch = everySection(["a", "a"]);
    let asked = 0;
    expect(
      mapSeries(batch, (one) => {
        asked++;
        return one;
      }),
    ).toBe(batch);
    expect(asked).toBe(4);
  });
});

describe("filterSeries", () => {
  test("keeps the rows of the series it wants, in every section, with all that belongs to them", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(5), { maxLength: 30 }),
        fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
        (names, wanted) => {
          const all = everySection(names.map(String));
          const kept = filterSeries(all, ({ attributes }) => wanted[Number(attributes.get("a"))]!);
          expect(described(kept)).toEqual(
            described(
              everySection(
                names.filter((name) => wanted[name]).map(String),
                names.flatMap((name, i) => (wanted[name] ? [i] : [])),
              ),
            ),
          );
        },
      ),
    );
  });

  test("gives the batch itself back when it wants all", () => {
    const batch = everySection(["a"]);
    expect(filterSeries(batch, () => true)).toBe(batch);
  });
});

function seriesOf(a: string, kind: MetricKind = "gauge") {
  const family = metricFamily(emptyResource, emptyScope, {
    name: kind,
    description: "",
    unit: "",
    kind,
    monotonic: false,
    temporality: "unspecified",
  });
  return series(family, { a });
}

/** A point of each kind for each name; `ids` make the values of a row recognizable. */
function everySection(names: readonly string[], ids: readonly number[] = names.map((_, i) => i)): Metrics {
  const builder = new MetricsBuilder(5n);
  for (const [i, name] of names.entries()) {
    const id = ids[i]!;
    const options = {
      timeUnixNano: BigInt(id),
      startTimeUnixNano: BigInt(id + 1),
      noValue: id % 2 === 0,
      otherFlags: id % 4,
      exemplars: id % 3 === 0 ? [{ timeUnixNano: 1n, value: id, filteredAttributes: {}, traceId: "", spanId: "" }] : [],
    };
    builder.addNumber(seriesOf(name), 2n ** 60n + BigInt(id), options);
    builder.addHistogram(
      seriesOf(name, "histogram"),
      {
        count: 2n ** 60n + BigInt(id),
        sum: id % 5 === 0 ? Number.NaN : id,
        bounds: [id],
        bucketCounts: Array.from({ length: (id % 3) + 1 }, () => id),
      },
      options,
    );
    builder.addExponentialHistogram(
      seriesOf(name, "exponential_histogram"),
      {
        count: id,
        sum: id,
        min: id,
        scale: id,
        zeroCount: id,
        zeroThreshold: id,
        positive: { offset: id, counts: [id] },
        negative: { offset: 0, counts: [] },
      },
      options,
    );
    builder.addSummary(
      seriesOf(name, "summary"),
      { count: id, sum: id, quantiles: [{ quantile: 0.5, value: id }] },
      options,
    );
  }
  return builder.build();
}

/** Everything in a batch as plain values, columns of no length and absent maps made alike. */
function described(batch: Metrics): unknown {
  return JSON.parse(
    JSON.stringify(batch, (key, one: unknown) => {
      if (key === "series")
        return (one as { attributes: { identity: string } }[]).map(({ attributes }) => attributes.identity);
      if (typeof one === "bigint") return `${one}n`;
      if (one instanceof Map) return [...one];
      return ArrayBuffer.isView(one) ? [...(one as unknown as Iterable<number>)].map(String) : one;
    }),
  );
}
