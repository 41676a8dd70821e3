import { classOf, EDGE, isAt } from "./places.ts";
import type { Steps } from "./program.ts";

/** States that are kept of a pattern, and numbers in them; beyond, all are forgotten and made again as texts call for them. */
const MAX_STATES = 400;
const MAX_NUMBERS = 2 ** 18;

/** The steps that may go on at a place of a text, and what stands before it. */
class State {
  readonly steps: readonly number[];
  readonly before: number;
  /** What follows with each character of ASCII, and with others; undefined where no text has called for it yet. */
  readonly ascii: (State | undefined)[] = Array.from({ length: 128 });
  readonly others = new Map<number, State>();

  constructor(steps: readonly number[], before: number) {
    this.steps = steps;
    this.before = before;
  }
}

const matched = new State([], EDGE);

/**
 * Tells whether a pattern fits anywhere in a text, in some nanoseconds for each character whatever the text is: all ways are followed at
 * once, and which ones these are is looked up by the character (a deterministic automaton, made as far as texts call for it).
 */
export class LazyAutomaton {
  readonly #program: Steps;
  readonly #states = new Map<string, State>();
  #numbers = 0;
  /** In which round a step was followed, and noted as one that may go on. */
  readonly #followed: Uint32Array;
  readonly #noted: Uint32Array;
  #round = 0;
  #first: State;

  constructor(program: Steps) {
    this.#program = program;
    this.#followed = new Uint32Array(program.steps.length);
    this.#noted = new Uint32Array(program.steps.length);
    this.#first = this.#stateOf([], EDGE);
  }

  test(text: string): boolean {
    let state = this.#first;
    for (let at = 0; at < text.length; at++) {
      let code = text.charCodeAt(at);
      let next: State | undefined;
      if (code < 128) next = state.ascii[code];
      else {
        code = text.codePointAt(at)!;
        if (code > 0xffff) at++;
        next = state.others.get(code);
      }
      next ??= this.#after(state, code);
      if (next === matched) return true;
      state = next;
    }
    return this.#follow(state, EDGE, -1) === undefined;
  }

  #after(state: State, code: number): State {
    if (this.#states.size >= MAX_STATES || this.#numbers > MAX_NUMBERS) {
      this.#states.clear();
      this.#numbers = 0;
      this.#first = this.#stateOf([], EDGE);
    }
    const before = classOf(code);
    const steps = this.#follow(state, before, code);
    const next = steps === undefined ? matched : this.#stateOf(steps, before);
    if (code < 128) state.ascii[code] = next;
    else {
      // A map takes four numbers' room for each.
      this.#numbers += 4;
      state.others.set(code, next);
    }
    return next;
  }

  /** The steps behind a character, with what stands at the place before it; undefined where something fits there. -1 ends the text. */
  #follow({ steps: from, before }: State, behind: number, code: number): number[] | undefined {
    const { steps, start } = this.#program;
    const followed = this.#followed;
    const noted = this.#noted;
    const round = ++this.#round;
    const next: number[] = [];
    const pending = [...from, start];
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      if (followed[at] === round) continue;
      followed[at] = round;
      const step = steps[at]!;
      switch (step.kind) {
        case "match":
          return undefined;
        case "split":
          pending.push(step.second, step.first);
          break;
        case "save":
          pending.push(step.next);
          break;
        case "place":
          if (isAt(step.at, before, behind)) pending.push(step.next);
          break;
        case "one":
          if (code === -1 || noted[step.next] === round || !step.matcher.has(code)) break;
          noted[step.next] = round;
          next.push(step.next);
      }
    }
    return next;
  }

  #stateOf(steps: number[], before: number): State {
    const key = `${before}:${steps.sort((a, b) => a - b).join()}`;
    let state = this.#states.get(key);
    if (state === undefined) {
      state = new State(steps, before);
      this.#states.set(key, state);
      this.#numbers += steps.length;
    }
    return state;
  }
}
