/**
 * Where a run of attributes ends whose values hold no messages: from the content of one, which ends at `firstEnd`, on to the last
 * that has the same tag, a single byte, and ends by `end`. `first` when not even this one is such an attribute. Most of a request
 * is attributes, and half of the time of a check would go into them otherwise.
 */
export function pastPlain(
  bytes: Uint8Array,
  tag: number,
  first: number,
  firstEnd: number,
  end: number,
  numbers: boolean,
): number {
  let past = first;
  let pos = first;
  let after = firstEnd;
  while (isPlain(bytes, pos, after, numbers)) {
    past = after;
    if (past + 2 > end || bytes[past] !== tag) break;
    const length = bytes[past + 1]!;
    pos = past + 2;
    after = pos + length;
    if (length >= 0x80 || after > end) break;
  }
  return past;
}

/**
 * Whether a KeyValue is just a key and a text, both shorter than 128 bytes, or with `numbers` a number or bool: then its lengths
 * need no walk.
 */
function isPlain(bytes: Uint8Array, start: number, end: number, numbers: boolean): boolean {
  if (end - start < 6 || bytes[start] !== 0x0a) return false;
  const value = start + 2 + bytes[start + 1]!;
  // A length of 128 or more has its highest bit set, and points behind any KeyValue this short.
  if (value + 4 > end || bytes[start + 1]! >= 0x80 || bytes[value] !== 0x12) return false;
  const rest = end - value - 2;
  if (rest >= 0x80 || bytes[value + 1] !== rest) return false;
  if (bytes[value + 2] === 0x0a) return bytes[value + 3] === rest - 2;
  return numbers && isNumber(bytes, value + 2, end);
}

/** Whether an AnyValue is a double, an integer or a bool. */
function isNumber(bytes: Uint8Array, start: number, end: number): boolean {
  const tag = bytes[start];
  if (tag === 0x21) return end - start === 9;
  if ((tag !== 0x18 && tag !== 0x10) || end - start > 11 || bytes[end - 1]! >= 0x80) return false;
  for (let pos = start + 1; pos < end - 1; pos++) if (bytes[pos]! < 0x80) return false;
  return true;
}
