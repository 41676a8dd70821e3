import { emptyResource, emptyScope, encodedBatch, logs, setEncodedBatch, type Logs } from "@tracecore/core/pdata";
import { describe, expect, test } from "vitest";

const record = (body: string): Logs => logs([{ resource: emptyResource, scope: emptyScope, body }]);

function encoded(): { batch: Logs; bytes: Uint8Array } {
  const batch = record("password");
  const bytes = new Uint8Array(1);
  setEncodedBatch(batch, { bytes, mapResources: () => [][Symbol.iterator]() as never });
  return { batch, bytes };
}

describe("what is known of a batch", () => {
  test.each<[string, (batch: Logs) => Logs]>([
    ["is a copy", (batch) => ({ ...batch })],
    ["inherits from it", (batch) => Object.create(batch, { bodies: { value: record("[redacted]").bodies } }) as Logs],
    [
      "has its property descriptors",
      (batch) => Object.defineProperties({}, Object.getOwnPropertyDescriptors(batch)) as Logs,
    ],
    ["stands before it", (batch) => new Proxy(batch, {})],
  ])("is not known of what %s", (_what, made) => {
    const { batch, bytes } = encoded();
    const other = made(batch);
    expect(encodedBatch(other)).toBe(undefined);
    expect(encodedBatch(batch)?.bytes).toBe(bytes);
  });

  test("is known of one that was frozen before or after", () => {
    const { batch, bytes } = encoded();
    expect(encodedBatch(Object.freeze(batch))?.bytes).toBe(bytes);
    const frozen = Object.freeze(record("x"));
    setEncodedBatch(frozen, encodedBatch(batch)!);
    expect(encodedBatch(frozen)?.bytes).toBe(bytes);
  });
});
