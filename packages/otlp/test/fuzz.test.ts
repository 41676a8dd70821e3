import type { Batch } from "@tracecore/core";
import { decodeJson, decodeProtobuf, encodeJson, encodeProtobuf, splitRequest } from "@tracecore/otlp";
import { describe, expect, test } from "vitest";
import { mutate, random } from "./mutate.ts";
import { corpus, encoded, isRefusal, seeds, signals } from "./seed-requests.ts";

/** How many mutated requests each test tries; `FUZZ_INPUTS=1000000` for a long run. */
const INPUTS = Number(process.env["FUZZ_INPUTS"] ?? 20_000);

/** Reads everything in a batch; what was taken must not fail later. */
function use(batch: Batch): void {
  encodeJson(batch);
  encodeProtobuf({ ...batch });
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

  test.each(corpus)("%s from the corpus", (_, bytes) => {
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
