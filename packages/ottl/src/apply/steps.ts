import { atOnce, inTurns } from "@tracecore/core";
import { lookAway, type Frame } from "../frame.ts";

/**
 * Work that may pause. What it looks at in a frame it has to set again after each pause: another batch may have been worked on in
 * between.
 */
export type Steps<R> = Generator<undefined, R>;

/** Statements mostly run in a few microseconds: so many runs are a millisecond at most, and pauses cost nothing beside them. */
const RUNS = 100;

/** `all`, with pauses between. */
export function* pausing<T>(all: Iterable<T>, each: (one: T) => void): Steps<void> {
  let count = 0;
  for (const one of all) {
    each(one);
    if (++count % RUNS === 0) yield;
  }
}

/** The result of steps without a pause. The frame looks at nothing after them. */
export function runAtOnce<R>(frame: Frame, steps: Steps<R>): R {
  try {
    return atOnce(steps);
  } finally {
    lookAway(frame);
  }
}

/** The result of steps with turns of the event loop between. The frame looks at nothing in each pause. */
export function runInTurns<R>(frame: Frame, steps: Steps<R>): Promise<R> {
  return inTurns({
    next() {
      try {
        return steps.next();
      } finally {
        lookAway(frame);
      }
    },
  });
}
