import {
  attributes,
  mapSeries,
  series,
  type Attributes,
  type Metrics,
  type MetricFamily,
  type Series,
} from "@tracecore/core/pdata";
import type { ErrorSink, Program } from "../compile/program.ts";
import type { Frame } from "../frame.ts";
import { AttributeView } from "../items/attribute-view.ts";
import { MetricItem, type Copy } from "../items/metric-item.ts";
import { Origins, ResourceItem, ScopeItem } from "../items/origins.ts";
import { PointItem, SectionEdits, sections } from "../items/point-item.ts";
import { withCopies } from "./copied-points.ts";
import { withExtracted, withFactors } from "./scaled-points.ts";

/** The metrics of one batch: one item for each, under the resources and scopes that they share. */
export class Families {
  readonly #batch: Metrics;
  readonly #origins = new Origins();
  readonly #items = new Map<MetricFamily, MetricItem>();
  readonly #results = new Map<MetricItem, MetricFamily>();
  #last: MetricItem | undefined;
  #sets: Map<MetricFamily, Set<Attributes>> | undefined;

  constructor(batch: Metrics) {
    this.#batch = batch;
  }

  at(family: MetricFamily): MetricItem {
    if (family === this.#last?.original) return this.#last;
    let item = this.#items.get(family);
    if (item === undefined) {
      item = new MetricItem(family, this.#origins.at(family.resource, family.scope));
      item.pointAttributes = () => this.#attributesOf(family);
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

  /** The attribute sets of the points of a metric. Asked for by few statements, so worked out at the first question. */
  #attributesOf(family: MetricFamily): Iterable<Attributes> {
    if (this.#sets === undefined) {
      this.#sets = new Map();
      for (const name of sections) {
        for (const one of this.#batch[name].series) {
          let sets = this.#sets.get(one.family);
          if (sets === undefined) this.#sets.set(one.family, (sets = new Set()));
          sets.add(one.attributes);
        }
      }
    }
    return this.#sets.get(this.at(family).source) ?? [];
  }

  get changed(): boolean {
    return this.#items.values().some((item) => this.resultOf(item) !== item.original);
  }

  /** What became of a metric. To be asked once all statements ran. */
  readonly resultOf = (item: MetricItem): MetricFamily => {
    let result = this.#results.get(item);
    if (result === undefined) this.#results.set(item, (result = item.result()));
    return result;
  };
}

export function lookAt(frame: Frame, metric: MetricItem): void {
  frame.metric = metric;
  frame.scope = metric.scope;
  frame.resource = metric.scope.resource;
}

/** All metrics of a batch, in the order in which they come. */
function familiesOf(batch: Metrics, families: Families): MetricItem[] {
  const items = new Set<MetricItem>();
  let last: MetricFamily | undefined;
  for (const name of sections) {
    for (const { family } of batch[name].series) {
      if (family !== last) items.add(families.at(family));
      last = family;
    }
  }
  return [...items];
}

/** Runs statements over the scopes of a batch. */
export function runScopes(batch: Metrics, program: Program, frame: Frame, sink: ErrorSink): Metrics {
  const families = new Families(batch);
  for (const scope of new Set(familiesOf(batch, families).map((metric) => metric.scope))) {
    frame.scope = scope;
    frame.resource = scope.resource;
    program.run(frame, sink);
  }
  return withFamilies(batch, families);
}

/** Runs statements over the metrics of a batch, those included that statements make. */
export function runMetrics(batch: Metrics, program: Program, frame: Frame, sink: ErrorSink): Metrics {
  const families = new Families(batch);
  const metrics = familiesOf(batch, families);
  const copied: MetricItem[] = [];
  const known = new Set(metrics);
  for (let at = 0; at < metrics.length; at++) {
    const metric = metrics[at]!;
    lookAt(frame, metric);
    program.run(frame, sink);
    const copies = metric.copies.map((copy) => families.copyOf(metric, copy));
    copied.push(...copies);
    for (const one of [...metric.extracted, ...copies]) {
      if (!known.has(one)) metrics.push(one);
      known.add(one);
    }
  }
  const itemOf = (one: Series): MetricItem => families.at(one.family);
  const whole = copied.length === 0 ? batch : withCopies(batch, copied);
  const scaled = metrics.some(({ factor }) => factor !== 1) ? withFactors(whole, itemOf) : whole;
  const renamed = withFamilies(scaled, families);
  const extracted = metrics.filter(({ extraction }) => extraction !== undefined);
  return extracted.length === 0
    ? renamed
    : withExtracted(renamed, whole, extracted, { itemOf, resultOf: families.resultOf });
}

function withFamilies(batch: Metrics, families: Families): Metrics {
  if (!families.changed) return batch;
  return mapSeries(batch, (one) => {
    const family = families.resultOf(families.at(one.family));
    return family === one.family ? one : series(family, one.attributes);
  });
}

/** Runs statements over series; what was made of one holds for as long as it is in use. */
export function seriesRunner(program: Program, frame: Frame, sink: ErrorSink): (batch: Metrics) => Metrics {
  const known = new WeakMap<Series, Series>();
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
  return (batch) => mapSeries(batch, mapped);
}

/** Looks at a series apart from any batch. */
export function lookAtSeries(frame: Frame, one: Series): void {
  lookAt(frame, new MetricItem(one.family, new ScopeItem(one.scope, new ResourceItem(one.resource))));
}

/** Runs statements over single points. */
export function runPoints(batch: Metrics, program: Program, frame: Frame, sink: ErrorSink): Metrics {
  const families = new Families(batch);
  const edits = sections.map((name) => new SectionEdits(batch, name));
  const point = new PointItem(batch, edits[0]!);
  frame.datapoint = point;
  for (const section of edits) {
    const { length, series: all } = section.columns;
    for (let row = 0; row < length; row++) {
      const metric = families.at(all[row]!.family);
      section.metrics.push(metric);
      lookAt(frame, metric);
      point.moveTo(section, row);
      program.run(frame, sink);
      point.endRow();
    }
  }
  const results = edits.map((section) => section.result(families.resultOf));
  if (results.every((section, index) => section === edits[index]!.columns)) return batch;
  return { ...batch, ...Object.fromEntries(results.map((section, index) => [sections[index]!, section])) };
}
