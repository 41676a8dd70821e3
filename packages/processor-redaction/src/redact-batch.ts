import type { Batch } from "@tracecore/core";
import {
  editedAttributes,
  encodedBatch,
  encodedRows,
  mapRowAttributes,
  mapSeries,
  metricFamily,
  onceForEach,
  resource,
  scope,
  series,
  type Attributes,
  type AttributesInput,
  type AttributeValue,
  type Exemplar,
  type Logs,
  type Metrics,
  type PointColumns,
  type Resource,
  type Scope,
  type Series,
  type SpanExtras,
  type Traces,
} from "@tracecore/core/pdata";
import type { Redactor } from "./redactor.ts";

/** A batch without what must not get out; `batch` itself when there is nothing of the kind in it. */
export type BatchRedaction = (batch: Batch) => Batch;

/** Applies a redactor to everything in a batch that has attributes. */
export function batchRedaction(redactor: Redactor): BatchRedaction {
  // All of these are interned, so what was made of one holds for as long as it is in use.
  const set = onceForEach((before: Attributes) =>
    editedAttributes(before, (map) => {
      const twice = hasTwice(map, before.keys.length);
      return redactor.attributes(map) || twice;
    }),
  );
  const ofResource = onceForEach((before: Resource) => {
    const after = set(before.attributes);
    if (after === before.attributes) return before;
    return resource(after, before.schemaUrl, before.droppedAttributesCount, before.entityRefs);
  });
  const ofScope = onceForEach((before: Scope) => {
    const attributes = set(before.attributes);
    if (attributes === before.attributes) return before;
    const { name, version, schemaUrl, droppedAttributesCount } = before;
    return scope({ name, version, schemaUrl, attributes, droppedAttributesCount });
  });
  const ofSeries = onceForEach((before: Series) => {
    const { descriptor, resource: from, scope: by } = before.family;
    const { metadata } = descriptor;
    const after = metadata === undefined ? metadata : set(metadata);
    const described = after === undefined || after === metadata ? descriptor : { ...descriptor, metadata: after };
    return series(metricFamily(ofResource(from), ofScope(by), described), set(before.attributes));
  });
  const plain = (before: AttributesInput): AttributesInput => {
    const map = new Map(Object.entries(before));
    return redactor.attributes(map) ? Object.fromEntries(map) : before;
  };
  const origins = <B extends Logs | Traces>(batch: B): B => {
    const [resources, scopes] = [mapped(batch.resources, ofResource), mapped(batch.scopes, ofScope)];
    return resources === batch.resources && scopes === batch.scopes ? batch : { ...batch, resources, scopes };
  };
  const redacted = (batch: Batch): Batch => {
    switch (batch.signal) {
      case "metrics":
        return withExemplars(mapSeries(batch, ofSeries), plain);
      case "logs":
        return redactedLogs(origins(batch), redactor);
      case "traces":
        return withExtras(
          mapRowAttributes(origins(batch), (map, row) => {
            const twice = hasTwice(map, countAt(batch, row));
            return redactor.attributes(map) || twice;
          }),
          plain,
        );
    }
  };
  return (batch) => {
    const after = redacted(batch);
    // The bytes that it came in as may hold what no batch has: a second value of a key, fields that nobody knows.
    return hasBytes(after) ? { ...after } : after;
  };
}

function hasBytes(batch: Batch): boolean {
  if (encodedBatch(batch) !== undefined) return true;
  return batch.signal !== "metrics" && encodedRows(batch) !== undefined;
}

/** Of a key that a sender wrote twice the map has one value; the other one was not looked at, and must not stay. */
function hasTwice(map: ReadonlyMap<string, AttributeValue>, count: number): boolean {
  return map.size < count;
}

function countAt({ attributeStarts: starts }: Logs | Traces, row: number): number {
  return starts[row + 1]! - starts[row]!;
}

function redactedLogs(batch: Logs, redactor: Redactor): Logs {
  let bodies: (AttributeValue | undefined)[] | undefined;
  const edited = mapRowAttributes(batch, (map, row) => {
    const before = batch.bodies[row];
    const twice = hasTwice(map, countAt(batch, row));
    const after = redactor.record(before, map);
    if (after.body !== before) (bodies ??= batch.bodies.slice())[row] = after.body;
    return after.edited || twice;
  });
  return bodies === undefined ? edited : { ...edited, bodies };
}

/** Exemplars have attributes of their own: those that were left out of the series. */
function withExemplars(batch: Metrics, plain: (before: AttributesInput) => AttributesInput): Metrics {
  const section = <P extends PointColumns>(points: P): P => {
    const exemplars = mappedValues(points.exemplars, (list: readonly Exemplar[]) =>
      mapped(list, (one: Exemplar) => {
        const filteredAttributes = plain(one.filteredAttributes);
        return filteredAttributes === one.filteredAttributes ? one : { ...one, filteredAttributes };
      }),
    );
    return exemplars === points.exemplars ? points : { ...points, exemplars };
  };
  const numbers = section(batch.numbers);
  const histograms = section(batch.histograms);
  const exponentialHistograms = section(batch.exponentialHistograms);
  const same =
    numbers === batch.numbers &&
    histograms === batch.histograms &&
    exponentialHistograms === batch.exponentialHistograms;
  return same ? batch : { ...batch, numbers, histograms, exponentialHistograms };
}

function withExtras(batch: Traces, plain: (before: AttributesInput) => AttributesInput): Traces {
  const one = <T extends { readonly attributes: AttributesInput }>(before: T): T => {
    const attributes = plain(before.attributes);
    return attributes === before.attributes ? before : { ...before, attributes };
  };
  const extras = mappedValues(batch.extras, (before: SpanExtras) => {
    const [events, links] = [mapped(before.events, one), mapped(before.links, one)];
    return events === before.events && links === before.links ? before : { ...before, events, links };
  });
  return extras === batch.extras ? batch : { ...batch, extras };
}

/** The list itself when nothing in it changed. */
function mapped<T>(before: readonly T[], map: (one: T) => T): readonly T[] {
  let after: T[] | undefined;
  for (let i = 0; i < before.length; i++) {
    const one = map(before[i]!);
    if (one !== before[i]) (after ??= before.slice())[i] = one;
  }
  return after ?? before;
}

function mappedValues<V, M extends ReadonlyMap<number, V> | undefined>(before: M, map: (value: V) => V): M {
  let after: Map<number, V> | undefined;
  for (const [row, value] of before ?? []) {
    const one = map(value);
    if (one !== value) (after ??= new Map(before)).set(row, one);
  }
  return (after as M | undefined) ?? before;
}
