import type { ExportRequest } from "@tracecore/otlp";
import type { OtlpHttpConfig } from "./config.ts";

type Compression = OtlpHttpConfig["compression"];

/** Bytes below which compressing costs more than it saves. */
const SMALL = 256;

/** The body to send and how it is compressed. What came in compressed like that goes out as it came. */
export async function compress(
  body: Uint8Array,
  original: ExportRequest["compressed"],
  compression: Compression,
): Promise<{ body: Uint8Array; encoding: Compression }> {
  if (original !== undefined && original.encoding === compression)
    return { body: original.bytes, encoding: compression };
  if (compression === "none" || body.length < SMALL) return { body, encoding: "none" };
  const zlib = process.getBuiltinModule("node:zlib");
  const { promisify } = process.getBuiltinModule("node:util"); // An import of it opens the standard streams.
  // Off the main thread: 1 MB takes some ten milliseconds.
  switch (compression) {
    case "gzip":
      return { body: await promisify(zlib.gzip)(body, { level: 1 }), encoding: compression };
    case "zstd":
      return { body: await promisify(zlib.zstdCompress)(body), encoding: compression };
    case "deflate":
      return { body: await promisify(zlib.deflate)(body, { level: 1 }), encoding: compression };
  }
}
