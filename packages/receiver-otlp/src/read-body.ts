import type { Readable } from "node:stream";
import type { Admission } from "./intake.ts";
import { overloaded, tooLarge } from "./refusal.ts";

export interface BodyLimit {
  readonly limit: number;
  /** As the refusal names it: without what frames the body. */
  readonly shown: number;
  /** How long the whole is, as its first bytes say; undefined where they are too few. */
  readonly announced?: (first: Buffer) => number | undefined;
}

/** The whole body of a request. `admission` grows with it. Throws {@link Refusal}, or when the sender is gone. */
export function readBody(
  stream: Readable,
  declared: number | undefined,
  { limit, shown, announced }: BodyLimit,
  admission: Pick<Admission, "grow">,
): Promise<Buffer> {
  if (declared !== undefined && declared > limit) return Promise.reject(tooLarge(shown));
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  // One piece of the right size where the size is known: little is copied twice.
  let whole: Buffer | undefined;
  const pieces = new Pieces();
  let size = 0;
  let refused = false;
  const refuse = (why: Error): void => {
    refused = true;
    pieces.forget(); // The rest is read and forgotten.
    reject(why);
  };
  const take = (chunk: Buffer): void => {
    if (refused) return;
    // Nobody has to wait for all of it, or for ever, to know that.
    const isTooLong = size === 0 && (announced?.(chunk) ?? 0) > limit;
    if (whole === undefined && declared !== undefined && size + chunk.length >= declared * COME) {
      whole = Buffer.allocUnsafe(declared);
      if (size > 0) pieces.joined(size).copy(whole);
      pieces.forget();
    }
    if (whole === undefined) pieces.add(chunk);
    else chunk.copy(whole, size);
    size += chunk.length;
    if (isTooLong || size > limit) refuse(tooLarge(shown));
    else if (!admission.grow(size)) refuse(overloaded());
  };
  const end = (): void => {
    letGo();
    if (whole !== undefined) resolve(size === whole.length ? whole : whole.subarray(0, size));
    else resolve(pieces.joined(size));
  };
  const leave = (): void => reject(new Error("the sender is gone"));
  // A stream of HTTP/2 lives on until V8 collects everything, since its native half may call it, and would hold the body until then.
  const letGo = (): void => void stream.off("data", take).off("end", end).off("error", reject).off("close", leave);
  stream.on("data", take).on("end", end).on("error", reject).on("close", leave);
  return promise;
}

/** The share of a body after which memory is taken for all of it: who only says how long it will be gets none. */
const COME = 1 / 4;
/** Pieces below are copied together, bytes. */
const SMALL = 1024;
/** Room for small pieces that is made at once, bytes. */
const ROOM = 16 * 1024;

/** The pieces of a body. A sender may cut it into single bytes, and each piece takes a hundred bytes and more beside its own. */
class Pieces {
  #list: Buffer[] = [];
  /** Where small pieces go, and how far it is filled: up to `from` it stands in the list. */
  #room: Buffer | undefined;
  #from = 0;
  #to = 0;

  add(piece: Buffer): void {
    if (piece.length >= SMALL || (this.#list.length === 0 && this.#room === undefined)) {
      this.#endSmall();
      this.#list.push(piece);
      return;
    }
    if (this.#room === undefined || this.#to + piece.length > this.#room.length) {
      this.#endSmall();
      this.#room = Buffer.allocUnsafeSlow(ROOM);
      this.#from = this.#to = 0;
    }
    this.#to += piece.copy(this.#room, this.#to);
  }

  joined(size: number): Buffer {
    this.#endSmall();
    return this.#list.length === 1 ? this.#list[0]! : Buffer.concat(this.#list, size);
  }

  forget(): void {
    this.#list = [];
    this.#room = undefined;
  }

  #endSmall(): void {
    if (this.#room === undefined || this.#from === this.#to) return;
    this.#list.push(this.#room.subarray(this.#from, this.#to));
    this.#from = this.#to;
  }
}
