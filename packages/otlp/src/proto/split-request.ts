import { atOnce, inTurns } from "@tracecore/core";
import { checkMessage } from "../wire/count-items.ts";
import { dataTags, requestShapes } from "../wire/message-shape.ts";
import { WireReader } from "../wire/wire-reader.ts";
import { WireWriter } from "../wire/wire-writer.ts";

/** A stretch of the request. */
interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** A message that holds others, and what of it stays with each part. */
interface Frame {
  readonly tag: number;
  readonly above: Frame | undefined;
  /** Fields that every part repeats, in front of and behind what is divided. */
  readonly before: readonly Stretch[];
  readonly after: readonly Stretch[];
  /** Bytes of both. */
  readonly size: number;
}

/** What is not divided any further: a log record, a span, a metric, or a data point of a metric that is too large. */
interface Unit extends Stretch {
  readonly frame: Frame;
  readonly items: number;
}

/** Bytes of the heads that all parts repeat together, at most; or so many times the request. */
const MOST_REPEATED = 64 * 1024 * 1024;
const MOST_TIMES = 8;

/**
 * Divides an export request into requests of at most `max` items, or bytes of what it holds; one item is never divided. The
 * heads of resources, scopes and metrics are repeated in each part, unknown fields included; where they outweigh by far what is
 * divided, there are fewer parts: a thousand would be a thousand times a large resource. `bytes` must be sound.
 */
export function splitRequest(
  signal: keyof typeof requestShapes,
  bytes: Uint8Array,
  max: number,
  sizer: "items" | "bytes",
): Uint8Array[] {
  return atOnce(splitInSteps(signal, bytes, max, sizer));
}

/** The same with turns of the event loop between. */
export function splitInTurns(
  signal: keyof typeof requestShapes,
  bytes: Uint8Array,
  max: number,
  sizer: "items" | "bytes",
): Promise<Uint8Array[]> {
  return inTurns(splitInSteps(signal, bytes, max, sizer));
}

/** Units that are found in one step. */
const STEP_UNITS = 1_000;

function* splitInSteps(
  signal: keyof typeof requestShapes,
  bytes: Uint8Array,
  max: number,
  sizer: "items" | "bytes",
): Generator<undefined, Uint8Array[]> {
  const all: Unit[] = [];
  for (const unit of units(new WireReader(bytes), signal, max, sizer)) {
    if (all.push(unit) % STEP_UNITS === 0) yield undefined;
  }
  const most = Math.max(MOST_REPEATED, bytes.length * MOST_TIMES);
  let parts = partsOf(all, max, sizer);
  for (let size = max * 2; parts.length > 1 && repeatedBytes(parts) > most; size *= 2) {
    yield undefined;
    parts = partsOf(all, size, sizer);
  }
  if (parts.length < 2) return [bytes];
  const written: Uint8Array[] = [];
  for (const part of parts) {
    yield undefined;
    written.push(writePart(bytes, part));
  }
  return written;
}

function partsOf(all: readonly Unit[], max: number, sizer: "items" | "bytes"): Unit[][] {
  const parts: Unit[][] = [];
  let part: Unit[] = [];
  let size = 0;
  for (const unit of all) {
    const own = sizer === "items" ? unit.items : unit.end - unit.start;
    if (part.length > 0 && size + own > max) {
      parts.push(part);
      part = [];
      size = 0;
    }
    part.push(unit);
    size += own;
  }
  if (part.length > 0) parts.push(part);
  return parts;
}

/** Bytes of the frames of all parts. */
function repeatedBytes(parts: readonly (readonly Unit[])[]): number {
  let size = 0;
  for (const part of parts) {
    let last: Frame | undefined;
    for (const { frame } of part) {
      if (frame === last) continue;
      for (let one: Frame | undefined = frame; one !== undefined && !isAround(one, last); one = one.above)
        size += one.size;
      last = frame;
    }
  }
  return size;
}

/** Whether `frame` is `inner` or lies around it. */
function isAround(frame: Frame, inner: Frame | undefined): boolean {
  for (let one = inner; one !== undefined; one = one.above) if (one === frame) return true;
  return false;
}

function* units(
  reader: WireReader,
  signal: keyof typeof requestShapes,
  max: number,
  sizer: "items" | "bytes",
): Generator<Unit> {
  for (const resource of fieldsOf(reader, { start: 0, end: reader.bytes.length }, 0x0a)) {
    const resourceFrame = frameOf(reader, resource, 0x0a, 0x12, undefined);
    for (const scope of fieldsOf(reader, resource, 0x12)) {
      const scopeFrame = frameOf(reader, scope, 0x12, 0x12, resourceFrame);
      for (const item of fieldsOf(reader, scope, 0x12)) {
        if (signal !== "metrics") yield { ...item, start: item.field, items: 1, frame: scopeFrame };
        else yield* metricUnits(reader, item, scopeFrame, max, sizer);
      }
    }
  }
}

