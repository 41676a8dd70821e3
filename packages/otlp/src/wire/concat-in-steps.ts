/** What is copied between two places where work may pause, in bytes: a third of a millisecond, and two where the memory is new. */
const STEP_BYTES = 1024 * 1024;

/** One buffer of all pieces. */
export function* concatInSteps(pieces: readonly Uint8Array[]): Generator<undefined, Uint8Array> {
  const size = pieces.reduce((sum, { length }) => sum + length, 0);
  if (pieces.length === 1) return pieces[0]!;
  if (size <= STEP_BYTES) return Buffer.concat(pieces, size);
  const whole = Buffer.allocUnsafeSlow(size);
  let at = 0;
  let left = STEP_BYTES;
  for (const piece of pieces) {
    for (let from = 0; from < piece.length; from += STEP_BYTES) {
      const some = piece.subarray(from, from + STEP_BYTES);
      whole.set(some, at);
      at += some.length;
      left -= some.length;
      if (left > 0) continue;
      left = STEP_BYTES;
      yield;
    }
  }
  return whole;
}
