import { malformed } from "./malformed.ts";
import {
  FRAMES,
  keyValue,
  PACKED,
  PACKED_FIXED64,
  requestShapes,
  TRACE_ID,
  type MessageShape,
} from "./message-shape.ts";
import { pastPlain } from "./plain-attributes.ts";

/** How deep values may lie in one another; protobuf libraries stop at 100. */
export const MAX_DEPTH = 100;

/** Items of a request by kind of data point; one kind for logs and traces. */
export type ItemCounts = readonly [number, number, number, number];

/**
 * Counts the items of a request and checks that every message in it ends where it says, so that nothing that reads it later
 * can fail. Unknown fields are passed by. Throws `otlp-malformed`.
 */
export function countItems(signal: keyof typeof requestShapes, bytes: Uint8Array): ItemCounts {
  return sizeOf(signal, bytes).counts;
}

/** The same, and what else of the request takes time. */
export function sizeOf(
  signal: keyof typeof requestShapes,
  bytes: Uint8Array,
  maxDepth: number = MAX_DEPTH,
): RequestSize {
  const walk = new Walk(requestShapes[signal], bytes, maxDepth);
  walk.step(bytes.length);
  return walk.sizeOf(signal);
}

/**
 * Counts the items of a request that was encoded here. Values may lie deeper in it than in one that is received: a statement of a
 * pipeline can put one into another.
 */
export function ownSizeOf(signal: keyof typeof requestShapes, bytes: Uint8Array): RequestSize {
  return sizeOf(signal, bytes, Number.POSITIVE_INFINITY);
}

/** The same in steps. */
export function* ownSizeInSteps(
  signal: keyof typeof requestShapes,
  bytes: Uint8Array,
): Generator<undefined, RequestSize> {
  const walk = new Walk(requestShapes[signal], bytes, Number.POSITIVE_INFINITY);
  while (walk.step(STEP_BYTES)) yield;
  return walk.sizeOf(signal);
}

/** What of a request takes time and memory. */
export interface RequestSize {
  readonly counts: ItemCounts;
  /**
   * Its items; or, if that is more, as many items as its resources, scopes and metrics would do for, had each one all of these to
   * itself. Empty ones take time as well, and pieces of one take memory.
   */
  readonly load: number;
  /** Its items, and half as many as the messages around them: an item with a resource of its own is as much as three or four beside others. */
  readonly work: number;
}

/** Messages around an item that has a resource, a scope and a metric for itself alone. */
const FRAMES_OF_ITEM = { metrics: 6, logs: 4, traces: 4 } as const;

/** Bytes of a step: some 50 µs of what is usual, and a millisecond or two of messages of two bytes. */
const STEP_BYTES = 64 * 1024;

/**
 * Does the work of {@link countItems} in steps, between which others can have their turn: a request of a gigabyte takes a second,
 * and one of empty messages ten. Ends early when the load is more than `mostItems`: such a request is to be refused, and what lies behind that is not checked.
 */
export function* countItemsInSteps(
  signal: keyof typeof requestShapes,
  bytes: Uint8Array,
  mostItems: number = Number.POSITIVE_INFINITY,
  stepBytes: number = STEP_BYTES,
): Generator<undefined, RequestSize> {
  const walk = new Walk(requestShapes[signal], bytes, MAX_DEPTH);
  for (;;) {
    const more = walk.step(stepBytes);
    const size = walk.sizeOf(signal);
    if (!more || size.load > mostItems) return size;
    yield;
  }
}

/** The same as {@link countItems} for a message of any shape. */
export function checkMessage(shape: MessageShape, bytes: Uint8Array, maxDepth: number = MAX_DEPTH): ItemCounts {
  const walk = new Walk(shape, bytes, maxDepth);
  walk.step(bytes.length);
  return walk.counts;
}

/** Backends refuse it, and with it what others have sent. */
function wrongTag(tag: number, at: number): Error {
  if (tag >>> 3 === 0) return malformed(`a field at byte ${at} has the number 0`);
  return malformed(`field ${tag >>> 3} at byte ${at} cannot have the wire type ${tag & 7}`);
}

/** What is said of values that lie too deep. */
export function tooDeep(): Error {
  return malformed(`values lie more than ${MAX_DEPTH} deep in one another`);
}

/** A message that a step has not read to its end. */
interface Unread {
  readonly shape: MessageShape;
  readonly from: number;
  /** Where its next field begins, or its next number. */
  readonly pos: number;
  readonly end: number;
  readonly depth: number;
}

/** Reads a message and those in it, in steps: a large one takes longer than others can wait. */
class Walk {
  readonly #bytes: Uint8Array;
  readonly #counts = [0, 0, 0, 0, 0];
  readonly #maxDepth: number;
  /** Where this step begins no further field. */
  #stop = 0;
  /** What the last step left unread: the innermost message, the one that it lies in, and so on. */
  #unread: Unread[];
  /** The one of them that is read. */
  #resumed: Unread | undefined;

  constructor(shape: MessageShape, bytes: Uint8Array, maxDepth: number) {
    this.#bytes = bytes;
    this.#maxDepth = maxDepth;
    this.#unread = [{ shape, from: 0, pos: 0, end: bytes.length, depth: 0 }];
  }

  get counts(): ItemCounts {
    const [numbers, histograms, exponential, summaries] = this.#counts;
    return [numbers!, histograms!, exponential!, summaries!];
  }

  sizeOf(signal: keyof typeof requestShapes): RequestSize {
    const { counts } = this;
    const items = counts[0] + counts[1] + counts[2] + counts[3];
    const frames = this.#counts[FRAMES]!;
    return { counts, load: Math.max(items, Math.ceil(frames / FRAMES_OF_ITEM[signal])), work: items + frames / 2 };
  }

