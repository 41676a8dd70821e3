import { FRAMES, PACKED, PACKED_FIXED64, requestShapes, type MessageShape } from "./message-shape.ts";
import { WireReader } from "./wire-reader.ts";

/** Fields after which the search pauses. */
const PAUSE_FIELDS = 4096;

/**
 * Whether an item has more than `most` fields, with those of its attributes, events and whatever else is in it; or a resource, a
 * scope or the head of a metric has. Numbers in a list count one by one. None of these can be divided: what is made of it is made
 * at once. `bytes` must be sound.
 */
export function* hasLargeItem(
  signal: keyof typeof requestShapes,
  bytes: Uint8Array,
  most: number,
): Generator<undefined, boolean> {
  const search = new Search(new WireReader(bytes), most);
  return (yield* search.frame(requestShapes[signal], 0, bytes.length, 0)) > most;
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

class Search {
  readonly #reader: WireReader;
  readonly #most: number;
  #passed = 0;

  constructor(reader: WireReader, most: number) {
    this.#reader = reader;
    this.#most = most;
  }

  /**
   * The fields of a frame on top of `before`, or more than `most` as soon as anything in it has more. What leads to items is looked
   * into by itself; all else in a frame belongs to the frame.
   */
  *frame({ fields }: MessageShape, start: number, end: number, before: number): Generator<undefined, number> {
    const reader = this.#reader;
    const most = this.#most;
    let own = before;
    for (let pos = start; pos < end && own <= most;) {
      if (++this.#passed >= PAUSE_FIELDS) {
        this.#passed = 0;
        yield;
      }
      reader.pos = pos;
      const tag = reader.uint32();
      const inner = (tag & 7) === 2 ? fields[tag >>> 3] : undefined;
      if (inner === undefined || !leading.has(inner)) {
        reader.pos = pos;
        const count = this.#field(fields, most - own);
        this.#passed += count;
        own += count;
        pos = reader.pos;
        continue;
      }
      pos = reader.end();
      const from = reader.pos;
      if (dataOfMetrics.has(inner)) own = yield* this.frame(inner, from, pos, own);
      // No field is shorter than a byte, not even a number in a list.
      else if (pos - from > most) {
        const count =
          inner.counts === FRAMES || inner.counts < 0
            ? yield* this.frame(inner, from, pos, 0)
            : this.#item(inner, from, pos);
        if (count > most) return count;
      }
    }
    return own;
  }

  #item(shape: MessageShape, start: number, end: number): number {
    const count = this.#fields(shape, start, end, this.#most);
    this.#passed += count;
    return count;
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
