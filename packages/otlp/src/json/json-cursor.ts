import { countOf, LARGEST_COUNT, TWO_TO_64 } from "../wire/large-counts.ts";
import { malformed } from "../wire/malformed.ts";
import { CutList } from "./cut-json.ts";
import type { Pace } from "./pace.ts";

const INT32 = [-(2 ** 31), 2 ** 31 - 1] as const;

/** A part of a JSON request, with the place where it stands, so that what is wrong can be found. */
export class JsonCursor {
  readonly #value: unknown;
  readonly #above: JsonCursor | undefined;
  readonly #name: string | number;

  constructor(value: unknown, above?: JsonCursor, name: string | number = "") {
    this.#value = value;
    this.#above = above;
    this.#name = name;
  }

  /** Neither there nor null; protobuf's JSON takes both as not set. */
  get absent(): boolean {
    return this.#value === undefined || this.#value === null;
  }

  get path(): string {
    if (this.#above === undefined) return "";
    const above = this.#above.path;
    if (typeof this.#name === "number") return `${above}[${this.#name}]`;
    return above === "" ? this.#name : `${above}.${this.#name}`;
  }

  wrong(expected: string): Error {
    const place = this.path;
    return malformed(`${place === "" ? "" : `${place}: `}expected ${expected}`);
  }

  /** A member of an object. Only own members count: `__proto__` and its like are names as any other. */
  get(name: string): JsonCursor {
    const value = this.#value;
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      if (this.absent) return nothing;
      throw this.wrong("an object");
    }
    const member = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
    // Most members are not there, and of those nothing is ever wrong that would need their place.
    return member === undefined || member === null ? nothing : new JsonCursor(member, this, name);
  }

  /** How many items a list has; 0 for what is none. */
  get length(): number {
    return Array.isArray(this.#value) || this.#value instanceof CutList ? this.#value.length : 0;
  }

  /** A list that is there as a whole; what is absent has no items. */
  #list(): readonly unknown[] {
    if (this.absent) return [];
    if (!Array.isArray(this.#value)) throw this.wrong("a list");
    return this.#value;
  }

  *items(): Generator<JsonCursor> {
    const list = this.#list();
    for (let i = 0; i < list.length; i++) yield new JsonCursor(list[i], this, i);
  }

  map<T>(make: (item: JsonCursor) => T): T[] {
    const made: T[] = [];
    this.forEach((item) => made.push(make(item)));
    return made;
  }

  /** The same as a loop over `items`, in half the time. */
  forEach(take: (item: JsonCursor) => void): void {
    const list = this.#list();
    for (let i = 0; i < list.length; i++) take(new JsonCursor(list[i], this, i));
  }

  /** The items of a list that may be in pieces, with `undefined` between them wherever work may pause. */
  *itemsByTurns(pace: Pace): Generator<JsonCursor | undefined> {
    if (this.absent) return;
    const list = this.#value;
    if (!Array.isArray(list) && !(list instanceof CutList)) throw this.wrong("a list");
    let i = 0;
    for (const { elements, bytes } of list instanceof CutList
      ? list.runs()
      : [{ elements: list as unknown[], bytes: 0 }]) {
      if (elements !== list) {
        pace.piece(bytes);
        yield undefined;
      }
      for (const item of elements) {
        if (pace.element()) yield undefined;
        yield new JsonCursor(item, this, i++);
      }
    }
  }

  text(): string {
    if (this.absent) return "";
    if (typeof this.#value !== "string") throw this.wrong("a text");
    return this.#value;
  }

  boolean(): boolean {
    if (this.absent) return false;
    if (typeof this.#value !== "boolean") throw this.wrong("true or false");
    return this.#value;
  }

  /** A whole number of up to 64 bits, written as a number or as a text. */
  integer(min: bigint, max: bigint): bigint {
    const value = this.#value;
    if (this.absent) return 0n;
    let whole: bigint | undefined;
    if (typeof value === "number" && Number.isInteger(value)) whole = BigInt(value);
    else if (typeof value === "string" && /^-?\d{1,20}$/.test(value)) whole = BigInt(value);
    if (whole === undefined || whole < min || whole > max) throw this.wrong(`a whole number from ${min} to ${max}`);
    return whole;
  }

  uint32(): number {
    return this.smallInteger(0, 0xffff_ffff);
  }

  /** A whole number that a double holds. */
  smallInteger(min: number, max: number): number {
    const value = this.#value;
    // Without a bigint on the way it takes a tenth of the time.
    if (isWhole(value) && value >= min && value <= max) return value;
    return Number(this.integer(BigInt(min), BigInt(max)));
  }

  int32(): number {
    return this.smallInteger(...INT32);
  }

  /** A number of an enum, or the name at that place of `names` behind `prefix`: senders with a library of ProtoJSON write those. */
  enumNumber(prefix: string, names: readonly string[], [min, max]: readonly [number, number] = INT32): number {
    const value = this.#value;
    const named =
      typeof value === "string" && value.startsWith(prefix)
        ? names.findIndex((name) => value === prefix + name.toUpperCase())
        : -1;
    return named === -1 ? this.smallInteger(min, max) : named;
  }

  uint64(): bigint {
    return this.integer(0n, 2n ** 64n - 1n);
  }

  /** A list of {@link count}s. */
  counts(): number[] {
    return this.#list().map((value, i) => simpleCount(value) ?? new JsonCursor(value, this, i).count());
  }

  /** A list of {@link double}s. */
  doubles(): number[] {
    return this.#list().map((value, i) =>
      typeof value === "number" ? value : new JsonCursor(value, this, i).double(),
    );
  }

  /** A uint64 as a number, which is exact up to 2^53. */
  count(): number {
    const value = this.#value;
    const simple = simpleCount(value);
    if (simple !== undefined) return simple;
    // As a number, the largest ones are read as 2^64.
    return value === TWO_TO_64 ? LARGEST_COUNT : countOf(this.uint64());
  }

  int64(): bigint {
    return this.integer(-(2n ** 63n), 2n ** 63n - 1n);
  }

  /** A double; what JSON cannot write stands as a text. */
  double(): number {
    const value = this.#value;
    if (this.absent) return 0;
    if (typeof value === "number") return value;
    if (value === "NaN") return Number.NaN;
    if (value === "Infinity") return Number.POSITIVE_INFINITY;
    if (value === "-Infinity") return Number.NEGATIVE_INFINITY;
    if (typeof value === "string" && /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(value)) return Number(value);
    throw this.wrong('a number, "NaN", "Infinity" or "-Infinity"');
  }

  /** A trace id in hex, in lower case: 16 bytes, or none. */
  traceId(): string {
    const text = this.text();
    if (text !== "" && !/^[0-9a-f]{32}$/i.test(text)) throw this.wrong("a trace id of 32 digits in hex");
    return text.toLowerCase();
  }

  /** A span id in hex, in lower case: 8 bytes, or none. */
  spanId(): string {
    const text = this.text();
    if (text !== "" && !/^[0-9a-f]{16}$/i.test(text)) throw this.wrong("a span id of 16 digits in hex");
    return text.toLowerCase();
  }

  /** Bytes in base64, also in its form for URLs. */
  base64(): Uint8Array {
    const text = this.text();
    if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(text)) throw this.wrong("bytes in base64");
    return new Uint8Array(Buffer.from(text, "base64"));
  }
}

/** A count as most are; a bigint on the way, and a cursor for each, would take ten times as long. */
function simpleCount(value: unknown): number | undefined {
  if (isWhole(value) && value >= 0) return value;
  return typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

/** A whole number that is exact, and not the zero that has a sign. */
function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && !Object.is(value, -0);
}

const nothing = new JsonCursor(undefined);
