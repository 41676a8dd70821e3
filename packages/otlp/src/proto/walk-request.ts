import { emptyResource, emptyScope, type Resource, type Scope } from "@tracecore/core/pdata";
import type { WireReader } from "../wire/wire-reader.ts";
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
  const resource = head.start === -1 && head.schemaUrl === "" ? emptyResource : resourceOf(reader, head);
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
  const scope = head.start === -1 && head.schemaUrl === "" ? emptyScope : scopeOf(reader, head);
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
  /** Where the message of field 1 stands; -1 when there is none. */
  readonly start: number;
  readonly end: number;
  readonly schemaUrl: string;
}

/** Field 1 and the schema URL of ResourceX or ScopeX, which have the same numbers in both. */
export function frameHead(reader: WireReader, frameEnd: number): FrameHead {
  let start = -1;
  let end = -1;
  let schemaUrl = "";
  while (reader.pos < frameEnd) {
    const tag = reader.uint32();
    if (tag === FIRST) {
      end = reader.end();
      start = reader.pos;
      reader.pos = end;
    } else if (tag === THIRD) schemaUrl = reader.text();
    else reader.skip(tag);
  }
  return { start, end, schemaUrl };
}

function resourceOf(reader: WireReader, { start, end, schemaUrl }: FrameHead): Resource {
  // Without field 1 there is nothing to read: an empty stretch.
  reader.pos = start;
  return readResource(reader, end, schemaUrl);
}

function scopeOf(reader: WireReader, { start, end, schemaUrl }: FrameHead): Scope {
  reader.pos = start;
  return readScope(reader, end, schemaUrl);
}
