import type { Resource, Scope, TimeColumn } from "@tracecore/core/pdata";
import type { WireReader } from "../wire/wire-reader.ts";

/** A list of `length` places, so that rows are written by index. */
export function list<T>(length: number, first?: T): T[] {
  // oxlint-disable-next-line unicorn/no-new-array -- Array.from asks an iterator for each element
  return new Array<T>(length).fill(first as T);
}

export function timeColumn(length: number): TimeColumn {
  return { high: new Uint32Array(length), low: new Uint32Array(length) };
}

/** A fixed64 of nanoseconds into a column. */
export function readTime(reader: WireReader, column: TimeColumn, row: number): void {
  const { view, pos } = reader;
  column.low[row] = view.getUint32(pos, true);
  column.high[row] = view.getUint32(pos + 4, true);
  reader.pos = pos + 8;
}

/** A number of an enum. One that a column of bytes does not hold is none that is known, and must not become one that is. */
export function readEnum(reader: WireReader): number {
  const number = reader.uint32();
  return number > 0xff ? 0 : number;
}

/** Where a field of each row stands, behind its tag; 0 where a row has none. */
export type Places = Uint32Array;

/** Makes the column of a field that stands at `places` when it is asked for: texts cost more than all else in a row. */
export function deferred<T>(
  reader: WireReader,
  places: Places,
  none: T,
  read: (reader: WireReader, row: number) => T,
): () => T[] {
  return () => {
    const column = list<T>(places.length, none);
    for (let row = 0; row < places.length; row++) {
      if (places[row] === 0) continue;
      reader.pos = places[row]!;
      column[row] = read(reader, row);
    }
    return column;
  };
}

/** Counts the rows of a batch of logs or spans, and notes where each stands and to which resource and scope it belongs. */
export class RowOrigins {
  readonly resources: Resource[];
  readonly scopes: Scope[];
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  #row = 0;
  #resource!: Resource;
  #scope!: Scope;

  constructor(length: number) {
    this.resources = list(length);
    this.scopes = list(length);
    this.starts = new Uint32Array(length);
    this.ends = new Uint32Array(length);
  }

  /** The rows that follow belong to these. */
  enter(resource: Resource, scope: Scope): void {
    this.#resource = resource;
    this.#scope = scope;
  }

  /** Begins a row that stands from `start` to `end`; gives its index. */
  begin(start: number, end: number): number {
    const row = this.#row++;
    this.starts[row] = start;
    this.ends[row] = end;
    this.resources[row] = this.#resource;
    this.scopes[row] = this.#scope;
    return row;
  }
}
