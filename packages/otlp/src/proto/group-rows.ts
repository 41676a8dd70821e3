import type { Resource, Scope } from "@tracecore/core/pdata";

/** Rows that stand together: a stretch, or a list where they are scattered. */
export interface RowGroup<T> {
  readonly of: T;
  readonly start: number;
  end: number;
  rows: number[] | undefined;
}

/** Rows grouped by an object of theirs, in the order of the first row of each. Stretches need no list. */
export function groupRows<T extends object>(column: readonly T[], length: number): RowGroup<T>[] {
  const groups: RowGroup<T>[] = [];
  let current: RowGroup<T> | undefined;
  let byObject: Map<T, RowGroup<T>> | undefined;
  for (let row = 0; row < length; row++) {
    const of = column[row]!;
    if (current !== undefined && current.of === of) {
      if (current.rows === undefined) current.end = row + 1;
      else current.rows.push(row);
      continue;
    }
    byObject ??= new Map();
    const known = byObject.get(of);
    if (known === undefined) {
      current = { of, start: row, end: row + 1, rows: undefined };
      byObject.set(of, current);
      groups.push(current);
    } else {
      current = known;
      current.rows ??= Array.from({ length: current.end - current.start }, (_, i) => current!.start + i);
      current.rows.push(row);
    }
  }
  return groups;
}

/** Calls `write` for the rows of a group from the last to the first, as the writer needs them. */
export function eachRowBackwards(group: RowGroup<unknown>, write: (row: number) => void): void {
  if (group.rows === undefined) for (let row = group.end - 1; row >= group.start; row--) write(row);
  else for (let i = group.rows.length - 1; i >= 0; i--) write(group.rows[i]!);
}

/** What belongs to one resource, by scope. */
export interface ResourceGroup<T> {
  readonly resource: Resource;
  readonly scopes: { readonly scope: Scope; readonly parts: T[] }[];
}

/** Parts grouped by resource and scope, in the order of their first part. */
export function groupByScope<T>(
  parts: Iterable<T>,
  of: (part: T) => { readonly resource: Resource; readonly scope: Scope },
): ResourceGroup<T>[] {
  const resources = new Map<Resource, Map<Scope, T[]>>();
  for (const part of parts) {
    const { resource, scope } = of(part);
    let scopes = resources.get(resource);
    if (scopes === undefined) resources.set(resource, (scopes = new Map<Scope, T[]>()));
    const list = scopes.get(scope);
    if (list === undefined) scopes.set(scope, [part]);
    else list.push(part);
  }
  return Array.from(resources, ([resource, scopes]) => ({
    resource,
    scopes: Array.from(scopes, ([scope, own]) => ({ scope, parts: own })),
  }));
}
