import {
  attributes,
  metricFamily,
  noAttributes,
  type MetricDescriptor,
  type MetricFamily,
  type MetricKind,
  type Temporality,
} from "@tracecore/core/pdata";
import type { PointQuestion } from "../compile/usage.ts";
import { AttributeView } from "./attribute-view.ts";
import type { OriginResults, ScopeItem } from "./origins.ts";

/** Where the values of a metric that a statement made come from. */
export interface Extraction {
  readonly from: MetricItem;
  readonly column: "counts" | "sums";
  /** What the sums were scaled by until then. */
  readonly factor: number;
}

/** A copy of a metric that is to be made. */
export interface Copy {
  readonly family: MetricFamily;
  readonly by: object;
}

/** A metric that statements read and change. */
export class MetricItem {
  readonly original: MetricFamily;
  readonly scope: ScopeItem;
  readonly metadata: AttributeView = new AttributeView();
  name: string;
  description: string;
  unit: string;
  kind: MetricKind;
  monotonic: boolean;
  temporality: Temporality;
  /** What the values of its points are multiplied with. */
  factor = 1;
  /** Whether one of its points has an attribute. */
  asks: (question: PointQuestion) => boolean = () => false;
  /** Set for a metric that a statement made of another one. */
  readonly extraction: Extraction | undefined;
  /** Metrics that statements made of this one, which come next. */
  readonly extracted: MetricItem[] = [];
  /** Copies that statements want of this metric. */
  readonly copies: Copy[] = [];
  /** The metric whose points it has, and the calls that copied it until it became this one. */
  source: MetricFamily;
  readonly copiedBy: Set<object> = new Set();

  constructor(original: MetricFamily, scope: ScopeItem, extraction?: Extraction) {
    this.original = original;
    this.source = original;
    this.extraction = extraction;
    this.scope = scope;
    const { descriptor } = original;
    this.metadata.pointAtSet(descriptor.metadata ?? noAttributes);
    ({
      name: this.name,
      description: this.description,
      unit: this.unit,
      kind: this.kind,
      monotonic: this.monotonic,
      temporality: this.temporality,
    } = descriptor);
  }

  /** The family as it is now, under its resource and scope as they are now; the same object when nothing changed. */
  result(results: OriginResults): MetricFamily {
    const { original, scope, name, description, unit, kind, monotonic, temporality } = this;
    const before = original.descriptor;
    const same =
      !this.metadata.changed &&
      name === before.name &&
      description === before.description &&
      unit === before.unit &&
      kind === before.kind &&
      monotonic === before.monotonic &&
      temporality === before.temporality;
    const { resource, scope: newScope } = results.of(scope);
    if (same && resource === original.resource && newScope === original.scope) return original;
    return metricFamily(resource, newScope, same ? before : this.#descriptor());
  }

  /** Makes a sum of the counts or sums of this metric. */
  extract(
    column: Extraction["column"],
    { suffix, temporality, monotonic }: { suffix: string; temporality: Temporality; monotonic: boolean },
  ): void {
    const { original, scope, name, description, factor } = this;
    const descriptor: MetricDescriptor = {
      name: name + suffix,
      description,
      unit: column === "sums" ? this.unit : "1",
      kind: "sum",
      monotonic,
      temporality,
    };
    const family = metricFamily(original.resource, original.scope, descriptor);
    this.extracted.push(new MetricItem(family, scope, { from: this, column, factor }));
  }

  /** Asks for a copy as the metric is now, with these changes. `by` copies no metric that it made itself. */
  copy(changes: Partial<MetricDescriptor>, by: object): void {
    if (this.copiedBy.has(by)) return;
    const { resource, scope } = this.original;
    this.copies.push({ family: metricFamily(resource, scope, { ...this.#descriptor(), ...changes }), by });
  }

  #descriptor(): MetricDescriptor {
    const { name, description, unit, kind, monotonic, temporality, metadata, original } = this;
    const set = metadata.changed ? attributes(metadata.toMap()) : original.descriptor.metadata;
    return { name, description, unit, kind, monotonic, temporality, ...(set !== undefined && { metadata: set }) };
  }
}
