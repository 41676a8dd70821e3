/** Classes behind a backslash, as what stands inside brackets in JavaScript. RE2's are those of ASCII. */
export const perlClasses: Readonly<Record<string, string>> = {
  d: "0-9",
  D: "\\u{0}-\\u{2f}\\u{3a}-\\u{10ffff}",
  w: "0-9A-Za-z_",
  W: "\\u{0}-\\u{2f}\\u{3a}-\\u{40}\\u{5b}-\\u{5e}\\u{60}\\u{7b}-\\u{10ffff}",
  s: "\\t\\n\\f\\r\\u{20}",
  S: "\\u{0}-\\u{8}\\u{b}\\u{e}-\\u{1f}\\u{21}-\\u{10ffff}",
};

const named: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
  alnum: [
    [0x30, 0x39],
    [0x41, 0x5a],
    [0x61, 0x7a],
  ],
  alpha: [
    [0x41, 0x5a],
    [0x61, 0x7a],
  ],
  ascii: [[0, 0x7f]],
  blank: [
    [9, 9],
    [0x20, 0x20],
  ],
  cntrl: [
    [0, 0x1f],
    [0x7f, 0x7f],
  ],
  digit: [[0x30, 0x39]],
  graph: [[0x21, 0x7e]],
  lower: [[0x61, 0x7a]],
  print: [[0x20, 0x7e]],
  punct: [
    [0x21, 0x2f],
    [0x3a, 0x40],
    [0x5b, 0x60],
    [0x7b, 0x7e],
  ],
  space: [
    [9, 13],
    [0x20, 0x20],
  ],
  upper: [[0x41, 0x5a]],
  word: [
    [0x30, 0x39],
    [0x41, 0x5a],
    [0x5f, 0x5f],
    [0x61, 0x7a],
  ],
  xdigit: [
    [0x30, 0x39],
    [0x41, 0x46],
    [0x61, 0x66],
  ],
};

/** `[:alpha:]` and its kin, as what stands inside brackets. */
export function namedClass(name: string, not: boolean): string | undefined {
  const ranges = Object.hasOwn(named, name) ? named[name] : undefined;
  if (ranges === undefined) return undefined;
  const wanted: (readonly [number, number])[] = [];
  if (not) {
    let from = 0;
    for (const [low, high] of ranges) {
      if (low > from) wanted.push([from, low - 1]);
      from = high + 1;
    }
    wanted.push([from, 0x10_ffff]);
  } else wanted.push(...ranges);
  return wanted.map(([low, high]) => `\\u{${low.toString(16)}}-\\u{${high.toString(16)}}`).join("");
}

const controls: Readonly<Record<string, number>> = { a: 7, f: 12, t: 9, n: 10, r: 13, v: 11 };

/** The character that an escape stands for, and how long it is without its backslash; undefined for what is none. */
export function escapedCode(
  source: string,
  at: number,
): { readonly code: number; readonly length: number } | undefined {
  const sign = source[at] ?? "";
  if (Object.hasOwn(controls, sign)) return { code: controls[sign]!, length: 1 };
  const [hex, short, long] = /^x(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]{1,6})\})/.exec(source.slice(at, at + 10)) ?? [];
  if (hex !== undefined) {
    const code = Number.parseInt(short ?? long!, 16);
    return code <= 0x10_ffff ? { code, length: hex.length } : undefined;
  }
  // One digit that is not zero would refer back to a group.
  const [octal] = /^(?:0[0-7]{0,2}|[1-7][0-7]{1,2})/.exec(source.slice(at, at + 3)) ?? [];
  if (octal !== undefined) return { code: Number.parseInt(octal, 8), length: octal.length };
  // Any sign of ASCII that is no letter and no digit stands for itself.
  return /^[!-/:-@[-`{-~]$/.test(sign) ? { code: sign.charCodeAt(0), length: 1 } : undefined;
}
