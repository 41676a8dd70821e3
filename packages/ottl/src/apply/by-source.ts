import { pausing, type Steps } from "./steps.ts";

/** Things that come in an order, by what they are made of: there may be as many as there are metrics. */
export type BySource<K, T> = ReadonlyMap<K, readonly { readonly one: T; readonly order: number }[]>;

/** `all` by their sources. */
export function* bySource<K, T>(all: readonly T[], sourceOf: (one: T) => K): Steps<BySource<K, T>> {
  const map = new Map<K, { readonly one: T; readonly order: number }[]>();
  yield* pausing(all.entries(), ([order, one]) => {
    const source = sourceOf(one);
    const own = map.get(source);
    if (own === undefined) map.set(source, [{ one, order }]);
    else own.push({ one, order });
  });
  return map;
}

/** What is made of some sources, in its order. */
export function madeOf<K, T>(all: BySource<K, T>, sources: Iterable<K>): T[] {
  const found = Array.from(sources, (source) => all.get(source) ?? []).flat();
  return found.toSorted((a, b) => a.order - b.order).map(({ one }) => one);
}