  /** Reads on for so many bytes, and to the end of a field; whether there is more. */
  step(size: number): boolean {
    const left = this.#unread;
    this.#unread = [];
    this.#stop = left[0]!.pos + size;
    for (const [i, one] of left.entries()) {
      this.#resumed = one;
      this.#message(one.shape, one.pos, one.end, one.depth);
      if (this.#unread.length === 0) continue;
      this.#unread = [...this.#unread, ...left.slice(i + 1)];
      return true;
    }
    return false;
  }

  /**
   * What lies in a message is read by recursion. Where a step ends in it, it is noted as unread, and so are those around it: they
   * go on behind it, where the step has ended all the more.
   */
  #message(shape: MessageShape, from: number, end: number, depth: number): void {
    const { fields, counts, wrongTags } = shape;
    if (counts !== -1) {
      if (counts === PACKED) return this.#varints(shape, from, end, depth);
      if (counts === PACKED_FIXED64) {
        if ((end - from) % 8 !== 0) throw malformed(`the packed numbers at byte ${from} do not end where they say`);
        return;
      }
      this.#counts[counts]!++;
    }
    const bytes = this.#bytes;
    // Where `bytes` ended inside of a length, `end` is NaN, and nothing is read.
    const stop = this.#stop < end ? this.#stop : end;
    let pos = from;
    while (pos < stop) {
      let tag = bytes[pos++]!;
      if (tag >= 0x80) {
        tag &= 0x7f;
        let shift = 7;
        for (;;) {
          if (pos >= end || shift > 28) throw malformed(`a field at byte ${this.#startOf(from, depth)} has no end`);
          const byte = bytes[pos++]!;
          tag |= (byte & 0x7f) << shift;
          shift += 7;
          if (byte >= 0x80) continue;
          // Decoders look at the first byte of a tag alone where it says all: a second spelling would pass them by unread.
          if (byte === 0 || (shift > 28 && byte > 0x0f))
            throw malformed(`the tag at byte ${pos - 1} is no field number`);
          break;
        }
      }
      if (tag < 256 && wrongTags[tag] === 1) throw wrongTag(tag, pos - 1);
      switch (tag & 7) {
        case 0: {
          let left = 10;
          while (bytes[pos++]! >= 0x80) if (--left === 0) throw malformed(`the number at byte ${pos} is too long`);
          break;
        }
        case 1:
          pos += 8;
          break;
        case 2: {
          let length = bytes[pos++]!;
          if (length >= 0x80) {
            length &= 0x7f;
            let scale = 128;
            for (let left = 5; ; left--) {
              if (pos >= end || left === 0) throw malformed(`a length at byte ${pos} has no end`);
              const byte = bytes[pos++]!;
              length += (byte & 0x7f) * scale;
              scale *= 128;
              if (byte < 0x80) break;
            }
          }
          const after = pos + length;
          if (after > end) throw malformed(`the field at byte ${pos} has ${length} bytes, ${end - pos} are there`);
          const inner = tag < 256 ? fields[tag >>> 3] : undefined;
          if (inner === keyValue) {
            const plain = pastPlain(bytes, tag, pos, after, stop, depth + 1 < this.#maxDepth);
            if (plain !== pos) {
              pos = plain;
              break;
            }
          }
          if (inner !== undefined && inner.counts <= TRACE_ID) {
            if (length !== 0 && length !== (inner.counts === TRACE_ID ? 16 : 8)) this.#wrongId(inner, length, pos);
          } else if (inner !== undefined) {
            if (depth === this.#maxDepth) throw tooDeep();
            this.#message(inner, pos, after, depth + 1);
          }
          pos = after;
          break;
        }
        case 5:
          pos += 4;
          break;
        default:
          throw malformed(`the field at byte ${pos - 1} has the wire type ${tag & 7}`);
      }
    }
    if (pos !== end) this.#leave(shape, from, pos, end, depth);
  }

  /** Whoever batches requests would lose those of all senders to a backend that looks. What was made here is not looked at. */
  #wrongId({ counts }: MessageShape, length: number, at: number): void {
    if (this.#maxDepth > MAX_DEPTH) return;
    const [name, size] = counts === TRACE_ID ? ["trace", 16] : ["span", 8];
    throw malformed(`the ${name} id at byte ${at} has ${length} bytes, and not ${size}`);
  }

  /** Packed varints: each of at most ten bytes, the last one with its end. */
  #varints(shape: MessageShape, from: number, end: number, depth: number): void {
    const bytes = this.#bytes;
    const stop = this.#stop;
    let length = 0;
    let pos = from;
    while (pos < end) {
      if (bytes[pos++]! < 0x80) {
        length = 0;
        if (pos >= stop) break;
      } else if (++length === 10) throw malformed(`the number at byte ${pos - 1} is too long`);
    }
    if (length > 0)
      throw malformed(`the packed numbers at byte ${this.#startOf(from, depth)} do not end where they say`);
    if (pos < end) this.#leave(shape, from, pos, end, depth);
  }

  /** Notes a message as unread from `pos` on; its end may be no end of a field as well. */
  #leave(shape: MessageShape, from: number, pos: number, end: number, depth: number): void {
    const start = this.#startOf(from, depth);
    // Also where a varint ran over the end, and where `bytes` itself ended.
    if (!(pos < end)) throw malformed(`the message at byte ${start} does not end where it says`);
    // The rest of a message is not counted again.
    const rest = shape.counts < 0 ? shape : { ...shape, counts: -1 };
    this.#unread.push({ shape: rest, from: start, pos, end, depth });
  }

  /** Where a message begins that is read from `from` on. */
  #startOf(from: number, depth: number): number {
    const { depth: resumed, from: start } = this.#resumed!;
    return depth === resumed ? start : from;
  }
}
