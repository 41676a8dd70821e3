/** A canonical prefix code: symbol → bits (first bit lowest, as DEFLATE wants them) and their number. */
export interface PrefixCode {
  readonly bits: Uint16Array;
  readonly lengths: Uint8Array;
}

/** The best prefix code for these frequencies with no length above `limit`; a symbol with frequency 0 has none. */
export function prefixCode(frequencies: readonly number[], limit: number): PrefixCode {
  const lengths = codeLengths(frequencies, limit);
  const counts = new Uint16Array(limit + 1);
  for (const length of lengths) counts[length]!++;
  counts[0] = 0;
  const next = new Uint16Array(limit + 2);
  for (let length = 1; length <= limit; length++) next[length + 1] = (next[length]! + counts[length]!) << 1;
  const bits = new Uint16Array(lengths.length);
  for (const [symbol, length] of lengths.entries()) {
    if (length > 0) bits[symbol] = reversed(next[length]!++, length);
  }
  return { bits, lengths };
}

/** Package-merge (Larmore, Hirschberg 1990): optimal lengths under a limit. */
function codeLengths(frequencies: readonly number[], limit: number): Uint8Array {
  interface Package {
    readonly weight: number;
    readonly symbols: readonly number[];
  }
  const leaves: Package[] = [];
  for (const [symbol, weight] of frequencies.entries()) if (weight > 0) leaves.push({ weight, symbols: [symbol] });
  leaves.sort((a, b) => a.weight - b.weight);
  const lengths = new Uint8Array(frequencies.length);
  if (leaves.length === 1) lengths[leaves[0]!.symbols[0]!] = 1;
  if (leaves.length < 2) return lengths;
  let packages: Package[] = [];
  for (let level = 0; level < limit; level++) {
    const merged = [...packages, ...leaves].sort((a, b) => a.weight - b.weight);
    packages = [];
    for (let i = 0; i + 1 < merged.length; i += 2) {
      const [a, b] = [merged[i]!, merged[i + 1]!];
      packages.push({ weight: a.weight + b.weight, symbols: [...a.symbols, ...b.symbols] });
    }
  }
  for (const { symbols } of packages.slice(0, leaves.length - 1)) for (const symbol of symbols) lengths[symbol]!++;
  return lengths;
}

function reversed(code: number, length: number): number {
  let out = 0;
  for (let i = 0; i < length; i++) out |= ((code >> i) & 1) << (length - 1 - i);
  return out;
}
