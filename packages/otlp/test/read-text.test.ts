import { describe, expect, test } from "vitest";
import { MOST_EXACT, readText, type ExactBytes } from "../src/wire/read-text.ts";
import { asBuffer } from "../src/wire/wire-reader.ts";
import { random } from "./mutate.ts";

const KIB = 1024;
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

function read(bytes: Uint8Array, before = 3, of: ExactBytes = { exactLeft: MOST_EXACT }): string {
  const around = Buffer.concat([Buffer.alloc(before, 0xf0), bytes, Buffer.alloc(4, 0x80)]);
  return readText(asBuffer(around), before, before + bytes.length, of);
}

/** Where texts differ, without a megabyte of a message. */
function difference(actual: string, expected: string): string | undefined {
  if (actual === expected) return undefined;
  let at = 0;
  while (at < actual.length && actual[at] === expected[at]) at++;
  return `at ${at} of ${actual.length}/${expected.length}: ${JSON.stringify([actual.slice(at, at + 20), expected.slice(at, at + 20)])}`;
}

describe("texts", () => {
  test("of any length are read as the Encoding Standard says, where they are no UTF-8 in places", () => {
    const next = random(7);
    const pieces = ["plain", "häuser", "漢字", "😀", "\u0000", "\ufeff", "\u{10ffff}"].map((text) => Buffer.from(text));
    const broken = ["ff", "80", "c3", "e6bc", "f09f98", "eda080", "f8888080", "c080", "f4908080", "e0809f"].map((hex) =>
      Buffer.from(hex, "hex"),
    );
    for (const length of [10, 4 * KIB, 5 * KIB, 64 * KIB + 1, 100 * KIB, 200 * KIB]) {
      const parts: Buffer[] = [];
      for (let size = 0; size < length; size += parts.at(-1)!.length) {
        const of = next() < 0.02 ? broken : pieces;
        parts.push(of[Math.floor(next() * of.length)]!);
      }
      const bytes = Buffer.concat(parts);
      expect(difference(read(bytes), decoder.decode(bytes))).toBeUndefined();
    }
  });

  test("that end within a character lose nothing but that, wherever their blocks end", () => {
    for (const text of ["a", "é", "漢", "😀"]) {
      for (const lead of ["", "a", "ab", "abc"]) {
        const bytes = Buffer.from(lead + text.repeat(1024 * KIB)).subarray(0, 1024 * KIB);
        const cut = Buffer.concat([bytes, Buffer.from([0xf0, 0x9f])]);
        expect(difference(read(cut), decoder.decode(cut))).toBeUndefined();
      }
    }
  });

  test("that are long keep all that is UTF-8, and have U+FFFD for each other byte once there were 256 KiB of such blocks", () => {
    const noise = Buffer.alloc(512 * KIB);
    for (let i = 0; i < noise.length; i++) noise[i] = (i * 167) & 0xff;
    const sound = Buffer.from("漢字 and more\n".repeat(64 * KIB));
    const text = read(Buffer.concat([sound, noise, sound]));
    const [before, after] = [sound.toString(), sound.toString().slice(4 * KIB)];
    expect(difference(text.slice(0, before.length), before)).toBeUndefined();
    // The block in which the noise ends is no UTF-8 either.
    expect(difference(text.slice(-after.length), after)).toBeUndefined();
    expect(/^[\0-\x7f\ufffd]+$/.test(text.slice(-before.length - 100 * KIB, -before.length))).toBe(true);
    for (const [byte, code] of [
      [0x7f, "\u007f"],
      [0x80, "\ufffd"],
      [0xc3, "\ufffd"],
      [0xff, "\ufffd"],
    ] as const) {
      expect(
        difference(
          read(Buffer.concat([Buffer.alloc(400 * KIB, 0xff), Buffer.alloc(8 * KIB, byte)])).slice(-KIB),
          code.repeat(KIB),
        ),
      ).toBeUndefined();
    }
  });

  test("share what is read exactly, where one reader reads several", () => {
    const of = { exactLeft: MOST_EXACT };
    const euro = Buffer.concat([Buffer.from("€".repeat(2000)), Buffer.of(0xff)]);
    const exact = decoder.decode(euro);
    let times = 0;
    for (; difference(read(euro, 0, of), exact) === undefined; times++) expect(times).toBeLessThan(200);
    // Of each, its second block has the broken byte.
    expect(times * (euro.length - 4 * KIB)).toBeGreaterThanOrEqual(MOST_EXACT - euro.length);
    // The first block of a text, and short texts, are read whatever was read before.
    expect(read(euro, 0, of).slice(0, 1000)).toBe("€".repeat(1000));
    expect(read(Buffer.from("é\u00ff\ud800"), 0, of)).toBe("éÿ\ufffd");
  });
});
