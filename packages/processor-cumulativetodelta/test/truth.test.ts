import { timeAt, type Metrics } from "@tracecore/core/pdata";
import { cumulativeToDeltaProcessor } from "@tracecore/processor-cumulativetodelta";
import { runProcessor } from "@tracecore/testkit";
import { batchOf, seconds, type TimedPoint } from "@tracecore/testkit/metrics";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

/** What happens to a counter, second by second. */
interface Second {
  /** What it counts. */
  readonly events: number;
  /** It starts again at the end of the second before, from zero. */
  readonly restarts: boolean;
  /** Its point of this second: not sent, sent, sent twice, or sent with the point before it behind it. */
  readonly sent: "no" | "once" | "twice" | "late";
  /** So long a silence before that the series is forgotten. */
  readonly forgotten: boolean;
}

const histories = fc.array(
  fc.record({
    events: fc.nat({ max: 5 }),
    restarts: fc.integer({ min: 0, max: 4 }).map((die) => die === 0),
    sent: fc.constantFrom("no", "once", "once", "twice", "late"),
    forgotten: fc.integer({ min: 0, max: 9 }).map((die) => die === 0),
  } satisfies Record<keyof Second, fc.Arbitrary<unknown>>),
  { minLength: 2, maxLength: 40 },
);

const MAX_STALENESS_MS = 60_000;

/** Sends the points of a history, and gives start, end (seconds) and value of each delta. */
async function deltasOf(history: readonly Second[], tells: boolean, initial: string): Promise<number[][]> {
  const yaml = `{ max_staleness: ${MAX_STALENESS_MS}ms, initial_value: ${initial} }`;
  await using processor = await runProcessor(cumulativeToDeltaProcessor, yaml);
  let [start, value] = [0, 0];
  let before: TimedPoint | undefined;
  for (const [i, { events, restarts, sent, forgotten }] of history.entries()) {
    if (restarts) [start, value] = [i, 0];
    value += events;
    const point = { start: tells ? start : -1, at: i + 1, value, integer: true };
    if (forgotten) await processor.clock.advance(2 * MAX_STALENESS_MS + 1);
    if (sent !== "no") await processor.consume(batchOf(point));
    if (sent === "twice") await processor.consume(batchOf(point));
    if (sent === "late" && before !== undefined) await processor.consume(batchOf(before));
    before = point;
  }
  return processor.out.batches.flatMap((batch) => {
    const { numbers } = batch as Metrics;
    return Array.from({ length: numbers.length }, (_, row) => [
      Number((timeAt(numbers.startTimes, row) - seconds(0)) / 1_000_000_000n),
      Number((timeAt(numbers.times, row) - seconds(0)) / 1_000_000_000n),
      numbers.values[row]!,
    ]);
  });
}

/** What really was counted from the end of second `from` to the end of second `to`. */
function counted(all: readonly Second[], from: number, to: number): number {
  return all.slice(from, to).reduce((sum, { events }) => sum + events, 0);
}

describe("every delta", () => {
  test.each(["auto", "keep"])("is just what was counted in its time, whatever happened (%s)", async (initial) => {
    await fc.assert(
      fc.asyncProperty(histories, async (all) => {
        let last = 0;
        for (const [start, end, value] of (await deltasOf(all, true, initial)) as [number, number, number][]) {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThan(start);
          expect(value).toBe(counted(all, start, end));
          last = end;
        }
      }),
      { numRuns: 300 },
    );
  });

  test("of a counter that does not tell of its restarts is never more than was counted in its time", async () => {
    await fc.assert(
      fc.asyncProperty(histories, async (all) => {
        let last = 0;
        for (const [start, end, value] of (await deltasOf(all, false, "drop")) as [number, number, number][]) {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(value).toBeLessThanOrEqual(counted(all, start, end));
          last = end;
        }
      }),
      { numRuns: 300 },
    );
  });
});
