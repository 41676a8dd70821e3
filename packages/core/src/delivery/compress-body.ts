import type { EncodedBatch } from "../pdata/encoded-batch.ts";

export type Compression = "gzip" | "zstd" | "deflate" | "none";

/** A body as `compression` has it, at its `level`: 1 where none is given. What came in compressed like that goes out as it came. */
export async function compressBody(
  body: Uint8Array,
  compression: Compression,
  original?: EncodedBatch["compressed"],
  level?: number,
): Promise<Uint8Array> {
  if (compression === "none") return body;
  if (original?.encoding === compression) return original.bytes;
  const zlib = process.getBuiltinModule("node:zlib");
  const { promisify } = process.getBuiltinModule("node:util"); // An import of it opens the standard streams.
  // Off the main thread: 1 MB takes some ten milliseconds.
  switch (compression) {
    case "gzip":
      return promisify(zlib.gzip)(body, { level: level ?? 1, chunkSize: chunkSize(body) });
    case "zstd":
      return promisify(zlib.zstdCompress)(
        body,
        level === undefined ? {} : { params: { [zlib.constants.ZSTD_c_compressionLevel]: level } },
      );
    case "deflate":
      return promisify(zlib.deflate)(body, { level: level ?? 1, chunkSize: chunkSize(body) });
  }
}

/** Of the output: each piece is another trip to a thread, which costs more than the memory that a large one wastes. */
function chunkSize({ length }: Uint8Array): number {
  return Math.max(16 * 1024, length >>> 2);
}
