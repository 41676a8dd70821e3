import { parseShallowText } from "./parse-text.ts";

/** The bytes of a text that is known to be JSON, of which stretches are parsed when somebody asks for them. */
export class JsonBytes {
  readonly #bytes: Buffer;
  /** Whether there may be whole numbers that a double does not hold. */
  hasLongIntegers = true;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  at(place: number): number {
    return this.#bytes[place]!;
  }

  /** Whether `text` stands at `start`. */
  has(text: Uint8Array, start: number): boolean {
    for (let i = 0; i < text.length; i++) if (this.#bytes[start + i] !== text[i]) return false;
    return true;
  }

  text(start: number, end: number): string {
    return this.#bytes.toString("utf8", start, end);
  }

  parse(text: string): unknown {
    return parseShallowText(text, this.hasLongIntegers);
  }
}

/** What stands for a long value of a kind that cannot stand in its place: whatever is read there, it is not that. */
export const MISPLACED: unique symbol = Symbol("misplaced");

/** What became of a long value on the path. */
export type Cut = CutList | CutObject | typeof MISPLACED;

/** Elements of a list that stand side by side. */
export interface Run {
  readonly start: number;
  readonly end: number;
}

interface ParsedRun {
  readonly elements: readonly unknown[];
  /** How many bytes were parsed for them. */
  readonly bytes: number;
}

/** A list that is not there as a whole: no JSON text can say that it is one. */
export class CutList {
  readonly #bytes: JsonBytes;
  readonly #parts: readonly (Run | Cut)[];
  readonly length: number;

  constructor(bytes: JsonBytes, parts: readonly (Run | Cut)[], length: number) {
    this.#bytes = bytes;
    this.#parts = parts;
    this.length = length;
  }

  /** Its elements, run after run; each run is parsed when it is asked for. */
  *runs(): Generator<ParsedRun> {
    for (const part of this.#parts) {
      if (part instanceof CutObject) yield { elements: [part.value()], bytes: part.bytes };
      else if (part === MISPLACED || part instanceof CutList) yield { elements: [part], bytes: 0 };
      else {
        const { start, end } = part;
        const elements = this.#bytes.parse(`[${this.#bytes.text(start, end)}]`) as unknown[];
        yield { elements, bytes: end - start };
      }
    }
  }
}

/** A member of an object that was cut: where its value stands, or what became of it. */
export interface CutMember {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly cut: Cut | undefined;
}

/** An object with lists that were cut, and of its other members those that are read. */
export class CutObject {
  readonly #bytes: JsonBytes;
  readonly #members: readonly CutMember[];

  constructor(bytes: JsonBytes, members: readonly CutMember[]) {
    this.#bytes = bytes;
    this.#members = members;
  }

  /** How many bytes {@link value} parses, without the lists that are cut again. */
  get bytes(): number {
    return this.#members.reduce((sum, { start, end, cut }) => (cut === undefined ? sum + end - start : sum), 0);
  }

  value(): object {
    const whole = this.#members.filter(({ cut }) => cut === undefined);
    const texts = whole.map(({ name, start, end }) => `"${name}":${this.#bytes.text(start, end)}`);
    const value = this.#bytes.parse(`{${texts.join(",")}}`) as Record<string, unknown>;
    for (const { name, cut } of this.#members) {
      if (cut !== undefined) value[name] = cut instanceof CutObject ? cut.value() : cut;
    }
    return value;
  }
}
