import type { Batch } from "@tracecore/core";
import { eachPart, hasParts, mapParts, type Logs, type Metrics, type Traces } from "@tracecore/core/pdata";
import {
  compileGroup,
  dependsOnSeries,
  worksInParts,
  type ErrorSink,
  type Program,
  type StatementGroup,
} from "../compile/program.ts";
import type { Signal } from "../compile/contexts.ts";
import { emptyFrame, lookingAway, type Frame } from "../frame.ts";
import { runMetrics, runPoints, runScopes, seriesRunner } from "./metrics.ts";
import { resourceRunner } from "./origins.ts";
import { runRows } from "./rows.ts";
import { runAtOnce, runInTurns, type Steps } from "./steps.ts";

export interface TransformOptions {
  /** Nanoseconds since 1970. */
  readonly now: () => bigint;
  readonly sink: ErrorSink;
}

/**
 * A batch after the statements; itself when they changed nothing. A large one is worked on in parts, with turns of the event loop
 * between, and becomes what it would become as a whole.
 */
export type Transform = (batch: Batch) => Batch | Promise<Batch>;

/** Makes a list of statements into a function of batches of one signal. Throws OttlError for what cannot be compiled. */
export function transform(signal: Signal, group: StatementGroup, { now, sink }: TransformOptions): Transform {
  const program = compileGroup(signal, group);
  const frame = emptyFrame(now);
  const begin = runner(signal, program, frame, sink);
  return (batch) => {
    if (batch.signal !== signal) return batch;
    return hasParts(batch) ? begin.inTurns(batch) : begin.atOnce(batch);
  };
}

/** How a program runs over a batch. */
interface Runner {
  readonly atOnce: (batch: Batch) => Batch;
  readonly inTurns: (batch: Batch) => Promise<Batch>;
}

function runner(signal: Signal, program: Program, frame: Frame, sink: ErrorSink): Runner {
  if (program.context === "resource") return partByPart(frame, resourceRunner(program, frame, sink));
  if (program.context === "datapoint" && dependsOnSeries(program)) {
    const run = seriesRunner(program, frame, sink);
    return partByPart(frame, () => run as (part: Batch) => Batch);
  }
  const steps = stepsOf(signal, program, frame, sink);
  const atOnce = (batch: Batch): Batch => runAtOnce(frame, steps([batch]))[0]!;
  if (worksInParts(program)) return { atOnce, inTurns: (batch) => mapParts(batch, atOnce) };
  return {
    atOnce,
    async inTurns(batch) {
      const parts: Batch[] = [];
      await eachPart(batch, (part) => void parts.push(part));
      const results = await runInTurns(frame, steps(parts));
      let at = 0;
      return await mapParts(batch, () => results[at++]!);
    },
  };
}

/** Runs what `begin` gives for a batch over its parts. */
function partByPart(frame: Frame, begin: () => (part: Batch) => Batch): Runner {
  return {
    atOnce: (batch) => lookingAway(frame, begin())(batch),
    inTurns: (batch) => mapParts(batch, lookingAway(frame, begin())),
  };
}

/** What becomes of the parts of a batch, which share what is above their items. */
function stepsOf(
  signal: Signal,
  program: Program,
  frame: Frame,
  sink: ErrorSink,
): (parts: readonly Batch[]) => Steps<Batch[]> {
  if (signal !== "metrics") return (parts) => runRows(parts as readonly (Logs | Traces)[], program, frame, sink);
  const run = program.context === "scope" ? runScopes : program.context === "metric" ? runMetrics : runPoints;
  return (parts) => run(parts as readonly Metrics[], program, frame, sink);
}
