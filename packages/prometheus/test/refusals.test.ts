import { resource, scope, Series } from "@tracecore/core/pdata";
import { describe, expect, test } from "vitest";
import { batch, numbers, parsed, registry, seriesOf, text } from "./build.ts";

const counter = { kind: "sum", monotonic: true } as const;

describe("refusals", () => {
  test("a name that another type uses is refused and counted, the rest is taken", () => {
    const one = registry();
    const result = one.update(
      numbers(
        [seriesOf("a.b"), 1],
        [seriesOf("c"), 1],
        [seriesOf("a_b", { shown: 1 }, { kind: "sum", monotonic: false }), 2],
        [seriesOf("c", {}, counter), 2],
      ),
    );
    expect(result).toEqual({
      accepted: 3,
      refused: 1,
      reasons: { cardinality: 0, conflict: 1, name: 0 },
      messages: { conflict: 'the counter "c" would be exposed as c, a name that the gauge c uses' },
    });
  });

  test("a histogram and a gauge cannot share a name", () => {
    const one = registry();
    one.update(numbers([seriesOf("lat_count"), 1]));
    const result = one.update(
      batch((builder) =>
        builder.addHistogram(seriesOf("lat", {}, { kind: "histogram" }), { count: 1, bounds: [], bucketCounts: [] }),
      ),
    );
    expect(result.messages).toEqual({
      conflict: 'the histogram "lat" would be exposed as lat_count, a name that the gauge lat_count uses',
    });
  });

  test("a name is free again when its last series has gone", async () => {
    const one = registry({ metricExpirationMs: 1000 });
    one.update(numbers([seriesOf("c"), 1]));
    expect(one.update(numbers([seriesOf("c", {}, counter), 1])).refused).toBe(1);
    await one.clock.advance(1001);
    expect(text(one)).toBe("");
    expect(one.update(numbers([seriesOf("c", {}, counter), 1])).refused).toBe(0);
  });

  test.each([
    ["resource", seriesOf("t", {}, {}, { resource: resource({ "host.name": "b" }) })],
    ["scope", seriesOf("t", {}, {}, { scope: scope({ name: "b" }) })],
    ["attributes", seriesOf("t", { n: 1 })],
    ["metric", seriesOf("t", {}, { kind: "sum", monotonic: false })],
  ])("of two series that a line cannot tell apart by their %s, the first is kept", (differs, second) => {
    const one = registry();
    const first = seriesOf("t", differs === "attributes" ? { n: "1" } : {});
    const shown = differs === "attributes" ? 'n="1"' : "";
    for (const value of [1, 3]) {
      expect(one.update(numbers([first, value], [second, 2]))).toEqual({
        accepted: 1,
        refused: 1,
        reasons: { cardinality: 0, conflict: 1, name: 0 },
        messages: {
          conflict: `two series would be exposed as t{${shown}}; they differ in their ${differs} only where the line does not show it, and the first is kept`,
        },
      });
      expect(parsed(one).samples.map((sample) => sample.value)).toEqual([String(value)]);
    }
  });

  test("a restarted process has its lines at once, though the line does not show that it is another one", async () => {
    const one = registry();
    const of = (instance: string): Series => seriesOf("t", {}, {}, { resource: resource({ "host.id": instance }) });
    for (const [value, instance] of ["a", "b", "c"].entries()) {
      expect(one.update(numbers([of(instance), value]))).toMatchObject({ accepted: 1, refused: 0 });
      expect(text(one)).toBe(`# TYPE t gauge\nt ${value}\n`);
      await one.clock.advance(1000);
    }
    expect(one.seriesCount).toBe(1);
  });

  test("of two that are both alive, one keeps the line and the other is refused each time, whatever their pace", async () => {
    const one = registry();
    const of = (host: string): Series => seriesOf("t", {}, {}, { resource: resource({ "host.name": host }) });
    const refused: string[] = [];
    const write = (host: string) => {
      if (one.update(numbers([of(host), 1])).refused > 0) refused.push(host);
    };
    for (let second = 0; second < 60; second++) {
      if (second % 10 === 0) write("slow");
      await one.clock.advance(500);
      write("quick");
      await one.clock.advance(500);
    }
    // The newest has the line at first, and then whoever has it is written before the other comes again.
    expect(refused).toEqual(["slow", "slow", "slow", "slow", "slow"]);
  });

  test("one that was refused has the line once the other is not written any more", async () => {
    const one = registry();
    const of = (host: string): Series => seriesOf("t", {}, {}, { resource: resource({ "host.name": host }) });
    const write = async (...hosts: string[]): Promise<number> => {
      await one.clock.advance(1000);
      return one.update(numbers(...hosts.map((host) => [of(host), 1] as [Series, number]))).refused;
    };
    expect(await write("a", "b")).toBe(1);
    expect(await write("a", "b")).toBe(1);
    expect(await write("b")).toBe(1); // The other may still come.
    expect(await write("b")).toBe(0);
    expect(await write("a", "b")).toBe(1);
  });

  test("a histogram begins anew with the process, its buckets included", async () => {
    const one = registry();
    const of = (host: string): Series =>
      seriesOf("lat", {}, { kind: "histogram" }, { resource: resource({ "host.name": host }) });
    one.update(batch((builder) => builder.addHistogram(of("a"), { count: 1, bounds: [], bucketCounts: [1] })));
    await one.clock.advance(1000);
    one.update(batch((builder) => builder.addHistogram(of("b"), { count: 5, bounds: [1], bucketCounts: [2, 3] })));
    expect(text(one)).toBe('# TYPE lat histogram\nlat_bucket{le="1"} 2\nlat_bucket{le="+Inf"} 5\nlat_count 5\n');
  });

  test("more rivals than are remembered end in no fight", async () => {
    const one = registry();
    const of = (host: number): Series => seriesOf("t", {}, {}, { resource: resource({ "host.id": String(host) }) });
    let changes = 0;
    for (let round = 0; round < 20; round++) {
      for (let host = 0; host < 30; host++) {
        await one.clock.advance(1);
        if (one.update(numbers([of(host), 1])).refused === 0 && round > 0) changes++;
      }
    }
    // Whoever has the line is written once in each round.
    expect(changes).toBe(19);
  });

  test("histograms that a line cannot tell apart are not mixed either", () => {
    const one = registry();
    const of = (host: string): Series =>
      seriesOf("lat", {}, { kind: "histogram" }, { resource: resource({ "host.name": host }) });
    const result = one.update(
      batch((builder) => {
        builder.addHistogram(of("a"), { count: 1, bounds: [], bucketCounts: [1] });
        builder.addHistogram(of("b"), { count: 5, bounds: [1], bucketCounts: [2, 3] });
      }),
    );
    expect(result.reasons.conflict).toBe(1);
    expect(text(one)).toBe('# TYPE lat histogram\nlat_bucket{le="+Inf"} 1\nlat_count 1\n');
  });

  test("the end of a refused series does not end the one that is shown, and its place is free afterwards", () => {
    const one = registry();
    const first = seriesOf("t", {}, {}, { scope: scope({ name: "a" }) });
    const second = seriesOf("t", {}, {}, { scope: scope({ name: "b" }) });
    one.update(numbers([first, 1], [second, 2]));
    one.update(batch((builder) => builder.addNumber(second, 0, { noValue: true })));
    expect(text(one)).toBe("# TYPE t gauge\nt 1\n");
    one.update(batch((builder) => builder.addNumber(first, 0, { noValue: true })));
    expect(one.update(numbers([second, 2])).refused).toBe(0);
    expect(text(one)).toBe("# TYPE t gauge\nt 2\n");
  });

  test("a series that is interned anew, or described anew, is still the same series", () => {
    const one = registry();
    const first = seriesOf("t", { a: 1 });
    const again = new Series(first.family, first.attributes);
    const described = seriesOf("t", { a: 1 }, { description: "new words" });
    expect(one.update(numbers([first, 1], [again, 2], [described, 3])).refused).toBe(0);
    expect(text(one)).toBe('# TYPE t gauge\nt{a="1"} 3\n');
  });

  test("a metric cannot call itself target_info", () => {
    const one = registry({ targetInfo: true });
    expect(one.update(numbers([seriesOf("target.info"), 1])).reasons.conflict).toBe(1);
  });

  test("a metric without a usable name is refused", () => {
    expect(registry().update(numbers([seriesOf("@"), 1])).messages).toEqual({
      name: 'the metric "@" has no letter or digit that a Prometheus name can keep',
    });
  });

  test("the series limit holds exactly, and an old series still gets its values", () => {
    const one = registry({ maxSeries: 2 });
    const result = one.update(
      numbers([seriesOf("t", { a: 1 }), 1], [seriesOf("t", { a: 2 }), 2], [seriesOf("t", { a: 3 }), 3]),
    );
    expect(result).toEqual({
      accepted: 2,
      refused: 1,
      reasons: { cardinality: 1, conflict: 0, name: 0 },
      messages: {
        cardinality: 'the limit of 2 series (or 1 KiB of text for each) is reached; the first series refused is of "t"',
      },
    });
    expect(one.update(numbers([seriesOf("t", { a: 1 }), 9])).refused).toBe(0);
    expect(text(one)).toBe('# TYPE t gauge\nt{a="1"} 9\nt{a="2"} 2\n');
  });

  test("an expired series makes room at the limit, without a scrape", async () => {
    const one = registry({ maxSeries: 1, metricExpirationMs: 1000 });
    one.update(numbers([seriesOf("t", { a: 1 }), 1]));
    await one.clock.advance(1001);
    expect(one.update(numbers([seriesOf("t", { a: 2 }), 1])).refused).toBe(0);
  });

  test("text counts against the limit: 1 KiB for each series on average", () => {
    const one = registry({ maxSeries: 4 });
    const result = one.update(
      numbers([seriesOf("t", { a: "x".repeat(2048) }), 1], [seriesOf("t", { a: "y".repeat(2048) }), 1]),
    );
    expect(result.reasons.cardinality).toBe(1);
  });
});
