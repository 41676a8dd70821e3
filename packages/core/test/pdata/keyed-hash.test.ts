import fc from "fast-check";
import { expect, test } from "vitest";
import { hashBytes, hashDouble, hashText, joinHashes } from "../../src/pdata/keyed-hash.ts";

const bytesOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

test("equal bytes have one hash wherever they stand", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3000 }), fc.nat(9), (bytes, offset) => {
      const moved = new Uint8Array(bytes.length + 20);
      moved.set(bytes, offset);
      const hash = hashBytes(bytesOf(bytes), 0, bytes.length);
      expect(hashBytes(bytesOf(moved), offset, offset + bytes.length)).toBe(hash);
    }),
  );
});

test("texts that are hashed outside of JavaScript have one hash each, whatever they are made of", () => {
  const lengths = [65_536, 65_537, 200_000];
  const texts = ["a", "é", "漢", "\ud800"].flatMap((one) => lengths.map((length) => one.repeat(length)));
  const hashes = texts.map(hashText);
  expect(new Set(hashes).size).toBe(texts.length);
  expect(texts.map((text) => hashText(text.slice(0, 70_000) + text.slice(70_000)))).toEqual(hashes);
});

test("long texts that differ in halves of surrogate pairs alone have other hashes", () => {
  const texts = Array.from({ length: 100 }, (_, i) => `${"x".repeat(65_536)}${String.fromCharCode(0xd800 + i)}`);
  expect(new Set(texts.map(hashText)).size).toBe(100);
});

test.each<[string, (i: number) => string]>([
  ["that differ in one character", (i) => `${String.fromCodePoint(i)}${"x".repeat(40)}`],
  ["of which one is the beginning of the next", (i) => "\0".repeat(i)],
  ["that differ behind what is hashed in one piece", (i) => `${"y".repeat(2000)}${i}`],
  // Sums of powers of one number meet in these whatever the number is.
  ["made of Thue and Morse's sequence", (i) => thueMorse(i)],
  ["of two characters", (i) => i.toString(2).padStart(14, "0")],
])("texts %s do not gather in one place of a table", (_title, text) => {
  const texts = new Set(Array.from({ length: 10_000 }, (_, i) => text(i)));
  // 10 on average, and some 25 in the fullest one. Few keys of a million let some pairs meet, and none lets many texts do.
  const places = new Uint32Array(1024);
  for (const one of texts) places[hashText(one) & 1023]!++;
  expect(Math.max(...places)).toBeLessThan(150);
});

/** A choice between two blocks of the sequence for each bit of `i`, which are equal in every polynomial modulo 2^32. */
function thueMorse(i: number): string {
  let [a, b] = ["a", "b"];
  for (let round = 0; round < 7; round++) [a, b] = [a + b, b + a];
  return Array.from({ length: 14 }, (_, bit) => ((i >> bit) & 1 ? a : b)).join("");
}

test("numbers have a hash each, NaN one, and 0 and -0 two", () => {
  const numbers = [0, -0, 0.5, -0.5, 1e300, Infinity, -Infinity, Number.MIN_VALUE, Number.NaN];
  expect(new Set(numbers.map(hashDouble)).size).toBe(numbers.length);
  expect(hashDouble(Number.NaN)).toBe(hashDouble(-Number.NaN));
});

test("the order of two hashes matters", () => {
  expect(joinHashes(hashText("a"), hashText("b"))).not.toBe(joinHashes(hashText("b"), hashText("a")));
});
