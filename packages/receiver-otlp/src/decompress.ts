import { codes, malformed, Refusal, tooLarge } from "./refusal.ts";

/** Content codings that requests may have, beside none. */
export const encodings = ["gzip", "zstd", "deflate"] as const;
export type Encoding = (typeof encodings)[number];

/** A body as it came, in a coding that requests go out with as well. */
export interface Compressed {
  readonly encoding: Exclude<Encoding, "deflate">;
  readonly bytes: Uint8Array;
}

/** Another name for a coding. */
const aliases: Readonly<Record<string, Encoding>> = {
  "x-gzip": "gzip",
  "x-zstd": "zstd",
  "x-deflate": "deflate",
  zlib: "deflate",
};

/** The coding that a header names; undefined for none. Throws {@link Refusal} for others, and for those not in `allowed`. */
export function encodingOf(header: string | undefined, allowed?: readonly string[]): Encoding | undefined {
  const name = header?.trim().toLowerCase() ?? "";
  if (name === "" || name === "identity" || name === "none") return undefined;
  const known = encodings.find((one) => one === name) ?? (Object.hasOwn(aliases, name) ? aliases[name] : undefined);
  const open = allowed === undefined ? encodings : encodings.filter((one) => isIn(one, allowed));
  if (known !== undefined && open.includes(known)) return known;
  const others = open.length === 0 ? "none is" : `${open.join(", ")} ${open.length === 1 ? "is" : "are"}`;
  throw new Refusal(`the content coding "${name.slice(0, 40)}" is not supported; ${others}`, {
    code: codes.unimplemented,
    status: 415,
    kind: "parse",
    headers: { "accept-encoding": open.join(", ") },
  });
}

function isIn(encoding: Encoding, allowed: readonly string[]): boolean {
  return allowed.includes(encoding) || (encoding === "deflate" && allowed.includes("zlib"));
}

/**
 * A gzip body that is no longer than this, and says to become no longer, is inflated at once: to hand it to a thread and back costs
 * more. What it says alone is not enough: a million empty members take a tenth of a second and become nothing.
 */
const SMALL = 256 * 1024;
/** Pieces in which longer ones come out, at most. Each is a trip to a thread. */
const LARGEST_PIECE = 1024 * 1024;
const SMALLEST_PIECE = 16 * 1024;
/** What zlib takes for one, at least. */
const LEAST_PIECE = 64;

/** At most `limit` bytes out of `body`. What takes long happens off the main thread. Throws {@link Refusal}. */
export async function decompress(body: Uint8Array, encoding: Encoding, limit: number): Promise<Uint8Array> {
  const zlib = process.getBuiltinModule("node:zlib");
  const { promisify } = process.getBuiltinModule("node:util"); // An import of it opens the standard streams.
  try {
    switch (encoding) {
      case "gzip":
        return (
          inflatedAtOnce(body, limit) ??
          fitted(await promisify(zlib.gunzip)(body, inPieces(limit, saidLength(body) ?? 0)))
        );
      case "zstd":
        return fitted(
          await promisify(zlib.zstdDecompress)(body, {
            ...inPieces(limit, body.length * TYPICAL_RATIO),
            rejectGarbageAfterEnd: true, // Backends refuse what stands behind the last frame.
          }),
        );
      case "deflate": {
        // Some senders leave the zlib frame out, which RFC 9110 allows nobody.
        const inflate = isZlib(body) ? zlib.inflate : zlib.inflateRaw;
        return fitted(await promisify(inflate)(body, inPieces(limit, body.length * TYPICAL_RATIO)));
      }
    }
  } catch (error) {
    if (isTooLarge(error)) throw tooLarge(limit);
    throw malformed(`the body is no ${encoding}`);
  }
}

/**
 * What comes out in one piece lies in memory that was made before its length was known, and a queue would hold all of that: of small
 * requests a hundred times what it counts.
 */
function fitted(bytes: Buffer): Uint8Array {
  if (bytes.length >= bytes.buffer.byteLength >>> 1) return bytes;
  // Not from the memory that short buffers share: the rest of it goes to the next pieces, which are as large.
  const own = Buffer.allocUnsafeSlow(bytes.length);
  own.set(bytes);
  return own;
}

/**
 * A compressed body that may go out as it came. Of gzip that is one member and nothing behind it: of several, or with padding,
 * some backends read the first alone and others read none.
 */
export function asItCame(encoding: Encoding, bytes: Uint8Array, body: Uint8Array): Compressed | undefined {
  if (encoding === "deflate") return undefined;
  return encoding === "zstd" || saidLength(bytes) === body.length ? { encoding, bytes } : undefined;
}

/** OTLP with repeated attributes becomes about a tenth. */
const TYPICAL_RATIO = 8;

function inPieces(limit: number, expected: number): { maxOutputLength: number; chunkSize: number } {
  const piece = Math.min(Math.max(expected + 1, SMALLEST_PIECE), LARGEST_PIECE, Math.max(limit + 1, SMALLEST_PIECE));
  return { maxOutputLength: limit, chunkSize: piece };
}

/** What the last four bytes of a gzip member say of its length (RFC 1952, ISIZE); undefined when there is no room for them. */
function saidLength(body: Uint8Array): number | undefined {
  if (body.length < 18) return undefined;
  return new DataView(body.buffer, body.byteOffset, body.byteLength).getUint32(body.length - 4, true);
}

/** A short body; undefined where it is not, also when it had said to be. */
function inflatedAtOnce(body: Uint8Array, limit: number): Uint8Array | undefined {
  const said = body.length > SMALL ? undefined : saidLength(body);
  if (said === undefined || said === 0 || said > SMALL || said > limit) return undefined;
  try {
    // A body that holds more than it says is longer than `chunkSize` at its first piece already.
    return process
      .getBuiltinModule("node:zlib")
      .gunzipSync(body, { maxOutputLength: said, chunkSize: Math.max(said + 1, LEAST_PIECE) });
  } catch (error) {
    if (isTooLarge(error)) return undefined;
    throw error;
  }
}

function isTooLarge(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
}

function isZlib(body: Uint8Array): boolean {
  return body.length > 1 && (body[0]! & 0x0f) === 8 && ((body[0]! << 8) | body[1]!) % 31 === 0;
}
