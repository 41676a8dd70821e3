import { describe, expect, test } from "vitest";
import { batch, openMetrics, parsed, registry, seriesOf, text } from "./build.ts";

const counter = { kind: "sum", monotonic: true } as const;

describe("aggregated points", () => {
  const histogram = { kind: "histogram", unit: "s" } as const;

  test("histograms have running counts, sum and count", () => {
    const one = registry();
    const point = { count: 6, sum: 3.5, bounds: [0.1, 1, 10], bucketCounts: [1, 2, 0, 3] };
    one.update(batch((builder) => builder.addHistogram(seriesOf("lat", { a: "x" }, histogram), point)));
    expect(text(one)).toBe(
      '# TYPE lat_seconds histogram\nlat_seconds_bucket{a="x",le="0.1"} 1\nlat_seconds_bucket{a="x",le="1"} 3\nlat_seconds_bucket{a="x",le="10"} 3\nlat_seconds_bucket{a="x",le="+Inf"} 6\nlat_seconds_sum{a="x"} 3.5\nlat_seconds_count{a="x"} 6\n',
    );
    expect(text(one, openMetrics)).toContain('lat_seconds_bucket{a="x",le="1.0"} 3\n');
  });

  test("bounds of a million and more, and small ones, have exponents of two digits at least", () => {
    const one = registry();
    const bounds = [-1_234_567, 0.000_01, 0.0001, 100_000, 1e6, 2.5e100];
    const point = { count: 1, bounds, bucketCounts: [1, 0, 0, 0, 0, 0, 0] };
    one.update(batch((builder) => builder.addHistogram(seriesOf("lat", {}, histogram), point)));
    const texts = ["-1.234567e+06", "1e-05", "0.0001", "100000", "1e+06", "2.5e+100", "+Inf"];
    expect(Array.from(text(one).matchAll(/le="([^"]*)"/g), ([, bound]) => bound)).toEqual(texts);
    expect(text(one, openMetrics)).toContain('le="100000.0"} 1\nlat_seconds_bucket{le="1e+06"} 1\n');
  });

  test("delta histograms are added up, and begin anew when their bounds change", () => {
    const one = registry();
    const series = seriesOf("lat", {}, { ...histogram, temporality: "delta" });
    const add = (bounds: number[], bucketCounts: number[]): void => {
      one.update(batch((builder) => builder.addHistogram(series, { count: 3, sum: 1, bounds, bucketCounts })));
    };
    add([1, 2], [1, 1, 1]);
    add([1, 2], [0, 3, 0]);
    expect(parsed(one).samples.map(({ value }) => value)).toEqual(["1", "5", "6", "2", "6"]);
    add([5], [2, 1]);
    expect(parsed(one).samples.map(({ value }) => value)).toEqual(["2", "3", "1", "3"]);
  });

  test("a histogram without a sum has no _sum line", () => {
    const one = registry();
    one.update(
      batch((builder) =>
        builder.addHistogram(seriesOf("lat", {}, histogram), { count: 2, bounds: [], bucketCounts: [] }),
      ),
    );
    expect(parsed(one).samples.map(({ name, value }) => `${name} ${value}`)).toEqual([
      "lat_seconds_bucket 2",
      "lat_seconds_count 2",
    ]);
  });

  test("an attribute named le does not break a histogram", () => {
    const one = registry();
    one.update(
      batch((builder) =>
        builder.addHistogram(seriesOf("lat", { le: "x" }, histogram), { count: 1, bounds: [], bucketCounts: [] }),
      ),
    );
    expect(parsed(one).samples[0]!.labels).toEqual({ exported_le: "x", le: "+Inf" });
  });

  test("exponential histograms become classic ones, and follow their ranges", () => {
    const one = registry();
    const series = seriesOf("e", {}, { kind: "exponential_histogram" });
    const add = (offset: number, counts: number[]): void => {
      const count = counts.reduce((a, b) => a + b, 1);
      one.update(
        batch((builder) =>
          builder.addExponentialHistogram(series, {
            count,
            sum: 9,
            scale: 0,
            zeroCount: 1,
            positive: { offset, counts },
            negative: { offset: 0, counts: [] },
          }),
        ),
      );
    };
    add(0, [2]);
    add(1, [4]);
    expect(parsed(one).samples.map(({ labels, value }) => [labels["le"], value])).toEqual([
      ["0", "1"],
      ["2", "1"],
      ["4", "5"],
      ["+Inf", "5"],
      [undefined, "9"],
      [undefined, "5"],
    ]);
  });

  test("summaries have their quantiles", () => {
    const one = registry();
    const quantiles = [
      { quantile: 0, value: 1 },
      { quantile: 0.99, value: 2.5 },
    ];
    one.update(
      batch((builder) => builder.addSummary(seriesOf("s", {}, { kind: "summary" }), { count: 4, sum: 6, quantiles })),
    );
    expect(text(one)).toBe('# TYPE s summary\ns{quantile="0"} 1\ns{quantile="0.99"} 2.5\ns_sum 6\ns_count 4\n');
  });

  test("exemplars stand in OpenMetrics only, at their bucket, and within 128 characters", () => {
    const one = registry();
    const exemplar = {
      timeUnixNano: 1_700_000_000_500_000_000n,
      value: 0.5,
      filteredAttributes: { user: "u", long: "x".repeat(120) },
      traceId: "ab",
      spanId: "cd",
    };
    one.update(
      batch((builder) => {
        builder.addHistogram(
          seriesOf("lat", {}, histogram),
          { count: 1, sum: 1, bounds: [0.1, 1], bucketCounts: [0, 1, 0] },
          { exemplars: [exemplar] },
        );
        builder.addNumber(seriesOf("c", {}, counter), 1, { exemplars: [exemplar] });
      }),
    );
    const found = parsed(one, openMetrics).samples.filter((sample) => sample.exemplar !== undefined);
    expect(found.map(({ name, labels, exemplar: shown }) => [name, labels["le"], shown])).toEqual([
      ["c_total", undefined, '{trace_id="ab",span_id="cd",user="u"} 0.5 1700000000.5'],
      ["lat_seconds_bucket", "1.0", '{trace_id="ab",span_id="cd",user="u"} 0.5 1700000000.5'],
    ]);
    expect(text(one)).not.toContain("trace_id");
  });
});
