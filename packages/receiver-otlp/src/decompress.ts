import { codes, malformed, overloaded, Refusal, tooLarge } from "./refusal.ts";

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

/** What holds the bytes that come out. */
export interface Room {
  /** At most so many. */
  readonly limit: number;
  /** Whether there is room for `bytes` in all, which they take from then on. */
  grow(bytes: number): boolean;
}

/**
 * What comes out of `body`, which takes its room piece by piece: of a few kilobytes may come as many megabytes, from many senders at
 * once. What takes long happens off the main thread. Throws {@link Refusal}.
 */
export async function decompress(body: Uint8Array, encoding: Encoding, room: Room): Promise<Uint8Array> {
  const { limit } = room;
  try {
    switch (encoding) {
      case "gzip": {
        const said = saidLength(body) ?? 0;
        const atOnce = inflatedAtOnce(body, limit);
        // What it says is little, or wrong, or it gets no further than this.
        if (!room.grow(Math.min(atOnce?.length ?? said, limit))) throw overloaded();
        return fitted(atOnce ?? (await inPieces("Gunzip", body, { room, expected: said })));
      }
      case "zstd":
        return fitted(await inPieces("ZstdDecompress", body, { room, expected: body.length * TYPICAL_RATIO }));
      case "deflate": {
        // Some senders leave the zlib frame out, which RFC 9110 allows nobody.
        const engine = isZlib(body) ? "Inflate" : "InflateRaw";
        return fitted(await inPieces(engine, body, { room, expected: body.length * TYPICAL_RATIO }));
      }
    }
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw malformed(`the body is no ${encoding}`);
  }
}

/**
 * What comes out in one piece lies in memory that was made before its length was known, and a queue would hold all of that: of small
 * requests a hundred times what it counts.
 */
function fitted(bytes: Uint8Array): Uint8Array {
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

function inPieces(
  engine: "Gunzip" | "Inflate" | "InflateRaw" | "ZstdDecompress",
  body: Uint8Array,
  { room, expected }: { readonly room: Room; readonly expected: number },
): Promise<Buffer> {
  const { limit } = room;
  const chunkSize = Math.min(
    Math.max(expected + 1, SMALLEST_PIECE),
    LARGEST_PIECE,
    Math.max(limit + 1, SMALLEST_PIECE),
  );
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  // Backends refuse what stands behind the last frame of zstd.
  const own = engine === "ZstdDecompress" ? { rejectGarbageAfterEnd: true } : {};
  const stream = process.getBuiltinModule("node:zlib")[`create${engine}`]({ chunkSize, ...own });
  const pieces: Buffer[] = [];
  let size = 0;
  stream.on("data", (piece: Buffer) => {
    size += piece.length;
    pieces.push(piece);
    if (size <= limit && room.grow(size)) return;
    pieces.length = 0;
    stream.destroy(size > limit ? tooLarge(limit) : overloaded());
  });
  stream.on("end", () => resolve(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, size)));
  stream.on("error", reject);
  stream.end(body);
  return promise;
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
