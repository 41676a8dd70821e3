import type { Batch } from "@tracecore/core";
import {
  eachPart,
  hasParts,
  mapParts,
  mapResources,
  mapResourcesInTurns,
  type Logs,
  type Metrics,
  type Traces,
} from "@tracecore/core/pdata";
import {
  compileGroup,
  dependsOnSeries,
  worksInParts,
  type ErrorSink,
  type Program,
  type StatementGroup,
} from "../compile/program.ts";
import type { Signal } from "../compile/contexts.ts";
import { emptyFrame, type Frame } from "../frame.ts";
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
  const { atOnce, inTurns } = runner(signal, program, frame, sink);
  return (batch) => {
    if (batch.signal !== signal) return batch;
    return hasParts(batch) ? inTurns(batch) : atOnce(batch);
  };
}

/** How a program runs over a batch. */
interface Runner {
  readonly atOnce: (batch: Batch) => Batch;
  readonly inTurns: (batch: Batch) => Promise<Batch>;
}

function runner(signal: Signal, program: Program, frame: Frame, sink: ErrorSink): Runner {
  if (program.context === "resource") {
    const begin = resourceRunner(program, frame, sink);
    return {
      atOnce: (batch) => mapResources(batch, begin()),
      inTurns: (batch) => mapResourcesInTurns(batch, begin()),
    };
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

/** What becomes of the parts of a batch, which share what is above their items. */
function stepsOf(
  signal: Signal,
  program: Program,
  frame: Frame,
  sink: ErrorSink,
): (parts: readonly Batch[]) => Steps<Batch[]> {
  if (signal !== "metrics") return (parts) => runRows(parts as readonly (Logs | Traces)[], program, frame, sink);
  if (program.context === "datapoint" && dependsOnSeries(program)) {
    return seriesRunner(program, frame, sink) as (parts: readonly Batch[]) => Steps<Batch[]>;
  }
  const run = program.context === "scope" ? runScopes : program.context === "metric" ? runMetrics : runPoints;
  return (parts) => run(parts as readonly Metrics[], program, frame, sink);
}
