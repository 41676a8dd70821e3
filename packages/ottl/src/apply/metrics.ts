import {
  attributes,
  InternedMap,
  mapSeries,
  series,
  type Metrics,
  type MetricFamily,
  type Series,
} from "@tracecore/core/pdata";
import type { ErrorSink, Program } from "../compile/program.ts";
import type { Frame } from "../frame.ts";
import { AttributeView } from "../items/attribute-view.ts";
import { MetricItem, type Copy } from "../items/metric-item.ts";
import { OriginResults, Origins, ResourceItem, ScopeItem } from "../items/origins.ts";
import { PointItem, SectionEdits, sections } from "../items/point-item.ts";
import { copiesBySource, withCopies } from "./copied-points.ts";
import { PointAnswers } from "./point-answers.ts";
import { extractionsBySource, withExtracted, withFactors } from "./scaled-points.ts";
import { pausing, type Steps } from "./steps.ts";

/** The metrics of the parts of one batch: one item for each, under the resources and scopes that they share. */
export class Families {
  readonly answers: PointAnswers;
  readonly #origins = new Origins();
  readonly #items = new Map<MetricFamily, MetricItem>();
  readonly #results = new Map<MetricItem, MetricFamily>();
  readonly #originResults = new OriginResults();
  #last: MetricItem | undefined;

  constructor(parts: readonly Metrics[]) {
    this.answers = new PointAnswers(parts);
  }

