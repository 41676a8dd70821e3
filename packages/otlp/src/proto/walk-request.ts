import { emptyResource, emptyScope, type Resource, type Scope } from "@tracecore/core/pdata";
import { WireReader } from "../wire/wire-reader.ts";
import { LastHead } from "./last-head.ts";
import { readResource, readScope } from "./resource-scope.ts";

/** Gets the items of a request, with the reader at the content of each. */
export interface RequestVisitor {
  /** What follows belongs to another resource or scope. */
  enter(resource: Resource, scope: Scope): void;
  /** One Metric, LogRecord or Span, up to `end`; with its tag and length it begins at `start`. */
  item(end: number, start: number): void;
}

/** Field 1 of the request, and in it the resource (1), what it holds by scope (2), and the schema URL (3). */
const FIRST = 0x0a;
const SECOND = 0x12;
const THIRD = 0x1a;

/** Walks an export request; all three signals have the same frame. */
export function walkRequest(reader: WireReader, visitor: RequestVisitor): void {
  const end = reader.bytes.length;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === FIRST) walkResource(reader, reader.end(), visitor);
    else reader.skip(tag);
  }
}

function walkResource(reader: WireReader, end: number, visitor: RequestVisitor): void {
  const from = reader.pos;
  // Heads may stand behind what they are for, and mostly do: the schema URL has the highest number.
  const head = frameHead(reader, end);
  const resource = resourceOf(head);
  reader.pos = from;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === SECOND) walkScope(reader, reader.end(), resource, visitor);
    else reader.skip(tag);
  }
}

function walkScope(reader: WireReader, end: number, resource: Resource, visitor: RequestVisitor): void {
  const from = reader.pos;
  const head = frameHead(reader, end);
  const scope = scopeOf(head);
  visitor.enter(resource, scope);
  reader.pos = from;
  while (reader.pos < end) {
    const start = reader.pos;
    const tag = reader.uint32();
    if (tag === SECOND) {
      const after = reader.end();
      visitor.item(after, start);
      reader.pos = after;
    } else reader.skip(tag);
  }
}

interface FrameHead {
  /** Reads the message of field 1, which stands from `start` to `end`; -1 when there is none. */
  readonly reader: WireReader;
  readonly start: number;
  readonly end: number;
  readonly schemaUrl: string;
}

/** Field 1 and the schema URL of ResourceX or ScopeX, which have the same numbers in both. */
export function frameHead(reader: WireReader, frameEnd: number): FrameHead {
  let start = -1;
  let end = -1;
  let schemaUrl = "";
  let pieces: Uint8Array[] | undefined;
  while (reader.pos < frameEnd) {
    const tag = reader.uint32();
    if (tag === FIRST) {
      if (start !== -1) (pieces ??= []).push(reader.bytes.subarray(start, end));
      end = reader.end();
      start = reader.pos;
      reader.pos = end;
    } else if (tag === THIRD) schemaUrl = reader.text();
    else reader.skip(tag);
  }
  if (pieces === undefined) return { reader, start, end, schemaUrl };
  // A message that comes in several pieces is all of them, one behind the other.
  const whole = new WireReader(Buffer.concat([...pieces, reader.bytes.subarray(start, end)]));
  return { reader: whole, start: 0, end: whole.bytes.length, schemaUrl };
}

const lastResource = new LastHead<Resource>();
const lastScope = new LastHead<Scope>();

/** The resource that a head names. */
export function resourceOf({ reader, start, end, schemaUrl }: FrameHead): Resource {
  if (start === -1 && schemaUrl === "") return emptyResource;
  return lastResource.get(reader.bytes, start, end, schemaUrl, () => {
    // Without field 1 there is nothing to read: an empty stretch.
    reader.pos = start;
    return readResource(reader, end, schemaUrl);
  });
}

function scopeOf({ reader, start, end, schemaUrl }: FrameHead): Scope {
  if (start === -1 && schemaUrl === "") return emptyScope;
  return lastScope.get(reader.bytes, start, end, schemaUrl, () => {
    reader.pos = start;
    return readScope(reader, end, schemaUrl);
  });
}
