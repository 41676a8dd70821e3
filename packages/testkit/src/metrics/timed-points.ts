import type { Batch } from "@tracecore/core";
import {
  emptyResource,
  emptyScope,
  metricFamily,
  MetricsBuilder,
  series,
  timeAt,
  type ExponentialHistogramInput,
  type HistogramInput,
  type MetricDescriptor,
  type Metrics,
  type PointOptions,
  type Series,
} from "@tracecore/core/pdata";

/** A point for a test; times are seconds after the manual clock began, `start: -1` leaves the start time out. */
export interface TimedPoint extends Partial<MetricDescriptor> {
  readonly at: number;
  readonly start?: number;
  readonly value?: number | bigint;
  readonly integer?: boolean;
  readonly noValue?: boolean;
  readonly histogram?: HistogramInput;
  readonly exponential?: ExponentialHistogramInput;
  readonly attributes?: Record<string, string>;
}

const beganNanos = 1_700_000_000_000_000_000n;

/** The time that many seconds after the manual clock began, in nanoseconds since 1970. */
export const seconds = (after: number): bigint => beganNanos + BigInt(Math.round(after * 1e9));

/** A batch of these points: rising cumulative sums called "requests" unless they say otherwise. */
export function batchOf(...points: readonly TimedPoint[]): Metrics {
  const builder = new MetricsBuilder(0n);
  for (const {
    at,
    start = 0,
    value = 0,
    integer,
    noValue,
    histogram,
    exponential,
    attributes = {},
    ...own
  } of points) {
    const options: PointOptions = {
      timeUnixNano: seconds(at),
      startTimeUnixNano: start === -1 ? 0n : seconds(start),
      ...(integer !== undefined && { integer }),
      ...(noValue !== undefined && { noValue }),
    };
    const kind = histogram === undefined ? (exponential === undefined ? "sum" : "exponential_histogram") : "histogram";
    const one = seriesOf({ kind, monotonic: kind === "sum", ...own }, attributes);
    if (histogram !== undefined) builder.addHistogram(one, histogram, options);
    else if (exponential !== undefined) builder.addExponentialHistogram(one, exponential, options);
    else builder.addNumber(one, value, options);
  }
  return builder.build();
}

function seriesOf(own: Partial<MetricDescriptor>, attributes: Record<string, string>): Series {
  const descriptor = { name: "requests", description: "", unit: "1", kind: "sum", monotonic: true } as const;
  return series(
    metricFamily(emptyResource, emptyScope, { ...descriptor, temporality: "cumulative", ...own }),
    attributes,
  );
}

/** What came out of each sum: start, end (seconds after the beginning; -1 where it is not set) and value. */
export function sumsOf(batches: readonly Batch[]): (number | bigint)[][] {
  return batches.flatMap((batch) => {
    if (batch.signal !== "metrics") return [];
    const { numbers } = batch;
    return Array.from({ length: numbers.length }, (_, row) => [
      ...timesOf(numbers, row),
      numbers.exactIntegers?.get(row) ?? numbers.values[row]!,
    ]);
  });
}

/** Start and end of a row, as seconds after the manual clock began; -1 for a start that is not set. */
export function timesOf(points: Pick<Metrics["numbers"], "startTimes" | "times">, row: number): [number, number] {
  const [start, time] = [timeAt(points.startTimes, row), timeAt(points.times, row)];
  return [start === 0n ? -1 : Number(start - beganNanos) / 1e9, Number(time - beganNanos) / 1e9];
}

/** An exponential histogram of one count, of which nothing more is said. */
export function exponentialOf(
  own: Partial<NonNullable<TimedPoint["exponential"]>>,
): NonNullable<TimedPoint["exponential"]> {
  const none = { offset: 0, counts: [] };
  return { count: 1, scale: 0, zeroCount: 0, positive: none, negative: none, ...own };
}
