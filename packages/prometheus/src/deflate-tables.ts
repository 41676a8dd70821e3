/** The length and distance codes of DEFLATE (RFC 1951, 3.2.5). */
export const END_OF_BLOCK = 256;
export const LITERAL_CODES = 286;
export const DISTANCE_CODES = 30;
export const SHORTEST_MATCH = 3;
export const LONGEST_MATCH = 258;
export const LARGEST_DISTANCE = 32_768;

/** By match length: its symbol, its extra bits and how many. */
export const lengthSymbol: Uint16Array = new Uint16Array(LONGEST_MATCH + 1);
export const lengthExtra: Uint8Array = new Uint8Array(LONGEST_MATCH + 1);
export const lengthExtraBits: Uint8Array = new Uint8Array(LONGEST_MATCH + 1);

/** By distance code: the first distance, and how many extra bits. */
export const distanceBase: Uint16Array = new Uint16Array(DISTANCE_CODES);
export const distanceExtraBits: Uint8Array = new Uint8Array(DISTANCE_CODES);
/** Distance codes: of `distance - 1` below 256, and of `256 + (distance - 1 >> 7)` above. */
const distanceCodes = new Uint8Array(512);

for (let symbol = 257, length = SHORTEST_MATCH; symbol < 285; symbol++) {
  const extraBits = symbol < 265 ? 0 : (symbol - 261) >> 2;
  for (let extra = 0; extra < 1 << extraBits && length < LONGEST_MATCH; extra++, length++) {
    lengthSymbol[length] = symbol;
    lengthExtra[length] = extra;
    lengthExtraBits[length] = extraBits;
  }
}
lengthSymbol[LONGEST_MATCH] = 285;

for (let code = 0, distance = 1; code < DISTANCE_CODES; code++) {
  const extraBits = code < 4 ? 0 : (code - 2) >> 1;
  distanceBase[code] = distance;
  distanceExtraBits[code] = extraBits;
  // Beyond 256 the table has an entry for 128 distances.
  const end = distance + (1 << extraBits);
  while (distance < end) {
    distanceCodes[distance <= 256 ? distance - 1 : 256 + ((distance - 1) >> 7)] = code;
    distance += distance <= 256 ? 1 : 128;
  }
}

/** The code of a distance. */
export function distanceCode(distance: number): number {
  return distance <= 256 ? distanceCodes[distance - 1]! : distanceCodes[256 + ((distance - 1) >> 7)]!;
}
