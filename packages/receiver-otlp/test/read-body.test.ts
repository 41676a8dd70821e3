import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { afterEach, describe, expect, test, vi } from "vitest";
import { readBody } from "../src/read-body.ts";

const limits = { limit: 1_000_000, shown: 1_000_000 };
const read = (pieces: readonly Buffer[]): Promise<Buffer> =>
  readBody(Readable.from(pieces, { objectMode: true }), undefined, limits, { grow: () => true });

/** `bytes` in pieces of these sizes, in turns. */
function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

describe("a body of unknown length", () => {
  afterEach(() => vi.restoreAllMocks());
  const body = randomBytes(100_000);

  test.each([[[1]], [[1023]], [[1024]], [[1, 5000]], [[5000, 1, 1]], [[1, 1000, 1024, 16_384, 3]], [[100_000]]])(
    "is put together from pieces of %j bytes",
    async (sizes) => {
      expect((await read(cut(body, sizes))).equals(body)).toBe(true);
    },
  );

  test("that has no bytes is empty", async () => {
    expect(await read([])).toHaveLength(0);
  });

  test("is held in few pieces when it comes in single bytes: each would take fifty times its memory and more", async () => {
    const concat = vi.spyOn(Buffer, "concat");
    await read(cut(body, [1]));
    expect(concat.mock.calls[0]![0].length).toBeLessThan(10);
  });

  test("in one piece is not copied", async () => {
    expect(await read([body])).toBe(body);
  });
});
