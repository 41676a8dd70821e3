import type { Batch } from "@tracecore/core";
import type { Metrics } from "@tracecore/core/pdata";
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

export interface TransformOptions {
  /** Nanoseconds since 1970. */
  readonly now: () => bigint;
  readonly sink: ErrorSink;
}

/** A batch after the statements; itself when they changed nothing. */
export interface Transform {
  (batch: Batch): Batch;
  /** It comes to the same to run it for the parts of a batch, one by one. */
  readonly worksInParts: boolean;
}

/** Makes a list of statements into a function of batches of one signal. Throws OttlError for what cannot be compiled. */
export function transform(signal: Signal, group: StatementGroup, { now, sink }: TransformOptions): Transform {
  const program = compileGroup(signal, group);
  const frame = emptyFrame(now);
  const run = lookingAway(frame, runner(signal, program, frame, sink));
  return Object.assign(run, { worksInParts: worksInParts(program) });
}

function runner(signal: Signal, program: Program, frame: Frame, sink: ErrorSink): (batch: Batch) => Batch {
  if (program.context === "resource") return resourceRunner(program, frame, sink);
  if (signal !== "metrics") {
    return (batch) => (batch.signal === signal ? runRows(batch, program, frame, sink) : batch);
  }
  const run = metricsRunner(program);
  return (batch) => (batch.signal === "metrics" ? run(batch) : batch);

  function metricsRunner(one: Program): (batch: Metrics) => Metrics {
    switch (one.context) {
      case "scope":
        return (batch) => runScopes(batch, one, frame, sink);
      case "metric":
        return (batch) => runMetrics(batch, one, frame, sink);
      default:
        return dependsOnSeries(one) ? seriesRunner(one, frame, sink) : (batch) => runPoints(batch, one, frame, sink);
    }
  }
}
