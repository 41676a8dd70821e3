import type { Batch, ConnectorFactory, ProcessorFactory } from "@tracecore/core";
import { filterLogs, filterPoints, filterTraces, setParts } from "@tracecore/core/pdata";
import { runProcessor } from "./run-processor.ts";
import type { RecordingSink } from "./sinks.ts";

/** A batch with the rows of `batch` that is worked on in parts of `rows` each, as those are that came in large. */
export function inParts<B extends Batch>(batch: B, rows = 3): B {
  const copy = { ...batch };
  setParts(copy, function* () {
    for (let from = 0; from < batch.itemCount; from += rows) {
      yield undefined; // A codec may pause anywhere.
      yield rowsFrom(batch, from, from + rows) as B;
    }
  });
  return copy;
}

function rowsFrom(batch: Batch, from: number, to: number): Batch {
  const isIn = (row: number): boolean => row >= from && row < to;
  if (batch.signal === "logs") return filterLogs(batch, isIn);
  if (batch.signal === "traces") return filterTraces(batch, isIn);
  let before = 0;
  return filterPoints(batch, () => isIn(before++));
}

type Out = Pick<RecordingSink, "points" | "logRecords" | "spans">;

/** What comes out of a processor or connector for a batch, once given as a whole and once in parts: it should be the same. */
export async function wholeAndInParts(
  factory: ProcessorFactory | ConnectorFactory,
  yaml: string,
  batch: Batch,
): Promise<{ readonly whole: Out; readonly parts: Out }> {
  const outOf = async (given: Batch): Promise<Out> => {
    await using running = await runProcessor(factory, yaml);
    await running.consume(given);
    const { points, logRecords, spans } = running.out;
    return { points, logRecords, spans };
  };
  return { whole: await outOf({ ...batch }), parts: await outOf(inParts(batch)) };
}
