import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { prefixCode } from "../src/huffman.ts";
import { plainText, type PrometheusRegistry } from "../src/prometheus.ts";
import { batch, numbers, openMetrics, registry, seriesOf } from "./build.ts";

/** Compressed and plain text of the same moment. */
async function both(
  one: PrometheusRegistry,
  format = plainText,
): Promise<{ zipped: string; plain: string; bytes: number; planned: boolean }> {
  using lease = one.lease(format, { compact: true });
  const zipped = await lease.gzip();
  return {
    zipped: gunzipSync(zipped).toString(),
    plain: Buffer.from(lease.bytes).toString(),
    bytes: zipped.length,
    planned: zipped[9] === 0xff,
  };
}

describe("compressing an exposition with a plan", () => {
  test("any values and labels come out as they went in, scrape after scrape", async () => {
    const value = fc.oneof(fc.double(), fc.integer(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }));
    const rounds = fc.array(fc.array(value, { minLength: 1, maxLength: 60 }), { minLength: 3, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(
        rounds,
        fc.array(fc.string({ unit: "binary", maxLength: 60 }), { minLength: 1, maxLength: 8 }),
        async (steps, labels) => {
          const one = registry();
          for (let i = 0; i < 60; i++)
            one.update(numbers([seriesOf(`m${i % 5}`, { i, label: labels[i % labels.length]! }), i]));
          for (const values of steps) {
            one.update(
              numbers(
                ...values.map((v, i) => [seriesOf(`m${i % 5}`, { i, label: labels[i % labels.length]! }), v] as const),
              ),
            );
            const { zipped, plain } = await both(one);
            expect(zipped).toBe(plain);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test("repetitions far apart and long ones are found, and none reaches too far", async () => {
    const one = registry();
    const series = Array.from({ length: 2000 }, (_, i) =>
      seriesOf(`metric_${Math.floor(i / 200)}`, {
        id: (i % 200) * 7919,
        text: "y".repeat(300),
        other: `${"z".repeat(i % 40)}${i}`,
      }),
    );
    for (let round = 0; round < 4; round++) {
      one.update(numbers(...series.map((s, i) => [s, round % 2 === 0 ? i : i / 7] as const)));
      const { zipped, plain, bytes, planned } = await both(one);
      expect(zipped).toBe(plain);
      expect(bytes).toBeLessThan(plain.length / 10);
      expect(planned).toBe(round === 3);
      // The plan of so much text is made between other work: this is the other work.
      for (let turn = 0; turn < (round === 2 ? 100 : 0); turn++) await nextTurn();
    }
  });

  test("nothing, one series and OpenMetrics are compressed as well", async () => {
    for (const format of [plainText, openMetrics]) {
      const one = registry();
      for (let round = 0; round < 3; round++)
        expect((await both(one, format)).zipped).toBe(format === plainText ? "" : "# EOF\n");
      for (let round = 0; round < 3; round++) {
        one.update(numbers([seriesOf("t"), round]));
        const { zipped, plain, planned } = await both(one, format);
        expect(zipped).toBe(plain);
        expect(planned).toBe(round > 0);
      }
    }
  });

  test("exemplars, which change more than the values, go through zlib", async () => {
    const one = registry();
    for (let round = 0; round < 3; round++) {
      const exemplars = [{ timeUnixNano: 1n, value: round, filteredAttributes: {}, traceId: `t${round}`, spanId: "" }];
      one.update(batch((builder) => builder.addNumber(seriesOf("c", {}, { kind: "sum" }), round, { exemplars })));
      const { zipped, plain, planned } = await both(one, openMetrics);
      expect(zipped).toBe(plain);
      expect(plain).toContain(`trace_id="t${round}"`);
      expect(planned).toBe(false);
    }
  });
});

function nextTurn(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setImmediate(resolve);
  return promise;
}

describe("prefix codes", () => {
  test("are complete, within the limit, and no code begins another", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(100_000), { minLength: 2, maxLength: 286 }), (frequencies) => {
        fc.pre(frequencies.filter((count) => count > 0).length >= 2);
        const { bits, lengths } = prefixCode(frequencies, 12);
        let kraft = 0;
        const codes: string[] = [];
        for (const [symbol, length] of lengths.entries()) {
          expect(length > 0).toBe(frequencies[symbol]! > 0);
          if (length === 0) continue;
          expect(length).toBeLessThanOrEqual(12);
          kraft += 2 ** -length;
          codes.push(bits[symbol]!.toString(2).padStart(length, "0").split("").toReversed().join(""));
        }
        expect(kraft).toBe(1);
        codes.sort();
        for (const [i, code] of codes.slice(1).entries()) expect(code.startsWith(codes[i]!)).toBe(false);
      }),
    );
  });
});
