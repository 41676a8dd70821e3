import { matcherOf, type Matcher } from "./matcher.ts";
import type { Node, Place } from "./nodes.ts";
import { PatternError } from "./pattern-error.ts";

/** Steps that a pattern may have; each costs time for each character of a text. */
const MAX_STEPS = 20_000;

/** One step of a search. `next` is the index of the step after it. */
export type Step =
  | { readonly kind: "one"; readonly matcher: Matcher; readonly next: number }
  | { readonly kind: "place"; readonly at: Place; readonly next: number }
  | { readonly kind: "save"; readonly slot: number; readonly next: number }
  | { readonly kind: "split"; readonly first: number; readonly second: number }
  | { readonly kind: "match" };

/** The steps of a pattern, of which `start` is the first. */
export interface Steps {
  readonly steps: readonly Step[];
  readonly start: number;
  /** The characters of ASCII with which a match can begin; undefined where it can be empty, or depends on a place. */
  readonly first: Uint8Array | undefined;
}

/** Makes steps of a pattern. Throws PatternError where there would be too many. */
export function stepsOf(node: Node, source: string): Steps {
  const steps: Step[] = [{ kind: "match" }];
  const add = (step: Step): number => {
    if (steps.length >= MAX_STEPS) {
      throw new PatternError(`more than ${MAX_STEPS} steps`, source, 0, "Lower the counts in braces, or write * and +");
    }
    return steps.push(step) - 1;
  };
  // Built from the end: a part knows where it goes on.
  const build = (part: Node, next: number): number => {
    switch (part.kind) {
      case "one":
        return add({ kind: "one", matcher: matcherOf(part.source, part.fold), next });
      case "place":
        return add({ kind: "place", at: part.at, next });
      case "sequence":
        return part.parts.reduceRight((after, inner) => build(inner, after), next);
      case "choice":
        return part.options
          .map((option) => build(option, next))
          .reduceRight((second, first) => add({ kind: "split", first, second }));
      case "group": {
        const end = add({ kind: "save", slot: 2 * part.index + 1, next });
        return add({ kind: "save", slot: 2 * part.index, next: build(part.of, end) });
      }
      case "repeat":
        return repeat(part, next);
    }
  };
  const split = (body: number, after: number, lazy: boolean): number =>
    add(lazy ? { kind: "split", first: after, second: body } : { kind: "split", first: body, second: after });
  const repeat = ({ of, min, max, lazy }: Extract<Node, { kind: "repeat" }>, next: number): number => {
    let start = next;
    if (max === Infinity) {
      const loop = add({ kind: "match" }); // Its place; filled in once the body is there.
      const body = build(of, loop);
      steps[loop] = lazy ? { kind: "split", first: next, second: body } : { kind: "split", first: body, second: next };
      start = loop;
    } else for (let times = min; times < max; times++) start = split(build(of, start), next, lazy);
    for (let times = 0; times < min; times++) start = build(of, start);
    return start;
  };
  const start = build(node, 0);
  return { steps, start, first: firstCharacters(steps, start) };
}

function firstCharacters(steps: readonly Step[], start: number): Uint8Array | undefined {
  const first = new Uint8Array(128);
  const seen = new Set<number>();
  const pending = [start];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    const step = steps[at]!;
    if (step.kind === "match" || step.kind === "place") return undefined;
    if (step.kind === "split") pending.push(step.first, step.second);
    else if (step.kind === "save") pending.push(step.next);
    else for (let code = 0; code < 128; code++) if (step.matcher.ascii[code] === 1) first[code] = 1;
  }
  return first;
}