function* metricUnits(
  reader: WireReader,
  metric: Field,
  above: Frame,
  max: number,
  sizer: "items" | "bytes",
): Generator<Unit> {
  const points = pointsOf(reader, metric);
  const size = sizer === "items" ? points : metric.end - metric.field;
  if (size <= max || points < 2) {
    yield { start: metric.field, end: metric.end, items: points, frame: above };
    return;
  }
  const around = frameAround(reader, metric, 0x12, (one) => dataTags.includes(one), above);
  for (const tag of dataTags) {
    const pieces = [...fieldsOf(reader, metric, tag)];
    if (pieces.length === 0) continue;
    // A metric of its own for each kind of data: of several in one, some backends take the last.
    const dataFrame = dataFrameOf(reader, pieces, tag, { ...around });
    for (const piece of pieces) {
      for (const point of fieldsOf(reader, piece, 0x0a)) {
        yield { start: point.field, end: point.end, items: 1, frame: dataFrame };
      }
    }
  }
}

/** The frame of the points of one kind: what one piece of the data says of its points is said of those in all pieces. */
function dataFrameOf(reader: WireReader, pieces: readonly Stretch[], tag: number, above: Frame): Frame {
  const [first] = pieces;
  if (pieces.length === 1) return frameOf(reader, first!, tag, 0x0a, above);
  // In their order: of a field that comes twice the last one counts.
  const heads = pieces.flatMap((piece) => {
    const { before, after } = frameOf(reader, piece, tag, 0x0a, undefined);
    return [...before, ...after];
  });
  return { tag, above, before: heads, after: [], size: sizeOf(heads) };
}

function pointsOf(reader: WireReader, { start, end }: Stretch): number {
  const counts = checkMessage(metricShape, reader.bytes.subarray(start, end), Number.POSITIVE_INFINITY);
  return counts[0] + counts[1] + counts[2] + counts[3];
}

/** The shape of a Metric, inside that of its request. */
const metricShape = requestShapes.metrics.fields[1]!.fields[2]!.fields[2]!;

/** A field with its head. */
interface Field extends Stretch {
  /** Where its tag stands; `start` is where its content does. */
  readonly field: number;
}

/** Found as they are asked for; the reader may have been elsewhere in between. */
function* fieldsOf(reader: WireReader, { start, end }: Stretch, wanted: number): Generator<Field> {
  for (let pos = start; pos < end;) {
    const field = pos;
    reader.pos = pos;
    const tag = reader.uint32();
    if (tag !== wanted) {
      reader.skip(tag);
      pos = reader.pos;
      continue;
    }
    pos = reader.end();
    yield { field, start: reader.pos, end: pos };
  }
}

function frameOf(reader: WireReader, within: Stretch, tag: number, divided: number, above: Frame | undefined): Frame {
  return frameAround(reader, within, tag, (one) => one === divided, above);
}

/** The frame of a message whose fields of some tags are divided. */
function frameAround(
  reader: WireReader,
  { start, end }: Stretch,
  tag: number,
  isDivided: (tag: number) => boolean,
  above: Frame | undefined,
): Frame {
  const before: Stretch[] = [];
  const after: Stretch[] = [];
  let seen = false;
  reader.pos = start;
  while (reader.pos < end) {
    const field = reader.pos;
    const one = reader.uint32();
    reader.skip(one);
    if (isDivided(one)) seen = true;
    else (seen ? after : before).push({ start: field, end: reader.pos });
  }
  return { tag, above, before, after, size: sizeOf(before) + sizeOf(after) };
}

function sizeOf(stretches: readonly Stretch[]): number {
  let size = 0;
  for (const { start, end } of stretches) size += end - start;
  return size;
}

/** Writes units and the frames around them, from the last to the first. */
function writePart(bytes: Uint8Array, part: readonly Unit[]): Uint8Array {
  const writer = new WireWriter(part.reduce((sum, { start, end }) => sum + end - start, 1024));
  const open: { frame: Frame; before: number }[] = [];
  const close = (): void => {
    const { frame, before } = open.pop()!;
    writeStretches(writer, bytes, frame.before);
    writer.head(frame.tag, before);
  };
  for (let i = part.length - 1; i >= 0; i--) {
    const unit = part[i]!;
    const wanted = framesOf(unit.frame);
    while (open.length > 0 && wanted[open.length - 1] !== open.at(-1)!.frame) close();
    for (const frame of wanted.slice(open.length)) {
      open.push({ frame, before: writer.length });
      writeStretches(writer, bytes, frame.after);
    }
    writer.raw(bytes.subarray(unit.start, unit.end));
  }
  while (open.length > 0) close();
  return writer.finish();
}

/** From the outermost to the innermost. */
function framesOf(frame: Frame): Frame[] {
  return frame.above === undefined ? [frame] : [...framesOf(frame.above), frame];
}

function writeStretches(writer: WireWriter, bytes: Uint8Array, stretches: readonly Stretch[]): void {
  for (let i = stretches.length - 1; i >= 0; i--) writer.raw(bytes.subarray(stretches[i]!.start, stretches[i]!.end));
}
