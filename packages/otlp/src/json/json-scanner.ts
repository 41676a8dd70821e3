import type { JsonCutter } from "./json-cutter.ts";
import { LONG_DIGITS, MAX_NESTING, nestedTooDeep, noJson } from "./parse-text.ts";

// What is expected next. From TEXT on, the scanner is inside of something that may be long.
const VALUE = 0;
const VALUE_OR_END = 1;
const KEY = 2;
const KEY_OR_END = 3;
const COLON = 4;
const COMMA_OR_END = 5;
const TEXT = 6;
const KEY_TEXT = 7;
const MINUS = 8;
const ZERO = 9;
const WHOLE = 10;
const POINT = 11;
const FRACTION = 12;
const E = 13;
const SIGN = 14;
const EXPONENT = 15;

const literals: ReadonlyMap<number, Uint8Array> = new Map(
  ["true", "false", "null"].map((word) => [word.charCodeAt(0), Buffer.from(word)]),
);

/**
 * Reads a JSON text from its first byte to its last and takes what JSON.parse takes, a stretch at a time. What stands on the path
 * that a cutter follows is told to it. Texts need not be sound UTF-8: their bytes beyond ASCII mean nothing to it, and no others
 * have such bytes.
 */
export class JsonScanner {
  readonly #bytes: Uint8Array;
  readonly #cutter: JsonCutter;
  #at = 0;
  #expected = VALUE;
  /** Lists and objects that are open, and which of them are objects. */
  #depth = 0;
  readonly #isObject = new Uint8Array(MAX_NESTING);
  /** Where the value began that stands in the innermost list or object of the path. */
  #valueStart = 0;
  /** How many values there were so far, and before that one. */
  #values = 0;
  #valuesBefore = 0;
  /** Where the number or the key began that is being read. */
  #tokenStart = 0;
  #keyIsEscaped = false;
  #hasLongIntegers = false;

  constructor(bytes: Uint8Array, cutter: JsonCutter) {
    this.#bytes = bytes;
    this.#cutter = cutter;
  }

  /** Whether there are whole numbers, so far, that a double may not hold. */
  get hasLongIntegers(): boolean {
    return this.#hasLongIntegers;
  }

