import { NUMBER_WIDTH, writeNumber, writeText } from "./number-text.ts";
import type { SlotTable } from "./entry.ts";

const SPACE = 0x20;

/** The fixed text of an exposition and the slots whose values stand between its pieces. */
export interface Template {
  /** All pieces one after the other: piece 0, then each that follows a value. */
  readonly text: Buffer;
  /** Where piece i ends in `text`; one more than there are slots. */
  readonly ends: Uint32Array;
  /** The slot of the value after piece i. */
  readonly slots: Uint32Array;
}

/** Collects the pieces of a template. */
export class TemplateBuilder {
  #text: Buffer = Buffer.allocUnsafe(1 << 16);
  #length = 0;
  #ends: Uint32Array = new Uint32Array(256);
  #slots: Uint32Array = new Uint32Array(256);
  #count = 0;

  add(text: string): void {
    if (this.#length + text.length * 3 > this.#text.length) {
      const larger = Buffer.allocUnsafe(this.#text.length * 2 + text.length * 3);
      larger.set(this.#text.subarray(0, this.#length));
      this.#text = larger;
    }
    this.#length += this.#text.write(text, this.#length);
  }

  value(slot: number): void {
    if (this.#count + 1 >= this.#ends.length) {
      this.#ends = resized(this.#ends, this.#ends.length * 2);
      this.#slots = resized(this.#slots, this.#slots.length * 2);
    }
    this.#ends[this.#count] = this.#length;
    this.#slots[this.#count++] = slot;
  }

  build(): Template {
    this.#ends[this.#count] = this.#length;
    return {
      text: this.#text.subarray(0, this.#length),
      ends: this.#ends.slice(0, this.#count + 1),
      slots: this.#slots.slice(0, this.#count),
    };
  }
}

function resized(from: Uint32Array, length: number): Uint32Array {
  const to = new Uint32Array(length);
  to.set(from);
  return to;
}

/** The text that belongs behind a value: a timestamp, an exemplar; most have none. */
export type Trailer = (slot: number) => string;

/** A compact exposition: it stands in `buffer` from `start` to `end`, behind a copy of the template. */
export interface Compact {
  readonly buffer: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** The length of the first i + 1 values together, by i. */
  readonly valueEnds: Uint32Array;
}

/**
 * Writes an exposition in which every value is as short as it can be: OpenMetrics allows no padding. Every render writes
 * all of it. `memory` is used again when it came from an earlier render of the same template. The template stands in
 * the same memory, since copying within one array is the fastest copy there is for pieces of this size.
 */
export function writeCompact(
  template: Template,
  table: SlotTable,
  trailer: Trailer | undefined,
  memory: Compact | undefined,
): Compact {
  const { text, ends, slots } = template;
  const { values, exact } = table;
  const begin = text.length;
  let out = memory?.buffer ?? compactMemory(template, begin + begin + slots.length * NUMBER_WIDTH);
  const valueEnds = memory?.valueEnds ?? new Uint32Array(slots.length);
  let valueBytes = 0;
  let at = begin;
  let from = 0;
  for (let i = 0; i < slots.length; i++) {
    const to = ends[i]!;
    out.copyWithin(at, from, to);
    at += to - from;
    from = to;
    const slot = slots[i]!;
    const end = at + NUMBER_WIDTH;
    let start =
      exact.size > 0 && exact.has(slot)
        ? writeText(out, end, String(exact.get(slot)))
        : writeNumber(out, end, values[slot]!);
    valueBytes += end - start;
    valueEnds[i] = valueBytes;
    while (start < end) out[at++] = out[start++]!;
    if (trailer !== undefined) {
      const more = trailer(slot);
      if (more !== "") {
        const needed = at + more.length * 3 + begin - to + (slots.length - i) * NUMBER_WIDTH;
        if (out.length < needed) {
          const larger = new Uint8Array(Math.ceil(needed * 1.25));
          larger.set(out.subarray(0, at));
          out = larger;
        }
        at += encoder.encodeInto(more, out.subarray(at)).written;
      }
    }
  }
  out.copyWithin(at, from, begin);
  return { buffer: out, start: begin, end: at + begin - from, valueEnds };
}

const encoder = new TextEncoder();

function compactMemory({ text }: Template, length: number): Uint8Array {
  const memory = new Uint8Array(length);
  memory.set(text);
  return memory;
}

/**
 * An exposition with a field of fixed width for each value, padded on the left, which the plain text format allows. It
 * is kept, and a render writes only the values that changed.
 */
export function writeFields(template: Template): Uint8Array {
  const { text, ends, slots } = template;
  const out = new Uint8Array(text.length + slots.length * NUMBER_WIDTH);
  let from = 0;
  for (let i = 0; i < slots.length; i++) {
    const to = ends[i]!;
    out.set(text.subarray(from, to), from + i * NUMBER_WIDTH);
    out.fill(SPACE, to + i * NUMBER_WIDTH, to + (i + 1) * NUMBER_WIDTH);
    from = to;
  }
  out.set(text.subarray(from), from + slots.length * NUMBER_WIDTH);
  return out;
}

/** Writes the values that changed after generation `since` into their fields. */
export function updateFields(body: Uint8Array, template: Template, table: SlotTable, since: number): void {
  const { ends, slots } = template;
  const { values, changed, exact } = table;
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i]!;
    if (changed[slot]! <= since) continue;
    const field = ends[i]! + i * NUMBER_WIDTH;
    const end = field + NUMBER_WIDTH;
    let start =
      exact.size > 0 && exact.has(slot)
        ? writeText(body, end, String(exact.get(slot)))
        : writeNumber(body, end, values[slot]!);
    // What the value before it left in the field: blanks stand in front of it.
    while (start > field && body[--start] !== SPACE) body[start] = SPACE;
  }
}
