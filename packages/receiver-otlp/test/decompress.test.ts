import { deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { decompress, type Encoding } from "../src/decompress.ts";

const anyRoom = { limit: 10_000_000, grow: () => true };
const compress = { gzip: gzipSync, zstd: zstdCompressSync, deflate: deflateSync };

describe("decompressed bodies", () => {
  test.each(Object.keys(compress) as Encoding[])(
    "in %s hold little more memory than they have bytes",
    async (encoding) => {
      const text = "a request of a few points ".repeat(10);
      const body = compress[encoding](text);
      const memory = new Set<ArrayBufferLike>();
      for (let i = 0; i < 100; i++) {
        const out = await decompress(body, encoding, anyRoom);
        expect(Buffer.from(out).toString()).toBe(text);
        memory.add(out.buffer);
      }
      const held = [...memory].reduce((sum, { byteLength }) => sum + byteLength, 0);
      // Short ones lie side by side in pieces of 64 KiB, of which other work has taken some.
      expect(held).toBeLessThan(100 * text.length + 256 * 1024);
    },
  );

  test("in zstd that are large and hardly compressed hold little more as well", async () => {
    const random = process.getBuiltinModule("node:crypto").randomBytes(100_000);
    const out = await decompress(zstdCompressSync(random), "zstd", anyRoom);
    expect(out.length).toBe(100_000);
    expect(out.buffer.byteLength).toBeLessThan(200_001);
  });

  test("that say to be long and are not hold little more, too", async () => {
    // Zeros behind the last member are padding, and so is all behind them.
    const body = Buffer.concat([gzipSync("short"), Buffer.from([0, 0, 0, 0, 4, 0])]);
    expect(body.readUInt32LE(body.length - 4)).toBe(256 * 1024);
    const out = await decompress(body, "gzip", anyRoom);
    expect([Buffer.from(out).toString(), out.buffer.byteLength]).toEqual(["short", 5]);
  });

  test.each(Object.keys(compress) as Encoding[])("in %s take their room piece by piece", async (encoding) => {
    const bomb = compress[encoding](Buffer.alloc(8_000_000));
    const asked: number[] = [];
    const room = { limit: 10_000_000, grow: (bytes: number) => asked.push(bytes) < 3 };
    await expect(decompress(bomb, encoding, room)).rejects.toMatchObject({ status: 429, code: 8 });
    expect(asked).toHaveLength(3);
    asked.length = 0;
    await decompress(bomb, encoding, { ...room, grow: (bytes) => asked.push(bytes) > 0 });
    expect([asked.at(-1), asked.length > 7]).toEqual([8_000_000, true]);
  });

  test("in gzip that say to be too long for the room are not begun", async () => {
    const bomb = gzipSync(Buffer.alloc(8_000_000));
    const asked: number[] = [];
    const room = { limit: 5_000_000, grow: (bytes: number) => asked.push(bytes) < 1 };
    await expect(decompress(bomb, "gzip", room)).rejects.toMatchObject({ status: 429 });
    expect(asked).toEqual([5_000_000]);
  });

  test.each(Object.keys(compress) as Encoding[])(
    "in %s may have as many bytes as the limit, and no more",
    async (encoding) => {
      for (const size of [1, 1000, 300_000, 1_048_576, 2_000_000]) {
        const body = compress[encoding](Buffer.alloc(size));
        expect((await decompress(body, encoding, { ...anyRoom, limit: size })).length).toBe(size);
        const refused = decompress(body, encoding, { ...anyRoom, limit: size - 1 });
        await expect(refused).rejects.toMatchObject({
          status: 413,
          message: `the request has more than ${size - 1} bytes`,
        });
      }
    },
  );
});
