import { deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { decompress, type Encoding } from "../src/decompress.ts";

const compress = { gzip: gzipSync, zstd: zstdCompressSync, deflate: deflateSync };

describe("decompressed bodies", () => {
  test.each(Object.keys(compress) as Encoding[])(
    "in %s hold little more memory than they have bytes",
    async (encoding) => {
      const text = "a request of a few points ".repeat(10);
      const body = compress[encoding](text);
      const memory = new Set<ArrayBufferLike>();
      for (let i = 0; i < 100; i++) {
        const out = await decompress(body, encoding, 1_000_000);
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
    const out = await decompress(zstdCompressSync(random), "zstd", 10_000_000);
    expect(out.length).toBe(100_000);
    expect(out.buffer.byteLength).toBeLessThan(200_001);
  });
});
