import {
  attributeAt,
  attributes,
  noAttributes,
  type Attributes,
  type AttributeValue,
  type Logs,
  type MetricFamily,
  type Metrics,
  type Resource,
  type Scope,
  type Traces,
} from "@tracecore/core/pdata";
import type { CountAttribute, Counted } from "./config.ts";

/** How many there are, by resource and by the attributes that are counted by. */
export type Tally = Map<Resource, Map<Attributes, number>>;

/** Finds an attribute of the item itself. */
type Find = (key: string) => AttributeValue | undefined;
/** Takes one thing that is there. */
type Visit = (resource: Resource, scope: Scope, find: Find) => void;

/** Visits everything of one kind in a batch. */
const visitors: Readonly<Record<Exclude<Counted, "metrics">, (batch: never, visit: Visit) => void>> = {
  spans: visitRows,
  logs: visitRows,
  spanevents: visitEvents,
  datapoints: visitPoints,
};

/** Adds `times` for each thing in the batch that has the attributes; `seen` are the metrics that were counted in other parts of it. */
export function tally(
  into: Tally,
  batch: Metrics | Logs | Traces,
  counted: Counted,
  by: readonly CountAttribute[],
  { times, seen }: { readonly times: number; readonly seen: Set<MetricFamily> },
): void {
  const visit: Visit = (resource, scope, find) => {
    const set = by.length === 0 ? noAttributes : valuesOf(by, resource, scope, find);
    if (set === undefined) return;
    let counts = into.get(resource);
    if (counts === undefined) into.set(resource, (counts = new Map<Attributes, number>()));
    counts.set(set, (counts.get(set) ?? 0) + times);
  };
  if (counted === "metrics") visitMetrics(batch as Metrics, seen, visit);
  else visitors[counted](batch as never, visit);
}

/** Undefined for an item that lacks one of them. */
function valuesOf(by: readonly CountAttribute[], resource: Resource, scope: Scope, find: Find): Attributes | undefined {
  const values: [string, AttributeValue][] = [];
  for (const { key, default_value: otherwise } of by) {
    // An attribute without a value is there all the same.
    let value = find(key);
    if (value === undefined) value = scope.attributes.get(key);
    if (value === undefined) value = resource.attributes.get(key);
    if (value === undefined) value = otherwise;
    if (value === undefined) return undefined;
    values.push([key, value]);
  }
  return attributes(Object.fromEntries(values));
}

function visitRows(batch: Logs | Traces, visit: Visit): void {
  let row = 0;
  const find: Find = (key) => attributeAt(batch, row, key);
  for (; row < batch.itemCount; row++) visit(batch.resources[row]!, batch.scopes[row]!, find);
}

function visitEvents({ extras, resources, scopes }: Traces, visit: Visit): void {
  for (const [row, { events }] of extras) {
    for (const event of events) {
      const find: Find = (key) => (Object.hasOwn(event.attributes, key) ? event.attributes[key] : undefined);
      visit(resources[row]!, scopes[row]!, find);
    }
  }
}

const nothing: Find = () => undefined;

function visitMetrics(batch: Metrics, seen: Set<MetricFamily>, visit: Visit): void {
  for (const { series } of sectionsOf(batch)) {
    for (const { family } of series) {
      if (seen.has(family)) continue;
      seen.add(family);
      visit(family.resource, family.scope, nothing);
    }
  }
}

function visitPoints(batch: Metrics, visit: Visit): void {
  for (const { series } of sectionsOf(batch)) {
    for (const one of series) visit(one.resource, one.scope, (key) => one.attributes.get(key));
  }
}

function sectionsOf({ numbers, histograms, exponentialHistograms, summaries }: Metrics) {
  return [numbers, histograms, exponentialHistograms, summaries];
}
