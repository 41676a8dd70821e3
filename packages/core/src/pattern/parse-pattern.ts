import { escapedCode, namedClass, perlClasses } from "./classes.ts";
import type { Node, Parsed, Place } from "./nodes.ts";
import { PatternError } from "./pattern-error.ts";

interface Flags {
  readonly fold: boolean;
  readonly multiline: boolean;
  readonly dotAll: boolean;
  readonly lazy: boolean;
}

const MAX_DEPTH = 100;
const MAX_REPEAT = 1000;
const places: Readonly<Record<string, Place>> = { A: "textStart", z: "textEnd", b: "wordEdge", B: "noWordEdge" };

/** What expressions of JavaScript have and RE2 does not, by what it begins with. */
const refused: readonly (readonly [RegExp, string, string])[] = [
  [
    /^\(\?<?[=!]/,
    "looks around, which RE2 does not",
    "Match what stands around too, or leave things out by a rule of its own",
  ],
  [/^\(\?>/, "keeps what it took, which RE2 does not know", "Write (?:…): no text makes a pattern take long here"],
  [/^\\(?:[1-9]|k<)/, "refers back to a group, which RE2 does not", "Write out what may stand there"],
  [/^\\u/, "is an escape of JavaScript", "Write the number of the character as in \\x{e9}"],
  [/^\\Z/, "is unknown", "The end of the text is \\z"],
];

/** Reads a regular expression in the syntax of RE2. Throws PatternError. */
export function parsePattern(source: string): Parsed {
  return new PatternParser(source).parse();
}

class PatternParser {
  readonly #source: string;
  readonly #groups: (string | undefined)[] = [];
  #at = 0;
  #depth = 0;
  #flags: Flags = { fold: false, multiline: false, dotAll: false, lazy: false };

  constructor(source: string) {
    this.#source = source;
  }

  parse(): Parsed {
    const node = this.#choice();
    if (this.#at < this.#source.length) throw this.#error('")" without "("', "Write \\) for the character");
    return { node, groups: this.#groups };
  }

  #error(message: string, remedy = "", offset = this.#at): PatternError {
    return new PatternError(message, this.#source, offset, remedy);
  }

  /** Says so where one of the things begins at `offset` that RE2 leaves out. */
  #known(offset: number): void {
    const rest = this.#source.slice(offset, offset + 4);
    for (const [start, what, remedy] of refused) {
      const [sign] = start.exec(rest) ?? [];
      if (sign !== undefined) throw this.#error(`"${sign}" ${what}`, remedy, offset);
    }
  }

  #take(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #choice(): Node {
    if (++this.#depth > MAX_DEPTH) throw this.#error(`groups stand more than ${MAX_DEPTH} deep in each other`);
    const before = this.#flags;
    const options = [this.#sequence()];
    while (this.#take("|")) options.push(this.#sequence());
    this.#flags = before;
    this.#depth--;
    return options.length === 1 ? options[0]! : { kind: "choice", options };
  }

  #sequence(): Node {
    const parts: Node[] = [];
    while (this.#at < this.#source.length && !"|)".includes(this.#source[this.#at]!)) {
      if (this.#take("\\Q")) {
        const end = this.#source.indexOf("\\E", this.#at);
        const text = this.#source.slice(this.#at, end === -1 ? undefined : end);
        this.#at = end === -1 ? this.#source.length : end + 2;
        const literals = Array.from(text, (character) => this.#literal(character.codePointAt(0)!));
        const last = literals.pop();
        parts.push(...literals);
        if (last !== undefined) parts.push(this.#repeated(last));
        continue;
      }
      const atom = this.#atom();
      if (atom !== undefined) parts.push(this.#repeated(atom));
    }
    return parts.length === 1 ? parts[0]! : { kind: "sequence", parts };
  }

  /** Undefined for flags, which are no part. */
  #atom(): Node | undefined {
    const code = this.#source.codePointAt(this.#at)!;
    const character = String.fromCodePoint(code);
    const { multiline, dotAll } = this.#flags;
    this.#at += character.length;
    switch (character) {
      case ".":
        return { kind: "one", source: dotAll ? "[^]" : "[^\\n]", fold: false };
      case "^":
        return { kind: "place", at: multiline ? "lineStart" : "textStart" };
      case "$":
        return { kind: "place", at: multiline ? "lineEnd" : "textEnd" };
      case "[":
        return { kind: "one", source: this.#class(), fold: this.#flags.fold };
      case "(":
        return this.#group();
      case "\\":
        return this.#escape();
      case "*":
      case "+":
      case "?":
        throw this.#error(
          `nothing to repeat before "${character}"`,
          `Write \\${character} for the character`,
          this.#at - 1,
        );
      default:
        return this.#literal(code);
    }
  }

  #literal(code: number): Node {
    // Plain where it can be: the engine looks for plain texts faster than for classes.
    const character = String.fromCodePoint(code);
    const source = /^[A-Za-z0-9 "#%&',:;<=>@_`~]$/.test(character) ? character : `[${one(code)}]`;
    return { kind: "one", source, fold: this.#flags.fold };
  }

  #escape(): Node {
    const sign = this.#source[this.#at] ?? "";
    if (Object.hasOwn(places, sign)) {
      this.#at++;
      return { kind: "place", at: places[sign]! };
    }
    const inner = this.#classEscape();
    return {
      kind: "one",
      source: typeof inner === "number" ? `[${one(inner)}]` : `[${inner}]`,
      fold: this.#flags.fold,
    };
  }

  /** What stands behind a backslash: a character, or part of a class. */
  #classEscape(): number | string {
    const sign = this.#source[this.#at] ?? "";
    if (Object.hasOwn(perlClasses, sign)) {
      this.#at++;
      return perlClasses[sign]!;
    }
    const property = /^([pP])(?:\{(\^?)([A-Za-z_]+)\}|([A-Z]))/.exec(this.#source.slice(this.#at, this.#at + 60));
    if (property !== null) {
      const [whole, letter, not, long, short] = property;
      this.#at += whole.length;
      return this.#property(
        (letter === "P") !== (not === "^") ? "P" : "p",
        long ?? short!,
        this.#at - whole.length - 1,
      );
    }
    const found = escapedCode(this.#source, this.#at);
    if (found === undefined) {
      this.#known(this.#at - 1);
      throw this.#error(`unknown escape "\\${sign}"`, "Write \\\\ for a backslash", this.#at - 1);
    }
    this.#at += found.length;
    return found.code;
  }

  #property(letter: string, name: string, offset: number): string {
    for (const candidate of [name, `Script=${name}`]) {
      const source = `\\${letter}{${candidate}}`;
      if (isPattern(source)) return source;
    }
    throw this.#error(`unknown class of characters "${name}"`, "", offset);
  }

  #class(): string {
    const start = this.#at - 1;
    const open = (): PatternError => this.#error('a "[" is not closed', "Write \\[ for the character", start);
    const not = this.#take("^") ? "^" : "";
    let body = "";
    for (let first = true; first || this.#source[this.#at] !== "]"; first = false) {
      if (this.#at >= this.#source.length) throw open();
      const low = this.#classItem();
      const dash = this.#source[this.#at] === "-" && this.#source[this.#at + 1] !== "]";
      if (typeof low === "string" || !dash) {
        body += typeof low === "string" ? low : one(low);
        continue;
      }
      const dashAt = this.#at++;
      if (this.#at >= this.#source.length) throw open();
      const high = this.#classItem();
      if (typeof high === "string" || high < low) throw this.#error("a range is out of order", "", dashAt);
      body += `${one(low)}-${one(high)}`;
    }
    this.#at++;
    return `[${not}${body}]`;
  }

  #classItem(): number | string {
    const named = /^\[:(\^?)([a-z]+):\]/.exec(this.#source.slice(this.#at, this.#at + 20));
    if (named !== null) {
      this.#at += named[0].length;
      const found = namedClass(named[2]!, named[1] === "^");
      if (found === undefined) {
        throw this.#error(`unknown class of characters "${named[0]}"`, "", this.#at - named[0].length);
      }
      return found;
    }
    if (this.#take("\\")) return this.#classEscape();
    const code = this.#source.codePointAt(this.#at)!;
    this.#at += code > 0xffff ? 2 : 1;
    return code;
  }

  #group(): Node | undefined {
    const start = this.#at - 1;
    if (this.#take("?P<") || /^\?<[A-Za-z_]/.test(this.#source.slice(this.#at, this.#at + 3))) {
      const name = /^(?:\?<)?([A-Za-z_]\w*)>/.exec(this.#source.slice(this.#at));
      if (name === null) throw this.#error("a group has no name that is one", "Write (?P<name>…)", start);
      if (this.#groups.includes(name[1])) {
        throw this.#error(`two groups have the name "${name[1]}"`, "Give one another name", start);
      }
      this.#at += name[0].length;
      return this.#captured(name[1], start);
    }
    if (!this.#take("?")) return this.#captured(undefined, start);
    const flags = /^([imsU]*)(?:-([imsU]+))?([:)])/.exec(this.#source.slice(this.#at, this.#at + 12));
    if (flags === null) {
      this.#known(start);
      throw this.#error('only (?:…), (?P<name>…) and flags such as (?i) can follow "(?"', "", start);
    }
    const [whole, on = "", off = "", end] = flags;
    this.#at += whole.length;
    const before = this.#flags;
    const flag = (sign: string, now: boolean): boolean => (on.includes(sign) || now) && !off.includes(sign);
    this.#flags = {
      fold: flag("i", before.fold),
      multiline: flag("m", before.multiline),
      dotAll: flag("s", before.dotAll),
      lazy: flag("U", before.lazy),
    };
    if (end === ")") return undefined;
    const node = this.#closed(start);
    this.#flags = before;
    return node;
  }

  #captured(name: string | undefined, start: number): Node {
    const index = this.#groups.push(name);
    return { kind: "group", of: this.#closed(start), index, name };
  }

  #closed(start: number): Node {
    const node = this.#choice();
    if (!this.#take(")")) throw this.#error('a "(" is not closed', "Write \\( for the character", start);
    return node;
  }

  #repeated(atom: Node): Node {
    let node = atom;
    for (let times = 0; ; times++) {
      const start = this.#at;
      const range = this.#range();
      if (range === undefined) return node;
      if (times > 0) throw this.#error("a repetition is repeated", "Write (?:…) around the first", start);
      const lazy = this.#take("?") !== this.#flags.lazy;
      node = { kind: "repeat", of: node, ...range, lazy };
    }
  }

  #range(): { readonly min: number; readonly max: number } | undefined {
    if (this.#take("*")) return { min: 0, max: Infinity };
    if (this.#take("+")) return { min: 1, max: Infinity };
    if (this.#take("?")) return { min: 0, max: 1 };
    const counted = /^\{(\d{1,6})(,(\d{0,6}))?\}/.exec(this.#source.slice(this.#at, this.#at + 16));
    if (counted === null) return undefined;
    this.#at += counted[0].length;
    const min = Number(counted[1]);
    const max = counted[2] === undefined ? min : counted[3] === "" ? Infinity : Number(counted[3]);
    if (min > MAX_REPEAT || (max !== Infinity && (max > MAX_REPEAT || max < min))) {
      throw this.#error(
        `a repetition is not ${counted[0]}: from 0 to ${MAX_REPEAT}, the smaller number first`,
        "",
        this.#at - counted[0].length,
      );
    }
    return { min, max };
  }
}

/** A character inside a class of JavaScript. */
function one(code: number): string {
  return `\\u{${code.toString(16)}}`;
}

function isPattern(source: string): boolean {
  try {
    return new RegExp(source, "u").unicode;
  } catch {
    return false;
  }
}
