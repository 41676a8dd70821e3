import { malformed } from "../wire/malformed.ts";

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
      if (this.absent) return new JsonCursor(undefined, this, name);
      throw this.wrong("an object");
    }
    return new JsonCursor(
      Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined,
      this,
      name,
    );
  }

  *items(): Generator<JsonCursor> {
    if (this.absent) return;
    if (!Array.isArray(this.#value)) throw this.wrong("a list");
    for (const [i, item] of this.#value.entries()) yield new JsonCursor(item, this, i);
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
    if (typeof value === "bigint" || (typeof value === "number" && Number.isInteger(value))) whole = BigInt(value);
    else if (typeof value === "string" && /^-?\d{1,20}$/.test(value)) whole = BigInt(value);
    if (whole === undefined || whole < min || whole > max) throw this.wrong(`a whole number from ${min} to ${max}`);
    return whole;
  }

  uint32(): number {
    return Number(this.integer(0n, 0xffff_ffffn));
  }

  uint64(): bigint {
    return this.integer(0n, 2n ** 64n - 1n);
  }

  int64(): bigint {
    return this.integer(-(2n ** 63n), 2n ** 63n - 1n);
  }

  /** A double; what JSON cannot write stands as a text. */
  double(): number {
    const value = this.#value;
    if (this.absent) return 0;
    if (typeof value === "number" || typeof value === "bigint") return Number(value);
    if (value === "NaN") return Number.NaN;
    if (value === "Infinity") return Number.POSITIVE_INFINITY;
    if (value === "-Infinity") return Number.NEGATIVE_INFINITY;
    if (typeof value === "string" && /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(value)) return Number(value);
    throw this.wrong('a number, "NaN", "Infinity" or "-Infinity"');
  }

  /** An id in hex, in lower case. */
  hex(): string {
    const text = this.text();
    if (!/^(?:[0-9a-f]{2})*$/i.test(text)) throw this.wrong("an id in hex");
    return text.toLowerCase();
  }

  /** Bytes in base64, also in its form for URLs. */
  base64(): Uint8Array {
    const text = this.text();
    if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(text)) throw this.wrong("bytes in base64");
    return new Uint8Array(Buffer.from(text, "base64"));
  }
}

/** Sixteen digits or more outside a text may be more than a double holds. */
const LONG_INTEGER = /[:[,]\s*-?\d{16,}\s*[,}\]]/;

/** Parses a request; integers that a double cannot hold become bigint. Throws `otlp-malformed`. */
export function parseJson(text: string): JsonCursor {
  try {
    return new JsonCursor(LONG_INTEGER.test(text) ? JSON.parse(text, exactInteger) : JSON.parse(text));
  } catch (error) {
    throw malformed(`no JSON: ${(error as Error).message.replaceAll(/\s+/g, " ").slice(0, 200)}`);
  }
}

function exactInteger(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== "number" || Number.isSafeInteger(value) || source === undefined) return value;
  return /^-?\d{16,30}$/.test(source) ? BigInt(source) : value;
}
