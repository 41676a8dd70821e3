/** Entry of `@tracecore/core/pattern`: regular expressions as configs of the Collector write them. */
import { searchCost, type SearchCost } from "./cost.ts";
import { jsSource } from "./js-source.ts";
import { LazyAutomaton } from "./lazy-automaton.ts";
import { DeadEnds, linearSearch } from "./linear-search.ts";
import type { Parsed } from "./nodes.ts";
import { parsePattern } from "./parse-pattern.ts";
import { PatternError } from "./pattern-error.ts";
import { stepsOf, type Steps } from "./program.ts";

export { PatternError };

/** One place where a pattern fits. */
export interface Match {
  readonly from: number;
  readonly to: number;
  /** The whole match, and its groups from 1 on; undefined for a group that took no part. */
  readonly groups: readonly (string | undefined)[];
  readonly names: ReadonlyMap<string, string | undefined>;
}

/** A regular expression in the syntax of RE2, as configs of the Collector write it. No text makes it take long. */
export interface Pattern {
  /** Names of its groups. */
  readonly names: readonly string[];
  test(text: string): boolean;
  exec(text: string): Match | undefined;
  /** All matches, from left to right. */
  matches(text: string): Match[];
  /** The text with what `by` makes of each match in its place. */
  replace(text: string, by: (match: Match) => string): string;
}

/** Ways that a backtracking search may go in one text at worst; beyond, all ways are followed at once. 1 ms to 3 ms. */
const MAX_WAYS = 1e6;
/** The same for each character, where it is only asked whether the pattern fits: what follows all ways takes as long. */
const MAX_WAYS_EACH = 32;

/** Reads a regular expression. Throws PatternError for what is none. */
export function patternOf(source: string): Pattern {
  return compiled(source, parsePattern(source));
}

/** A pattern of the shell for a whole text: `*` and `?` (for any characters), `[a-z]`, `[!a-z]`, `{one,other}`. */
export function globOf(source: string): Pattern {
  let body = "";
  let depth = 0;
  for (let at = 0; at < source.length; at++) {
    const sign = source[at]!;
    if (sign === "*") body += ".*";
    else if (sign === "?") body += ".";
    else if (sign === "{") {
      body += "(?:";
      depth++;
    } else if (sign === "," && depth > 0) body += "|";
    else if (sign === "}" && depth > 0) {
      body += ")";
      depth--;
    } else if (sign === "[") {
      const end = source.indexOf("]", at + 2);
      if (end === -1) throw new PatternError('a "[" is not closed', source, at, "Write \\[ for the character");
      body += `[${source
        .slice(at + 1, end)
        .replace(/^!/, "^")
        .replaceAll("[", "\\[")}]`;
      at = end;
    } else {
      if (sign === "\\" && at + 1 < source.length) at++;
      body += source[at]!.replace(/[!-/:-@[-`{-~]/, "\\$&");
    }
  }
  if (depth > 0)
    throw new PatternError('a "{" is not closed', source, source.indexOf("{"), "Write \\{ for the character");
  return patternOf(`(?s)^(?:${body})$`);
}

function compiled(source: string, { node, groups }: Parsed): Pattern {
  const fast = new RegExp(jsSource(node), "ug");
  const cost = searchCost(node);
  const longest = longestFor(cost);
  const isQuick = isQuickFor(cost);
  // Made now, so that a pattern that is too large is refused when the config is read.
  const steps: Steps = stepsOf(node, source);
  const names = groups.filter((name) => name !== undefined);
  const isCheap = (text: string): boolean => text.length <= longest;
  let automaton: LazyAutomaton | undefined;
  const fits = (text: string): boolean => (automaton ??= new LazyAutomaton(steps)).test(text);

  const match = (slots: readonly (string | undefined)[], from: number): Match => ({
    from,
    to: from + slots[0]!.length,
    groups: slots,
    names: new Map(groups.flatMap((name, index) => (name === undefined ? [] : [[name, slots[index + 1]]]))),
  });
  const find = (text: string, from: number, deadEnds?: DeadEnds): Match | undefined => {
    if (from === 0 && !isQuick(text) && !fits(text)) return undefined;
    if (isCheap(text)) {
      fast.lastIndex = from;
      const found = fast.exec(text);
      return found === null ? undefined : match([...found], found.index);
    }
    const slots = linearSearch(steps, text, from, deadEnds);
    if (slots === undefined) return undefined;
    const texts = Array.from({ length: groups.length + 1 }, (_, index) => {
      const start = slots[2 * index] ?? -1;
      const end = slots[2 * index + 1] ?? -1;
      return start === -1 || end === -1 ? undefined : text.slice(start, end);
    });
    return match(texts, slots[0]!);
  };
  const matches = (text: string): Match[] => {
    const all: Match[] = [];
    let at = 0;
    let last = -1;
    const deadEnds = isCheap(text) ? undefined : DeadEnds.of(steps, text);
    while (at <= text.length) {
      const found = find(text, at, deadEnds);
      if (found === undefined) break;
      // As in Go, an empty match does not follow another one at once.
      if (found.to > found.from || found.from !== last) all.push(found);
      last = found.to;
      at = found.to > found.from ? found.to : found.to + ((text.codePointAt(found.to) ?? 0) > 0xffff ? 2 : 1);
    }
    return all;
  };
  return {
    names,
    test(text) {
      if (!isQuick(text)) return fits(text);
      fast.lastIndex = 0;
      return fast.test(text);
    },
    exec: (text) => find(text, 0),
    matches,
    replace(text, by) {
      let out = "";
      let from = 0;
      for (const one of matches(text)) {
        out += text.slice(from, one.from) + by(one);
        from = one.to;
      }
      return out + text.slice(from);
    },
  };
}

/** The longest text on which a search stepping back stays within its ways. */
function longestFor({ degree, bits }: SearchCost): number {
  if (degree === Infinity) return 0;
  const ways = MAX_WAYS / 2 ** bits;
  if (degree === 0) return ways >= 1 ? Infinity : 0;
  return Math.floor(ways ** (1 / degree));
}

/** For which texts a search stepping back stays within its ways for each character. */
function isQuickFor({ degree, bits }: SearchCost): (text: string) => boolean {
  if (degree === Infinity) return () => false;
  const ways = 2 ** bits;
  return ({ length }) => ways * length ** Math.max(degree - 1, 0) <= MAX_WAYS_EACH;
}
