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

/** Counts the rows of a batch of logs or spans, and notes to which resource and scope each belongs. */
export class RowOrigins {
  readonly resources: Resource[];
  readonly scopes: Scope[];
  #row = 0;
  #resource!: Resource;
  #scope!: Scope;

  constructor(length: number) {
    this.resources = list(length);
    this.scopes = list(length);
  }

  /** The rows that follow belong to these. */
  enter(resource: Resource, scope: Scope): void {
    this.#resource = resource;
    this.#scope = scope;
  }

  /** Begins a row; gives its index. */
  begin(): number {
    const row = this.#row++;
    this.resources[row] = this.#resource;
    this.scopes[row] = this.#scope;
    return row;
  }
}
