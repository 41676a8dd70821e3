import type { Resource } from "@tracecore/core/pdata";
import { concatInSteps } from "../wire/concat-in-steps.ts";
import { SplicedBytes } from "../wire/spliced-bytes.ts";
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
  const spliced = new SplicedBytes();
  const writer = new WireWriter(1024);
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
    const before = resourceOf(frameHead(reader, end));
    const after = map(before);
    if (after !== before) {
      spliced.add(bytes, copied, start);
      reader.pos = from;
      replace(reader, end, before, after, writer, spliced);
      copied = end;
    }
    reader.pos = end;
    yield;
  }
  if (copied === 0) return bytes;
  spliced.add(bytes, copied, bytes.length);
  return yield* concatInSteps(spliced.finish());
}

/** Adds a ResourceX from its head on: all that is in it, but another resource and, where it changed, another schema URL. */
function replace(
  reader: WireReader,
  end: number,
  before: Resource,
  after: Resource,
  writer: WireWriter,
  spliced: SplicedBytes,
): void {
  const { bytes } = reader;
  const ofUrl = after.schemaUrl === before.schemaUrl ? 0 : 0x1a;
  if (ofUrl !== 0) writer.textOrNothing(ofUrl, after.schemaUrl);
  const url = writer.take();
  // Where what stays begins and ends.
  const kept: number[] = [reader.pos];
  let size = url.length;
  while (reader.pos < end) {
    const start = reader.pos;
    const tag = reader.uint32();
    reader.skip(tag);
    if (tag === 0x0a || tag === ofUrl) kept.push(start, reader.pos);
    else size += reader.pos - start;
  }
  kept.push(end);
  writeResource(writer, after);
  writer.head(0x0a, 0);
  writer.varint(writer.length + size);
  writer.varint(0x0a);
  const head = writer.take();
  spliced.add(head, 0, head.length);
  for (let i = 0; i < kept.length; i += 2) spliced.add(bytes, kept[i]!, kept[i + 1]!);
  spliced.add(url, 0, url.length);
}
