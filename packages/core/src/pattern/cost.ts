import { matcherOf, type Matcher } from "./matcher.ts";
import type { Node } from "./nodes.ts";

/** Repetitions of more than this count like endless ones. */
const MANY = 8;

/** How the time of a backtracking search grows: at worst with 2 to the power of `bits` times the length to that of `degree`. */
export interface SearchCost {
  /** Infinity where the time can grow with a power of two. */
  readonly degree: number;
  readonly bits: number;
}

interface NodeCost extends SearchCost {
  /** Whether one way may pass by all of a text, though it could not have gone on elsewhere: `[a-z]+` of `[a-z]+@`. */
  readonly walks: boolean;
}

/** The cost of looking for a pattern. Never too small, and often too large. */
export function searchCost(node: Node): SearchCost {
  const { degree, bits, walks } = costOf(node, true);
  const begun = degree + (startsAtText(node) ? 0 : 1);
  // Once is no more than the text is long; from each place where it can begin, it is the square of that.
  return { degree: begun + (walks && begun > 0 ? 1 : 0), bits };
}

function startsAtText(node: Node): boolean {
  switch (node.kind) {
    case "place":
      return node.at === "textStart";
    case "sequence":
      return node.parts[0] !== undefined && startsAtText(node.parts[0]);
    case "group":
      return startsAtText(node.of);
    case "choice":
      return node.options.every(startsAtText);
    default:
      return false;
  }
}

const none: NodeCost = { degree: 0, bits: 0, walks: false };

/** `last`: nothing follows that could fail. */
function costOf(node: Node, last: boolean): NodeCost {
  switch (node.kind) {
    case "one":
    case "place":
      return none;
    case "group":
      return costOf(node.of, last);
    case "choice": {
      const costs = node.options.map((option) => costOf(option, last));
      return {
        degree: Math.max(...costs.map(({ degree }) => degree)),
        bits: Math.max(...costs.map(({ bits }) => bits)) + Math.log2(costs.length),
        walks: costs.some(({ walks }) => walks),
      };
    }
    case "sequence": {
      const costs = node.parts.map((part, index) => {
        const next = node.parts[index + 1];
        if (part.kind === "repeat" && next !== undefined && isDecided(part, next))
          return part.max > MANY ? { ...none, walks: true } : none;
        return costOf(part, last && next === undefined);
      });
      return {
        degree: costs.reduce((sum, { degree }) => sum + degree, 0),
        bits: costs.reduce((sum, { bits }) => sum + bits, 0),
        walks: costs.some(({ walks }) => walks),
      };
    }
    case "repeat": {
      const { of, min, max } = node;
      if (max <= 1) {
        const { degree, bits, walks } = costOf(of, false);
        return { degree, bits: bits + (min === max ? 0 : 1), walks };
      }
      if (!isFixed(of)) return { degree: Infinity, bits: 0, walks: false };
      if (last && isOne(of)) return none;
      // Where its ways are as many as the text is long, they are all of what it passes by.
      if (max - min > MANY) return { degree: 1, bits: 0, walks: false };
      return { degree: 0, bits: Math.log2(max - min + 1), walks: costOf(of, false).walks };
    }
  }
}

/** There is one way only in which it can fit, and it is never empty. */
function isFixed(node: Node): boolean {
  switch (node.kind) {
    case "one":
      return true;
    case "place":
      return false;
    case "group":
      return isFixed(node.of);
    case "sequence":
      return (
        node.parts.some((part) => isFixed(part)) &&
        node.parts.every((part, index) => isFixedPart(part, node.parts[index + 1]))
      );
    case "repeat":
      return node.min === node.max && node.min > 0 && isFixed(node.of);
    case "choice":
      return node.options.every(isFixed) && areApart(node.options);
  }
}

function isFixedPart(part: Node, next: Node | undefined): boolean {
  return isFixed(part) || (part.kind === "repeat" && next !== undefined && isDecided(part, next));
}

/** The first character tells which of the options it is. */
function areApart(options: readonly Node[]): boolean {
  const firsts = options.map(firstOf);
  return firsts.every((one, index) =>
    firsts.slice(index + 1).every((other) => one !== undefined && other !== undefined && isDisjoint(one, other)),
  );
}

function firstOf(node: Node): Matcher | undefined {
  switch (node.kind) {
    case "one":
      return matcherOf(node.source, node.fold);
    case "group":
      return firstOf(node.of);
    case "sequence":
      return node.parts[0] === undefined ? undefined : firstOf(node.parts[0]);
    case "repeat":
      return node.min > 0 ? firstOf(node.of) : undefined;
    default:
      return undefined;
  }
}

function isOne(node: Node): boolean {
  return node.kind === "one" || (node.kind === "group" && isOne(node.of));
}

/** What is repeated cannot begin what follows, so that the first character tells where the repetition ends. */
function isDecided(repeat: Extract<Node, { kind: "repeat" }>, next: Node): boolean {
  const body = isOne(repeat.of) ? firstOf(repeat.of) : undefined;
  const follower = firstOf(next);
  return body !== undefined && follower !== undefined && isDisjoint(body, follower);
}

/** Beyond ASCII both are taken to have everything, unless one has nothing there. */
function isDisjoint(a: Matcher, b: Matcher): boolean {
  for (let code = 0; code < 128; code++) if (a.ascii[code] === 1 && b.ascii[code] === 1) return false;
  return !a.beyond || !b.beyond;
}