  /** Reads on for about `stretch` bytes; false once all was read. Throws `otlp-malformed`. */
  scan(stretch: number): boolean {
    const { length } = this.#bytes;
    const to = Math.min(this.#at + stretch, length);
    while (this.#at < to) {
      if (this.#expected < TEXT) this.#structure(to);
      else if (this.#expected <= KEY_TEXT) this.#text(to);
      else this.#number(to);
    }
    if (this.#at < length) return true;
    if (this.#expected > KEY_TEXT) this.#endNumber();
    if (this.#expected !== COMMA_OR_END || this.#depth > 0) throw noJson(`it ends too early, at byte ${length}`);
    return false;
  }

  /** What stands between texts and numbers. */
  #structure(to: number): void {
    const bytes = this.#bytes;
    let at = this.#at;
    for (; at < to; at++) {
      const byte = bytes[at]!;
      if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) continue;
      switch (this.#expected) {
        case COMMA_OR_END: {
          if (this.#depth === 0) throw this.#unexpected(at);
          const inObject = this.#isObject[this.#depth - 1] === 1;
          if (byte === 0x2c) this.#expected = inObject ? KEY : VALUE;
          else if (byte === (inObject ? 0x7d : 0x5d)) this.#close(at + 1);
          else throw this.#unexpected(at);
          break;
        }
        case COLON:
          if (byte !== 0x3a) throw this.#unexpected(at);
          this.#expected = VALUE;
          break;
        case KEY:
        case KEY_OR_END:
          if (byte === 0x22) {
            this.#expected = KEY_TEXT;
            this.#keyIsEscaped = false;
            this.#at = this.#tokenStart = at + 1;
            return;
          }
          if (byte !== 0x7d || this.#expected === KEY) throw this.#unexpected(at);
          this.#close(at + 1);
          break;
        default:
          if (byte === 0x5d && this.#expected === VALUE_OR_END) {
            this.#close(at + 1);
            break;
          }
          at = this.#value(byte, at);
          // Inside of a text or a number, which others read.
          if (this.#expected >= TEXT) {
            this.#at = at + 1;
            return;
          }
      }
    }
    this.#at = at;
  }

  /** Takes the first byte of a value, or all of a word; returns where the last byte stands that it took. */
  #value(byte: number, at: number): number {
    const isObject = byte === 0x7b;
    if (isObject || byte === 0x5b) {
      if (this.#depth === MAX_NESTING) throw nestedTooDeep();
      if (this.#cutter.level === this.#depth && !this.#cutter.open(isObject, at)) this.#begun(at);
      this.#values++;
      this.#isObject[this.#depth++] = isObject ? 1 : 0;
      this.#expected = isObject ? KEY_OR_END : VALUE_OR_END;
      return at;
    }
    if (this.#cutter.level === this.#depth) this.#begun(at);
    this.#values++;
    if (byte === 0x22) this.#expected = TEXT;
    else if (byte === 0x2d) this.#expected = MINUS;
    else if (byte === 0x30) this.#expected = ZERO;
    else if (byte > 0x30 && byte <= 0x39) this.#expected = WHOLE;
    else return this.#word(byte, at);
    this.#tokenStart = at;
    return at;
  }

  #begun(at: number): void {
    this.#valueStart = at;
    this.#valuesBefore = this.#values;
  }

  #word(byte: number, at: number): number {
    const word = literals.get(byte);
    if (word === undefined) throw this.#unexpected(at);
    for (let i = 1; i < word.length; i++) if (this.#bytes[at + i] !== word[i]) throw this.#unexpected(at + i);
    const last = at + word.length - 1;
    this.#ended(last + 1);
    return last;
  }

  #close(end: number): void {
    this.#depth--;
    if (this.#cutter.level <= this.#depth) {
      this.#ended(end);
      return;
    }
    this.#cutter.close(end);
    this.#expected = COMMA_OR_END;
  }

  /** A value that is not on the path has been read to its end. */
  #ended(end: number): void {
    if (this.#cutter.level === this.#depth) this.#cutter.put(this.#valueStart, end, this.#values - this.#valuesBefore);
    this.#expected = COMMA_OR_END;
  }

  /** Of a text or a key, what is behind its first quote. */
  #text(to: number): void {
    const bytes = this.#bytes;
    let at = this.#at;
    while (at < to) {
      const byte = bytes[at]!;
      if (byte === 0x22) {
        this.#at = at + 1;
        if (this.#expected === TEXT) {
          this.#ended(at + 1);
          return;
        }
        if (this.#cutter.level === this.#depth) this.#cutter.key(this.#tokenStart, at, this.#keyIsEscaped);
        this.#expected = COLON;
        return;
      }
      if (byte < 0x20) throw this.#unexpected(at);
      at += byte === 0x5c ? this.#escape(at) : 1;
    }
    this.#at = at;
  }

  /** How many bytes the escape takes that stands at `at`. */
  #escape(at: number): number {
    this.#keyIsEscaped = true;
    switch (this.#bytes[at + 1]) {
      case 0x22: // "
      case 0x5c: // \
      case 0x2f: // /
      case 0x62: // b
      case 0x66: // f
      case 0x6e: // n
      case 0x72: // r
      case 0x74: // t
        return 2;
      case 0x75: // u
        for (let i = at + 2; i < at + 6; i++) if (!isHexDigit(this.#bytes[i])) throw this.#unexpected(i);
        return 6;
      default:
        throw this.#unexpected(at + 1);
    }
  }

  #number(to: number): void {
    const bytes = this.#bytes;
    let expected = this.#expected;
    let at = this.#at;
    for (; at < to; at++) {
      const byte = bytes[at]!;
      let next = -1;
      if (byte >= 0x30 && byte <= 0x39) {
        if (expected === MINUS) next = byte === 0x30 ? ZERO : WHOLE;
        else if (expected === WHOLE) next = WHOLE;
        else if (expected === POINT || expected === FRACTION) next = FRACTION;
        else if (expected !== ZERO) next = EXPONENT;
      } else if (byte === 0x2e) {
        if (expected === ZERO || expected === WHOLE) next = POINT;
      } else if (byte === 0x65 || byte === 0x45) {
        if (expected === ZERO || expected === WHOLE || expected === FRACTION) next = E;
      } else if ((byte === 0x2b || byte === 0x2d) && expected === E) next = SIGN;
      if (next === -1) {
        this.#expected = expected;
        this.#at = at;
        this.#endNumber();
        return;
      }
      expected = next;
    }
    this.#expected = expected;
    this.#at = at;
  }

  #endNumber(): void {
    const last = this.#expected;
    if (last !== WHOLE && last !== ZERO && last !== FRACTION && last !== EXPONENT) throw this.#unexpected(this.#at);
    if (last === WHOLE && this.#at - this.#tokenStart >= LONG_DIGITS) this.#hasLongIntegers = true;
    this.#ended(this.#at);
  }

  #unexpected(at: number): Error {
    const byte = this.#bytes[at];
    if (byte === undefined) return noJson(`it ends too early, at byte ${at}`);
    const what = byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `0x${byte.toString(16).padStart(2, "0")}`;
    return noJson(`${what} is not expected at byte ${at}`);
  }
}

function isHexDigit(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  const lower = byte | 0x20;
  return (byte >= 0x30 && byte <= 0x39) || (lower >= 0x61 && lower <= 0x66);
}
