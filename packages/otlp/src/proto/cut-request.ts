import { dataTags, type requestShapes } from "../wire/message-shape.ts";
import { WireReader } from "../wire/wire-reader.ts";
import { WireWriter } from "../wire/wire-writer.ts";

/** What a part has at most, in bytes, unless one item has more: some milliseconds of decoding where nothing is known of it. */
export const PART_BYTES: number = 64 * 1024;
/**
 * What is divided is this fraction of the heads at least that each part repeats: five times the request, then, where parts are full.
 * What is left before and behind something that is divided by itself has a part of its own.
 */
const OF_HEADS = 1 / 4;
/**
 * Once the parts have so many times the bytes of what was divided, only what is longer than the heads around it is divided further:
 * parts are kept for as long as their batch is, and short and long metrics that take turns under long heads came to 27 times.
 */
const MOST_TIMES = 8;
/** Fields after which work may pause. */
const PAUSE_FIELDS = 4096;

/** What a message of a request is divided into: fields with this tag, and those of it that are too large again. */
interface Level {
  readonly tag: number;
  readonly within: Level | "metric" | undefined;
}

const records: Level = { tag: 0x12, within: undefined };
const metrics: Level = { tag: 0x12, within: "metric" };
const points: Level = { tag: 0x0a, within: undefined };
const requestOf = (items: Level): Level => ({ tag: 0x0a, within: { tag: 0x12, within: items } });
const levels: { readonly [S in keyof typeof requestShapes]: Level } = {
  metrics: requestOf(metrics),
  logs: requestOf(records),
  traces: requestOf(records),
};

/** A message around what is divided. */
interface Frame {
  readonly tag: number;
  readonly above: Frame | undefined;
  /** Its other fields, one behind the other: each part repeats them. */
  readonly heads: Uint8Array;
  /** Bytes of the heads, also of those above. */
  readonly size: number;
}

interface Stretch {
  readonly start: number;
  readonly end: number;
}

interface Field extends Stretch {
  readonly tag: number;
  /** Where the tag stands; `start` is where the content does. */
  readonly field: number;
}

/** Where work may pause. */
type Pausing<T, R = void> = Generator<T | undefined, R>;
/** A message, in the pieces that it came in. */
type Pieces = () => Iterable<Stretch | undefined>;

/**
 * The parts of a large request, each a request: of its bytes where that can be, else copied, with the heads of resource, scope and
 * metric repeated. Gives undefined where work may pause. `bytes` must be sound. What stands beside the resources of a request is in
 * no part.
 */
export function cutRequest(
  signal: keyof typeof requestShapes,
  bytes: Uint8Array,
  most: number = PART_BYTES,
): Pausing<Uint8Array> {
  return new Cutter(bytes, most).cut(levels[signal], () => [{ start: 0, end: bytes.length }], undefined);
}

class Cutter {
  readonly #reader: WireReader;
  readonly #most: number;
  /** Fields that were passed. */
  #passed = 0;
  /** Bytes of all parts so far. */
  #given = 0;

  constructor(bytes: Uint8Array, most: number) {
    this.#reader = new WireReader(bytes);
    this.#most = most;
  }

  *cut({ tag, within }: Level, pieces: Pieces, frame: Frame | undefined): Pausing<Uint8Array> {
    const { bytes } = this.#reader;
    const most = this.#mostIn(frame);
    let part = new Part(bytes, frame);
    for (const one of this.#fields(pieces, (field) => field === tag)) {
      if (one === undefined) {
        yield undefined;
        continue;
      }
      const size = one.end - one.field;
      const isWorthIt = this.#given <= MOST_TIMES * one.end || size > (frame?.size ?? 0);
      const isLarge = size > most && within !== undefined && isWorthIt;
      if (part.size > 0 && (isLarge || part.size + size > most)) {
        yield this.#finish(part);
        part = new Part(bytes, frame);
      }
      if (!isLarge) part.add(one);
      else if (within === "metric") yield* this.#metric(one, frame);
      else yield* this.#message(within, one, () => [one], frame);
    }
    if (part.size > 0) yield this.#finish(part);
  }

