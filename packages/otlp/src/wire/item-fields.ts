import { FRAMES, PACKED, PACKED_FIXED64, requestShapes, type MessageShape } from "./message-shape.ts";
import { WireReader } from "./wire-reader.ts";

/** Fields after which the search pauses. */
const PAUSE_FIELDS = 4096;

/** How much there may be of what is made at once, since it cannot be divided. */
export interface ItemLimits {
  /** Most fields of one item, with those of its attributes, events and whatever else is in it; or of a resource, scope or metric without what it holds. */
  readonly itemFields: number;
  /** Most bytes of one item. */
  readonly itemBytes: number;
  /** Most bytes of a resource, a scope or a metric, without what it holds: parts of a large request repeat them. */
  readonly headBytes: number;
}

/** Which of the limits a request goes beyond, if any. Numbers in a list count as a field each. `bytes` must be sound. */
export function* exceededLimit(
  signal: keyof typeof requestShapes,
  bytes: Uint8Array,
  limits: ItemLimits,
): Generator<undefined, keyof ItemLimits | undefined> {
  const search = new Search(new WireReader(bytes), limits);
  yield* search.frame(requestShapes[signal], 0, bytes.length, { fields: 0, bytes: 0 });
  return search.exceeded;
}

/** All shapes that lead to items, from the items up to what a request holds. */
const leading = new Set<MessageShape>();
/** Those of the data of a metric, which may come in many pieces: what all of them say holds for each of its points. */
const dataOfMetrics = new Set<MessageShape>();
for (const request of Object.values(requestShapes)) {
  const [byResource, byScope] = [request.fields[1]!, request.fields[1]!.fields[2]!];
  const item = byScope.fields[2]!;
  const points = item.counts === FRAMES ? item.fields.filter((data) => data?.counts === FRAMES) : [];
  for (const data of points) dataOfMetrics.add(data!);
  for (const one of [byResource, byScope, item, ...points, ...points.map((data) => data!.fields[1])]) leading.add(one!);
}

/** What a frame has itself. */
interface Own {
  fields: number;
  bytes: number;
}

class Search {
  exceeded: keyof ItemLimits | undefined;
  readonly #reader: WireReader;
  readonly #limits: ItemLimits;
  /** What is no longer than this is within all limits: no field is shorter than a byte, not even a number in a list. */
  readonly #short: number;
  #passed = 0;

  constructor(reader: WireReader, limits: ItemLimits) {
    this.#reader = reader;
    this.#limits = limits;
    this.#short = Math.min(limits.itemFields, limits.itemBytes, limits.headBytes);
  }

  /**
   * Looks through a frame until something is beyond a limit. What leads to items is looked into by itself; all else in a frame belongs to
   * the frame, and is put on top of what it has of its `own`.
   */
  *frame({ fields }: MessageShape, start: number, end: number, own: Own): Generator<undefined, void> {
    const reader = this.#reader;
    const { itemFields, headBytes } = this.#limits;
    for (let pos = start; pos < end && this.exceeded === undefined;) {
      if (++this.#passed >= PAUSE_FIELDS) {
        this.#passed = 0;
        yield;
      }
      reader.pos = pos;
      const tag = reader.uint32();
      const inner = (tag & 7) === 2 ? fields[tag >>> 3] : undefined;
      if (inner === undefined || !leading.has(inner)) {
        reader.pos = pos;
        const count = this.#field(fields, itemFields - own.fields);
        this.#passed += count;
        own.fields += count;
        own.bytes += reader.pos - pos;
        if (own.fields > itemFields) this.exceeded = "itemFields";
        else if (own.bytes > headBytes) this.exceeded = "headBytes";
        pos = reader.pos;
        continue;
      }
      pos = reader.end();
      const from = reader.pos;
      if (dataOfMetrics.has(inner)) yield* this.frame(inner, from, pos, own);
      else if (pos - from > this.#short) {
        if (inner.counts === FRAMES || inner.counts < 0) yield* this.frame(inner, from, pos, { fields: 0, bytes: 0 });
        else this.#item(inner, from, pos);
      }
    }
  }

  #item(shape: MessageShape, start: number, end: number): void {
    const { itemFields, itemBytes } = this.#limits;
    if (end - start > itemBytes) {
      this.exceeded = "itemBytes";
      return;
    }
    if (end - start <= itemFields) return;
    const count = this.#fields(shape, start, end, itemFields);
    this.#passed += count;
    if (count > itemFields) this.exceeded = "itemFields";
  }

  /** The fields of a message and in it, up to a few more than `most`. */
  #fields({ fields }: MessageShape, start: number, end: number, most: number): number {
    const reader = this.#reader;
    let count = 0;
    reader.pos = start;
    while (reader.pos < end && count <= most) count += this.#field(fields, most - count);
    return count;
  }

  /** A field and those in it; the reader stands behind it then. */
  #field(fields: MessageShape["fields"], most: number): number {
    const reader = this.#reader;
    const tag = reader.uint32();
    const inner = (tag & 7) === 2 ? fields[tag >>> 3] : undefined;
    if (inner === undefined) {
      reader.skip(tag);
      return 1;
    }
    const end = reader.end();
    const start = reader.pos;
    let count = 1;
    if (inner.counts === PACKED) count += end - start;
    else if (inner.counts === PACKED_FIXED64) count += (end - start) / 8;
    else if (end > start) count += this.#fields(inner, start, end, most);
    reader.pos = end;
    return count;
  }
}
