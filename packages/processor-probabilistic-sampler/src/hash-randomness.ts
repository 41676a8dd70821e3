/** Hashes fall into this many buckets: 14 bits. */
const BUCKETS = 0x4000;
const FNV_OFFSET = 0x811c_9dc5;
const FNV_PRIME = 0x0100_0193;

/**
 * The random value of these bytes, as the Collector makes it of an FNV-1a hash with a seed in front, so that both decide alike.
 * Its first 14 bits decide; the rest only fills.
 */
export function hashRandomness(bytes: Uint8Array, seed: number): string {
  let hash = FNV_OFFSET;
  for (let shift = 0; shift < 32; shift += 8) hash = fnv(hash, (seed >>> shift) & 0xff);
  for (const byte of bytes) hash = fnv(hash, byte);
  const bucket = hash % BUCKETS;
  const rest = hash >>> 18;
  const filling = rest ^ (rest << 10);
  const high = (BUCKETS - 1 - bucket) * BUCKETS + Math.floor(filling / BUCKETS);
  const low = (filling % BUCKETS) * BUCKETS + bucket;
  return high.toString(16).padStart(7, "0") + low.toString(16).padStart(7, "0");
}

/** The threshold of a percentage in `hash_seed` mode, in 14 bits and with the rounding of the Collector's 32-bit floats. */
export function hashThreshold(percentage: number): string | undefined {
  const kept = Math.trunc(Math.fround(Math.fround(percentage) * Math.fround(BUCKETS / 100)));
  return kept === 0 ? undefined : ((BUCKETS - kept) * BUCKETS).toString(16).padStart(7, "0").padEnd(14, "0");
}

function fnv(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, FNV_PRIME) >>> 0;
}
