import { classOf, EDGE, isAt } from "./places.ts";
import type { Steps } from "./program.ts";

type Slots = readonly number[];

/** Bits that are kept of a text at most: 8 MiB. */
const MAX_BITS = 2 ** 26;

/**
 * From which steps, at which places of a text, no match is reached. What one search has followed in vain the next one leaves out:
 * so all matches together take no longer than one, though each may have to look at all that follows it.
 */
export class DeadEnds {
  readonly #bits: Uint32Array;
  readonly #steps: number;

  private constructor(steps: number, places: number) {
    this.#steps = steps;
    this.#bits = new Uint32Array(Math.ceil((steps * places) / 32));
  }

  /** Undefined where there would be too many to keep. */
  static of({ steps }: Steps, text: string): DeadEnds | undefined {
    const places = text.length + 1;
    return steps.length * places > MAX_BITS ? undefined : new DeadEnds(steps.length, places);
  }

  keyOf(step: number, at: number): number {
    return at * this.#steps + step;
  }

  has(step: number, at: number): boolean {
    const key = this.keyOf(step, at);
    return (this.#bits[key >>> 5]! & (1 << (key & 31))) !== 0;
  }

  add(keys: readonly number[]): void {
    for (const key of keys) this.#bits[key >>> 5]! |= 1 << (key & 31);
  }
}

/**
 * The first match of a pattern from `from` on, in time that grows with the length of the text only: all ways are followed at once.
 * Gives where the match and its groups begin and end, in pairs; -1 for a group that took no part.
 */
export function linearSearch(
  { steps, start, first: canBegin }: Steps,
  text: string,
  from: number,
  deadEnds?: DeadEnds,
): Slots | undefined {
  let current = new Threads(steps.length);
  let following = new Threads(steps.length);
  let found: Slots | undefined;
  /** What was followed since a match was found, to find a better one: in vain, as long as there is none. */
  const vain: number[] = [];

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
          pending.push({ step: step.next, slots: saved(one.slots, step.slot, at) });
          break;
        case "place":
          if (isAt(step.at, classAt(text, at - 1), classAt(text, at)))
            pending.push({ step: step.next, slots: one.slots });
          break;
        default:
          if (deadEnds?.has(one.step, at) === true) continue;
          into.steps.push(one.step);
          into.slots.push(one.slots);
      }
    }
  };

  for (let at = from; ;) {
    if (canBegin !== undefined && found === undefined && current.steps.length === 0) {
      // Nothing is under way: on to where something can begin.
      const before = at;
      while (at < text.length && text.charCodeAt(at) < 128 && canBegin[text.charCodeAt(at)] === 0) at++;
      if (at > before) current.clear(); // Steps that were seen without anything coming of it.
    }
    if (found === undefined) follow(current, start, at, [at]);
    if (current.steps.length === 0 && found !== undefined) {
      deadEnds?.add(vain);
      return found;
    }
    const code = at < text.length ? text.codePointAt(at)! : -1;
    const width = code > 0xffff ? 2 : 1;
    for (let index = 0; index < current.steps.length; index++) {
      const step = steps[current.steps[index]!]!;
      const slots = current.slots[index]!;
      if (step.kind === "match") {
        found = saved(slots, 1, at);
        vain.length = 0;
        break; // What comes after is less wanted.
      }
      if (deadEnds !== undefined && found !== undefined) vain.push(deadEnds.keyOf(current.steps[index]!, at));
      if (step.kind === "one" && code !== -1 && step.matcher.has(code)) follow(following, step.next, at + width, slots);
    }
    if (code === -1) {
      deadEnds?.add(vain);
      return found;
    }
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

function classAt(text: string, at: number): number {
  return at < 0 || at >= text.length ? EDGE : classOf(text.charCodeAt(at));
}
