/** mulberry32: the same inputs in each run, so that a finding can be found again. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b_79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** One to four changes: flipped and overwritten bytes, cut, repeated and moved stretches, lengths and numbers that are wrong. */
export function mutate(bytes: Buffer, next: () => number): Buffer {
  let out = Buffer.from(bytes);
  for (let left = 1 + Math.floor(next() * 4); left > 0; left--) {
    const at = Math.floor(next() * out.length);
    const length = Math.floor(next() * Math.min(16, out.length - at));
    switch (Math.floor(next() * 7)) {
      case 0:
        if (out.length > 0) out[at]! ^= 1 << Math.floor(next() * 8);
        break;
      case 1:
        if (out.length > 0) out[at] = Math.floor(next() * 256);
        break;
      case 2:
        out = out.subarray(0, at);
        break;
      case 3:
        out = Buffer.concat([out.subarray(0, at), out.subarray(at, at + length), out.subarray(at)]);
        break;
      case 4:
        out = Buffer.concat([out.subarray(0, at), out.subarray(at + length)]);
        break;
      case 5:
        out = Buffer.concat([out.subarray(0, at), Buffer.alloc(1 + Math.floor(next() * 11), 0xff), out.subarray(at)]);
        break;
      default:
        out = Buffer.concat([out.subarray(0, at), Buffer.from([0xff, 0xff, 0xff, 0xff, 0x07]), out.subarray(at)]);
    }
  }
  return out;
}
