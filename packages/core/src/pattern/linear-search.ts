import type { Place } from "./nodes.ts";
import type { Steps } from "./program.ts";

type Slots = readonly number[];
const noSlots: Slots = [];

/**
 * The first match of a pattern from `from` on, in time that grows with the length of the text only: all ways are followed at once.
 * Gives where the match and its groups begin and end, in pairs; -1 for a group that took no part. With `any` it gives the first
 * place where something fits, which may not be the whole match.
 */
export function linearSearch(
  { steps, start, first: canBegin }: Steps,
  text: string,
  from: number,
  any: boolean,
): Slots | undefined {
  let current = new Threads(steps.length);
  let following = new Threads(steps.length);
  let found: Slots | undefined;

  const follow = (into: Threads, first: number, at: number, firstSlots: Slots): void => {
    // A stack of its own: a pattern of thousands of steps would be too deep for that of the engine.
    const pending: { readonly step: number; readonly slots: Slots }[] = [{ step: first, slots: firstSlots }];
    for (let one = pending.pop(); one !== undefined; one = pending.pop()) {
      if (into.seen[one.step] === 1) continue;
      into.seen[one.step] = 1;
      const step = steps[one.step]!;
      switch (step.kind) {
        case "split":
          pending.push({ step: step.second, slots: one.slots }, { step: step.first, slots: one.slots });
          break;
        case "save":
          pending.push({ step: step.next, slots: any ? one.slots : saved(one.slots, step.slot, at) });
          break;
        case "place":
          if (isAt(step.at, text, at)) pending.push({ step: step.next, slots: one.slots });
          break;
        default:
          into.steps.push(one.step);
          into.slots.push(one.slots);
      }
    }
  };

  for (let at = from; ;) {
    if (canBegin !== undefined && found === undefined && current.steps.length === 0) {
      // Nothing is under way: on to where something can begin.
      while (at < text.length && text.charCodeAt(at) < 128 && canBegin[text.charCodeAt(at)] === 0) at++;
    }
    if (found === undefined) follow(current, start, at, any ? noSlots : [at]);
    if (current.steps.length === 0 && found !== undefined) return found;
    const code = at < text.length ? text.codePointAt(at)! : -1;
    const width = code > 0xffff ? 2 : 1;
    for (let index = 0; index < current.steps.length; index++) {
      const step = steps[current.steps[index]!]!;
      const slots = current.slots[index]!;
      if (step.kind === "match") {
        found = any ? [at, at] : saved(slots, 1, at);
        if (any) return found;
        break; // What comes after is less wanted.
      }
      if (step.kind === "one" && code !== -1 && step.matcher.has(code)) follow(following, step.next, at + width, slots);
    }
    if (code === -1) return found;
    at += width;
    [current, following] = [following, current];
    following.clear();
  }
}

/** Ways that are followed, the most wanted first. */
class Threads {
  readonly seen: Uint8Array;
  readonly steps: number[] = [];
  readonly slots: Slots[] = [];

  constructor(size: number) {
    this.seen = new Uint8Array(size);
  }

  clear(): void {
    this.seen.fill(0);
    this.steps.length = 0;
    this.slots.length = 0;
  }
}

function saved(slots: Slots, slot: number, at: number): Slots {
  const copy = slots.slice();
  while (copy.length <= slot) copy.push(-1);
  copy[slot] = at;
  return copy;
}

function isAt(place: Place, text: string, at: number): boolean {
  switch (place) {
    case "textStart":
      return at === 0;
    case "textEnd":
      return at === text.length;
    case "lineStart":
      return at === 0 || text[at - 1] === "\n";
    case "lineEnd":
      return at === text.length || text[at] === "\n";
    case "wordEdge":
      return isWord(text.charCodeAt(at - 1)) !== isWord(text.charCodeAt(at));
    case "noWordEdge":
      return isWord(text.charCodeAt(at - 1)) === isWord(text.charCodeAt(at));
  }
}

function isWord(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || code === 95 || (code >= 97 && code <= 122);
}
