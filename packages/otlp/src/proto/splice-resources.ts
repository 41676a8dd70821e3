import type { Resource } from "@tracecore/core/pdata";
import { concatInSteps } from "../wire/concat-in-steps.ts";
import { WireReader } from "../wire/wire-reader.ts";
import { WireWriter } from "../wire/wire-writer.ts";
import { writeResource } from "./resource-scope.ts";
import { frameHead, resourceOf } from "./walk-request.ts";

/**
 * A request whose resources are what `map` makes of them, a step at a time. The rest of each ResourceX is copied as it is. Returns
 * `bytes` when nothing changed.
 */
export function* mapResourceBytes(
  bytes: Uint8Array,
  map: (resource: Resource) => Resource,
): Generator<undefined, Uint8Array> {
  const reader = new WireReader(bytes);
  const pieces: Uint8Array[] = [];
  let copied = 0;
  while (reader.pos < bytes.length) {
    const start = reader.pos;
    const tag = reader.uint32();
    if (tag !== 0x0a) {
      reader.skip(tag);
      continue;
    }
    const end = reader.end();
    const from = reader.pos;
    const replaced = replace(reader, from, end, map);
    reader.pos = end;
    yield;
    if (replaced === undefined) continue;
    pieces.push(bytes.subarray(copied, start), ...replaced);
    copied = end;
  }
  if (pieces.length === 0) return bytes;
  pieces.push(bytes.subarray(copied));
  return yield* concatInSteps(pieces);
}

/** A ResourceX from its head on, in pieces, or undefined when its resource stays what it is. */
function replace(
  reader: WireReader,
  from: number,
  end: number,
  map: (resource: Resource) => Resource,
): Uint8Array[] | undefined {
  const { bytes } = reader;
  const before = resourceOf(frameHead(reader, end));
  const after = map(before);
  if (after === before) return undefined;

  const writer = new WireWriter(1024);
  writeResource(writer, after);
  writer.head(0x0a, 0);
  const resource = writer.finish();
  // Everything but the old resource and, where it changed, the old schema URL.
  const rest: Uint8Array[] = [];
  let kept = from;
  reader.pos = from;
  while (reader.pos < end) {
    const start = reader.pos;
    const tag = reader.uint32();
    reader.skip(tag);
    if (tag !== 0x0a && (tag !== 0x1a || after.schemaUrl === before.schemaUrl)) continue;
    rest.push(bytes.subarray(kept, start));
    kept = reader.pos;
  }
  rest.push(bytes.subarray(kept, end));
  if (after.schemaUrl !== before.schemaUrl) {
    const url = new WireWriter(64);
    url.textOrNothing(0x1a, after.schemaUrl);
    rest.push(url.finish());
  }
  const size = rest.reduce((sum, piece) => sum + piece.length, resource.length);
  const frame = new WireWriter(64);
  frame.varint(size);
  frame.varint(0x0a);
  return [frame.finish(), resource, ...rest];
}
