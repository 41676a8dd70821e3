import { eachPart, filterLogs, filterPoints, filterSeries, filterTraces, InternedMap } from "@tracecore/core/pdata";
import type { Logs, MetricFamily, Metrics, Series, Traces } from "@tracecore/core/pdata";
import { compileConditions, dependsOnSeries, type ErrorSink } from "../compile/program.ts";
import { emptyFrame, lookingAway } from "../frame.ts";
import { AttributeView } from "../items/attribute-view.ts";
import { LogItem } from "../items/log-item.ts";
import { Origins } from "../items/origins.ts";
import { PointItem, SectionEdits, sections } from "../items/point-item.ts";
import { EventItem, SpanItem } from "../items/span-item.ts";
import { Families, lookAt, lookAtSeries } from "./metrics.ts";
import { lookAtOrigin } from "./rows.ts";

export interface DropOptions {
  /** Nanoseconds since 1970. */
  readonly now: () => bigint;
  readonly sink: ErrorSink;
}

/**
 * A batch without the items for which one of `conditions` holds; itself when none does. Of a part of a batch, `all` are the parts, the
 * same list for each: conditions may ask of all points of a metric, which they are asked about once.
 */
export function dropMetrics(
  conditions: readonly string[],
  { now, sink }: DropOptions,
): (batch: Metrics, all?: readonly Metrics[]) => Metrics {
  const { hold } = compileConditions("metric", conditions);
  const frame = emptyFrame(now);
  const wholes = new WeakMap<readonly Metrics[], { families: Families; known: Map<MetricFamily, boolean> }>();
  return lookingAway(frame, (batch: Metrics, all: readonly Metrics[] = [batch]) => {
    let whole = wholes.get(all);
    if (whole === undefined) wholes.set(all, (whole = { families: new Families(all), known: new Map() }));
    const { families, known } = whole;
    const keep = (one: Series): boolean => {
      const { family } = one;
      let kept = known.get(family);
      if (kept !== undefined) return kept;
      lookAt(frame, families.at(family));
      kept = !hold(frame, sink);
      known.set(family, kept);
      return kept;
    };
    return filterSeries(batch, keep);
  });
}

/** The parts of a batch, decoded with turns of the event loop between. */
export async function decodedParts(batch: Metrics): Promise<readonly Metrics[]> {
  const parts: Metrics[] = [];
  await eachPart(batch, (part) => {
    for (const name of sections) void part[name].length;
    parts.push(part);
  });
  return parts;
}

/** See {@link dropMetrics}: data points. */
export function dropPoints(conditions: readonly string[], { now, sink }: DropOptions): (batch: Metrics) => Metrics {
  const compiled = compileConditions("datapoint", conditions);
  const frame = emptyFrame(now);
  if (dependsOnSeries(compiled)) {
    const known = new InternedMap<Series, boolean>();
    const view = new AttributeView();
    const point = { attributes: view } as PointItem; // Conditions that read more of a point do not come here.
    return lookingAway(frame, (batch) =>
      filterSeries(batch, (one) => {
        let kept = known.get(one);
        if (kept !== undefined) return kept;
        let fine = true;
        lookAtSeries(frame, one);
        view.pointAtSet(one.attributes);
        frame.datapoint = point;
        kept = !compiled.hold(frame, (error, text) => {
          fine = false;
          sink(error, text);
        });
        if (fine) known.set(one, kept);
        return kept;
      }),
    );
  }
  return lookingAway(frame, (batch) => {
    const families = new Families([batch]);
    const edits = new Map(sections.map((name) => [name, new SectionEdits(batch, name)]));
    const point = new PointItem(batch, edits.get("numbers")!);
    frame.datapoint = point;
    return filterPoints(batch, (name, row) => {
      const section = edits.get(name)!;
      lookAt(frame, families.at(section.columns.series[row]!.family));
      point.moveTo(section, row);
      return !compiled.hold(frame, sink);
    });
  });
}

/** See {@link dropMetrics}: log records. */
export function dropLogs(conditions: readonly string[], { now, sink }: DropOptions): (batch: Logs) => Logs {
  const { hold } = compileConditions("log", conditions);
  const frame = emptyFrame(now);
  return lookingAway(frame, (batch) => {
    const origins = new Origins();
    const item = new LogItem(batch);
    frame.log = item;
    return filterLogs(batch, (row) => {
      lookAtOrigin(frame, origins, batch, row);
      item.moveTo(row);
      return !hold(frame, sink);
    });
  });
}

/** See {@link dropMetrics}: spans. */
export function dropSpans(conditions: readonly string[], { now, sink }: DropOptions): (batch: Traces) => Traces {
  const { hold } = compileConditions("span", conditions);
  const frame = emptyFrame(now);
  return lookingAway(frame, (batch) => {
    const origins = new Origins();
    const item = new SpanItem(batch);
    frame.span = item;
    return filterTraces(batch, (row) => {
      lookAtOrigin(frame, origins, batch, row);
      item.moveTo(row);
      return !hold(frame, sink);
    });
  });
}

/** See {@link dropMetrics}: events of spans; the spans stay. */
export function dropSpanEvents(conditions: readonly string[], { now, sink }: DropOptions): (batch: Traces) => Traces {
  const { hold } = compileConditions("spanevent", conditions);
  const frame = emptyFrame(now);
  return lookingAway(frame, (batch) => {
    const origins = new Origins();
    const item = new SpanItem(batch);
    frame.span = item;
    for (const row of batch.extras.keys()) {
      lookAtOrigin(frame, origins, batch, row);
      item.moveTo(row);
      const { events } = item.extras;
      const kept = events.filter((event, index) => {
        frame.spanevent = new EventItem(event, index);
        return !hold(frame, sink);
      });
      if (kept.length < events.length) item.extras = { ...item.extras, events: kept };
    }
    return item.result();
  });
}
