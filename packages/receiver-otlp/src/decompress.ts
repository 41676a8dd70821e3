import { codes, malformed, Refusal, tooLarge } from "./refusal.ts";

/** Content codings that requests may have, beside none. */
export const encodings = ["gzip", "zstd", "deflate"] as const;
export type Encoding = (typeof encodings)[number];

/** The coding that a header names; undefined for none. Throws {@link Refusal} for others. */
export function encodingOf(header: string | undefined): Encoding | undefined {
  const name = header?.trim().toLowerCase() ?? "";
  if (name === "" || name === "identity" || name === "none") return undefined;
  const known = encodings.find((one) => one === name || `x-${one}` === name);
  if (known !== undefined) return known;
  throw new Refusal(`the content coding "${name.slice(0, 40)}" is not supported; ${encodings.join(", ")} are`, {
    code: codes.unimplemented,
    status: 415,
    kind: "parse",
  });
}

/** At most `limit` bytes out of `body`, off the main thread. Throws {@link Refusal}. */
export async function decompress(body: Uint8Array, encoding: Encoding, limit: number): Promise<Uint8Array> {
  const zlib = process.getBuiltinModule("node:zlib");
  const { promisify } = process.getBuiltinModule("node:util"); // An import of it opens the standard streams.
  const options = { maxOutputLength: limit };
  try {
    switch (encoding) {
      case "gzip":
        return await promisify(zlib.gunzip)(body, options);
      case "zstd":
        return await promisify(zlib.zstdDecompress)(body, options);
      case "deflate":
        // Some senders leave the zlib frame out, which RFC 9110 allows nobody.
        return await (isZlib(body)
          ? promisify(zlib.inflate)(body, options)
          : promisify(zlib.inflateRaw)(body, options));
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(limit);
    throw malformed(`the body is no ${encoding}`);
  }
}

function isZlib(body: Uint8Array): boolean {
  return body.length > 1 && (body[0]! & 0x0f) === 8 && ((body[0]! << 8) | body[1]!) % 31 === 0;
}