  at(family: MetricFamily): MetricItem {
    if (family === this.#last?.original) return this.#last;
    let item = this.#items.get(family);
    if (item === undefined) {
      item = new MetricItem(family, this.#origins.at(family.resource, family.scope));
      const made = item;
      item.asks = (question) => this.answers.of(made.source, question);
      this.#items.set(family, item);
    }
    this.#last = item;
    return item;
  }

  /** The item of a copy. One that is called like another metric is that metric, with more points. */
  copyOf(metric: MetricItem, { family, by }: Copy): MetricItem {
    const known = this.#items.has(family);
    const item = this.at(family);
    if (!known) {
      item.source = metric.source;
      item.factor = metric.factor;
      for (const call of metric.copiedBy) item.copiedBy.add(call);
    }
    item.copiedBy.add(by);
    return item;
  }

  /** Whether any metric is different from what it was. */
  *changed(): Steps<boolean> {
    let count = 0;
    for (const item of this.#items.values()) {
      if (this.resultOf(item) !== item.original) return true;
      if (++count % 1000 === 0) yield;
    }
    return false;
  }

  /** What became of a metric. To be asked once all statements ran. */
  readonly resultOf = (item: MetricItem): MetricFamily => {
    let result = this.#results.get(item);
    if (result === undefined) this.#results.set(item, (result = item.result(this.#originResults)));
    return result;
  };
}

export function lookAt(frame: Frame, metric: MetricItem): void {
  frame.metric = metric;
  frame.scope = metric.scope;
  frame.resource = metric.scope.resource;
}

/** All metrics of a batch, in the order in which they come: section by section. */
function* familiesOf(parts: readonly Metrics[], families: Families): Steps<MetricItem[]> {
  const items = new Set<MetricItem>();
  let last: MetricFamily | undefined;
  for (const name of sections) {
    for (const part of parts) {
      for (const { family } of part[name].series) {
        if (family !== last) items.add(families.at(family));
        last = family;
      }
      yield;
    }
  }
  return [...items];
}

/** Runs statements over the scopes of the parts of a batch. */
export function* runScopes(
  parts: readonly Metrics[],
  program: Program,
  frame: Frame,
  sink: ErrorSink,
): Steps<Metrics[]> {
  const families = new Families(parts);
  const metrics = yield* familiesOf(parts, families);
  yield* pausing(new Set(metrics.map((metric) => metric.scope)), (scope) => {
    frame.scope = scope;
    frame.resource = scope.resource;
    program.run(frame, sink);
  });
  return yield* withFamilies(parts, families);
}

/** Runs statements over the metrics of the parts of a batch, those included that statements make. */
export function* runMetrics(
  parts: readonly Metrics[],
  program: Program,
  frame: Frame,
  sink: ErrorSink,
): Steps<Metrics[]> {
  const families = new Families(parts);
  // Of one part it is worked out when a statement asks.
  if (program.usage.allPoints && parts.length > 1) yield* families.answers.workOut(program.usage);
  const metrics = yield* familiesOf(parts, families);
  const copied: MetricItem[] = [];
  const known = new Set(metrics);
  // Those that are pushed in the meantime come as well.
  yield* pausing(metrics, (metric) => {
    lookAt(frame, metric);
    program.run(frame, sink);
    const copies = metric.copies.map((copy) => families.copyOf(metric, copy));
    copied.push(...copies);
    for (const one of [...metric.extracted, ...copies]) {
      if (!known.has(one)) metrics.push(one);
      known.add(one);
    }
  });
  const extracted = metrics.filter(({ extraction }) => extraction !== undefined);
  const isScaled = metrics.some(({ factor }) => factor !== 1);
  if (copied.length === 0 && extracted.length === 0 && !isScaled) return yield* withFamilies(parts, families);

  const itemOf = (one: Series): MetricItem => families.at(one.family);
  const copies = yield* copiesBySource(copied);
  const extractions = yield* extractionsBySource(extracted);
  const results: Metrics[] = [];
  for (const part of parts) {
    const longer = copied.length === 0 ? part : withCopies(part, copies);
    const scaled = isScaled ? withFactors(longer, itemOf) : longer;
    const renamed = withResults(scaled, families);
    results.push(withExtracted(renamed, longer, extractions, { itemOf, resultOf: families.resultOf }));
    yield;
  }
  return results;
}

function* withFamilies(parts: readonly Metrics[], families: Families): Steps<Metrics[]> {
  const results: Metrics[] = [...parts];
  if (!(yield* families.changed())) return results;
  for (const [index, part] of parts.entries()) {
    results[index] = withResults(part, families);
    yield;
  }
  return results;
}

function withResults(batch: Metrics, families: Families): Metrics {
  return mapSeries(batch, (one) => {
    const family = families.resultOf(families.at(one.family));
    return family === one.family ? one : series(family, one.attributes);
  });
}

/** Runs statements over series; what was made of one holds for as long as it is in use. */
export function seriesRunner(
  program: Program,
  frame: Frame,
  sink: ErrorSink,
): (parts: readonly Metrics[]) => Steps<Metrics[]> {
  const known = new InternedMap<Series, Series>();
  const view = new AttributeView();
  const point = { attributes: view } as PointItem; // Statements that read more of a point do not run over series.
  const mapped = (before: Series): Series => {
    const after = known.get(before);
    if (after !== undefined) return after;
    lookAtSeries(frame, before);
    view.pointAtSet(before.attributes);
    frame.datapoint = point;
    const fine = program.run(frame, sink);
    const result = view.changed ? before.withAttributes(attributes(view.toMap())) : before;
    if (fine) known.set(before, result);
    return result;
  };
  return function* (parts) {
    const results: Metrics[] = [];
    for (const part of parts) {
      results.push(mapSeries(part, mapped));
      yield;
    }
    return results;
  };
}

/** Looks at a series apart from any batch. */
export function lookAtSeries(frame: Frame, one: Series): void {
  lookAt(frame, new MetricItem(one.family, new ScopeItem(one.scope, new ResourceItem(one.resource))));
}

/** Runs statements over single points, section by section, of the parts of a batch. */
export function* runPoints(
  parts: readonly Metrics[],
  program: Program,
  frame: Frame,
  sink: ErrorSink,
): Steps<Metrics[]> {
  const families = new Families(parts);
  const edits: SectionEdits[][] = [];
  for (const index of sections.keys()) {
    for (const [at, part] of parts.entries()) {
      const own = (edits[at] ??= sections.map((name) => new SectionEdits(part, name)));
      runSection({ section: own[index]!, point: new PointItem(part, own[index]!) }, families, program, frame, sink);
      yield;
    }
  }
  const results: Metrics[] = [];
  for (const [at, part] of parts.entries()) {
    const own = edits[at]!.map((section) => section.result(families.resultOf));
    const same = own.every((section, index) => section === edits[at]![index]!.columns);
    results.push(
      same ? part : { ...part, ...Object.fromEntries(own.map((section, index) => [sections[index]!, section])) },
    );
    yield;
  }
  return results;
}

function runSection(
  { section, point }: { readonly section: SectionEdits; readonly point: PointItem },
  families: Families,
  program: Program,
  frame: Frame,
  sink: ErrorSink,
): void {
  const { length, series: all } = section.columns;
  frame.datapoint = point;
  for (let row = 0; row < length; row++) {
    const metric = families.at(all[row]!.family);
    section.metrics.push(metric);
    lookAt(frame, metric);
    point.moveTo(section, row);
    program.run(frame, sink);
    point.endRow();
  }
}
