/** Longer names and lists are not compared: it would take long, and help nobody. */
const LONGEST_NAME = 80;
const LONGEST_LIST = 500;

/** `Did you mean "x"?` for the nearest of `known`, or else `otherwise`. */
export function didYouMean(got: string, known: readonly string[], otherwise: string): string {
  const best = nearest(got, known);
  return best === undefined ? otherwise : `Did you mean "${best}"?`;
}

/** The one of `known` that was most likely meant. */
export function nearest(got: string, known: readonly string[]): string | undefined {
  if (got.length > LONGEST_NAME || known.length > LONGEST_LIST) return undefined;
  // Two slips in a long word, one in a short one; "otlp" must not become "prom".
  let limit = got.length <= 3 ? 1 : Math.min(3, Math.ceil(got.length / 4));
  let best: string | undefined;
  for (const name of known) {
    if (name.length > LONGEST_NAME || Math.abs(name.length - got.length) > limit) continue;
    const slips = distance(got.toLowerCase(), name.toLowerCase());
    if (slips > limit || (best !== undefined && slips === limit)) continue;
    best = name;
    limit = slips;
  }
  // "gz" is more likely a short "gzip" than a slip.
  return best ?? (got.length >= 2 ? known.find((name) => name.startsWith(got)) : undefined);
}

/** Insertions, deletions, replacements and swaps of neighbours that make `b` of `a`. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    before = previous;
    previous = row;
  }
  return previous[b.length] ?? 0;
}

/** Names for a message: `a, b, c and 4 more`. */
export function listNames(names: readonly string[], shown = 12): string {
  if (names.length <= shown) return names.join(", ");
  return `${names.slice(0, shown).join(", ")} and ${names.length - shown} more`;
}
