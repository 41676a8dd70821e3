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

describe("a body of known length", () => {
  afterEach(() => vi.restoreAllMocks());
  const body = randomBytes(100_000);

  test.each([[[1, 5000]], [[24_999, 1, 3]], [[25_000]], [[100_000]]])(
    "is put together from pieces of %j bytes",
    async (sizes) => {
      const stream = Readable.from(cut(body, sizes), { objectMode: true });
      expect((await readBody(stream, body.length, limits, { grow: () => true })).equals(body)).toBe(true);
    },
  );

  test("takes memory once a quarter of it has come, and ends where it has outgrown its room", async () => {
    const allocate = vi.spyOn(Buffer, "allocUnsafe");
    const taken: number[] = [];
    const room = { grow: (bytes: number) => taken.push(bytes) < 4 };
    const stream = Readable.from(cut(body, [10_000]), { objectMode: true });
    await expect(readBody(stream, body.length, limits, room)).rejects.toMatchObject({ status: 429 });
    expect(taken).toEqual([10_000, 20_000, 30_000, 40_000]);
    expect(allocate.mock.calls.map(([size]) => size).filter((size) => size === body.length)).toHaveLength(1);
    allocate.mockClear();
    const silent = Readable.from(cut(body.subarray(0, 20_000), [10_000]), { objectMode: true });
    await readBody(silent, body.length, limits, { grow: () => true });
    expect(allocate.mock.calls.map(([size]) => size)).not.toContain(body.length);
  });
});