  #finish(part: Part): Uint8Array {
    const bytes = part.finish();
    this.#given += bytes.length;
    return bytes;
  }

  /**
   * What one piece of the data of a metric says of its points is said of those in all pieces of that kind. Kinds that are small have a
   * part together: one for each would repeat long heads for a few bytes.
   */
  *#metric(metric: Field, above: Frame | undefined): Pausing<Uint8Array> {
    const pieces = (tags: readonly number[]) => (): Iterable<Field | undefined> =>
      this.#fields(
        () => [metric],
        (field) => tags.includes(field),
      );
    const frame = yield* this.#frame(
      metric.tag,
      () => [metric],
      (tag) => dataTags.includes(tag),
      above,
    );
    const sizes = new Map<number, number>();
    for (const one of pieces(dataTags)()) {
      if (one === undefined) yield undefined;
      else sizes.set(one.tag, (sizes.get(one.tag) ?? 0) + one.end - one.field);
    }
    const most = this.#mostIn(frame);
    let together: number[] = [];
    let left = most;
    for (const [tag, size] of sizes) {
      if (size > most) {
        yield* this.#message(points, { tag }, pieces([tag]), frame);
        continue;
      }
      if (size > left) {
        yield* this.#whole(pieces(together), frame);
        together = [];
        left = most;
      }
      together.push(tag);
      left -= size;
    }
    if (together.length > 0) yield* this.#whole(pieces(together), frame);
  }

  *#whole(fields: () => Iterable<Field | undefined>, frame: Frame): Pausing<Uint8Array> {
    const part = new Part(this.#reader.bytes, frame);
    for (const one of fields()) {
      if (one === undefined) yield undefined;
      else part.add(one);
    }
    yield this.#finish(part);
  }

  #mostIn(frame: Frame | undefined): number {
    return Math.max(this.#most, (frame?.size ?? 0) * OF_HEADS);
  }

  *#message(level: Level, { tag }: Pick<Field, "tag">, pieces: Pieces, above: Frame | undefined): Pausing<Uint8Array> {
    const frame = yield* this.#frame(tag, pieces, (field) => field === level.tag, above);
    yield* this.cut(level, pieces, frame);
  }

  *#frame(
    tag: number,
    pieces: Pieces,
    isDivided: (tag: number) => boolean,
    above: Frame | undefined,
  ): Pausing<never, Frame> {
    const heads = new Part(this.#reader.bytes, undefined);
    for (const one of this.#fields(pieces, (field) => !isDivided(field))) {
      if (one === undefined) yield undefined;
      else heads.add(one);
    }
    return { tag, above, heads: heads.finish(), size: heads.size + (above?.size ?? 0) };
  }

  *#fields(pieces: Pieces, wanted: (tag: number) => boolean): Pausing<Field> {
    const reader = this.#reader;
    for (const piece of pieces()) {
      if (piece === undefined) {
        yield undefined;
        continue;
      }
      for (let field = piece.start; field < piece.end;) {
        if (++this.#passed % PAUSE_FIELDS === 0) yield undefined;
        reader.pos = field;
        const tag = reader.uint32();
        const start = reader.pos;
        reader.skip(tag);
        const end = reader.pos;
        if (wanted(tag)) yield { tag, field, start: (tag & 7) === 2 ? contentStart(reader, start) : start, end };
        field = end;
      }
    }
  }
}

/** Where the content of a field begins whose length stands at `pos`. */
function contentStart(reader: WireReader, pos: number): number {
  reader.pos = pos;
  reader.end();
  return reader.pos;
}

/** Stretches of a request that become one request, inside of the frames around them. */
class Part {
  readonly #bytes: Uint8Array;
  readonly #frame: Frame | undefined;
  /** Begin and end of each. Numbers, since there may be as many as fields. */
  readonly #bounds: number[] = [];
  /** Bytes, without the frames. */
  size = 0;

  constructor(bytes: Uint8Array, frame: Frame | undefined) {
    this.#bytes = bytes;
    this.#frame = frame;
  }

  add({ field, end }: Pick<Field, "field" | "end">): void {
    const bounds = this.#bounds;
    if (bounds.at(-1) === field) bounds[bounds.length - 1] = end;
    else bounds.push(field, end);
    this.size += end - field;
  }

  finish(): Uint8Array {
    const bounds = this.#bounds;
    if (this.#frame === undefined && bounds.length === 2) return this.#bytes.subarray(bounds[0], bounds[1]);
    const writer = new WireWriter(this.size + (this.#frame?.size ?? 0) + 64);
    for (let i = bounds.length - 2; i >= 0; i -= 2) writer.raw(this.#bytes.subarray(bounds[i], bounds[i + 1]));
    for (let frame = this.#frame; frame !== undefined; frame = frame.above) {
      // In front of what is divided, where readers look for the name of a metric first.
      writer.raw(frame.heads);
      writer.head(frame.tag, 0);
    }
    return writer.finish();
  }
}
