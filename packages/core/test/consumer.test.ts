import { ConsumeError, retryAfterOf } from "@tracecore/core";
import { expect, test } from "vitest";

const throwing = {
  get retryAfterMs(): number {
    throw new Error("never to be read");
  },
};

test.each([
  [new ConsumeError("busy", { retryable: true, retryAfterMs: 1500 }), 1500],
  [{ retryAfterMs: 0 }, 0],
  [new ConsumeError("busy", { retryable: true }), undefined],
  [{ retryAfterMs: Number.NaN }, undefined],
  [{ retryAfterMs: Number.POSITIVE_INFINITY }, undefined],
  [{ retryAfterMs: -1 }, undefined],
  [{ retryAfterMs: "5" }, undefined],
  [throwing, undefined],
  ["text", undefined],
  [null, undefined],
  [undefined, undefined],
])("an error says how long to wait, or no time at all: case %#", (error, ms) => {
  expect(retryAfterOf(error)).toBe(ms);
});
