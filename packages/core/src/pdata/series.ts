import type { AttributesInput } from "./attribute-value.ts";
import { attributesOf, LONGEST_SET, type Attributes } from "./attributes.ts";
import { Interned } from "./interned-map.ts";
import { internedText } from "./interned-text.ts";
import { Interner } from "./interner.ts";
import { hashText, joinHashes } from "./keyed-hash.ts";
import { heldText } from "./origins.ts";
import type { Resource } from "./resource.ts";
import type { Scope } from "./scope.ts";

export type MetricKind = "gauge" | "sum" | "histogram" | "exponential_histogram" | "summary";
export type Temporality = "unspecified" | "delta" | "cumulative";

/** What a metric is, apart from where it comes from. */
export interface MetricDescriptor {
  readonly name: string;
  readonly description: string;
  /** UCUM, as OpenTelemetry writes it: `By`, `s`, `{error}`, `1`. */
  readonly unit: string;
  readonly kind: MetricKind;
  /** True for a sum that only rises. */
  readonly monotonic: boolean;
  /** `unspecified` for gauges and summaries. */
  readonly temporality: Temporality;
  /** What else OTLP says of the metric; nothing for most. */
  readonly metadata?: Attributes;
}

let nextFamily = 0;

/** A metric of one scope of one resource. Immutable and interned. */
export class MetricFamily extends Interned {
  readonly resource: Resource;
  readonly scope: Scope;
  readonly descriptor: MetricDescriptor;
  /** Another one for each family, for as long as it lives. */
  readonly id: number = nextFamily++;
  /** How long its texts are, about, in characters, with those of what it belongs to. */
  readonly textSize: number;

  /** Use {@link metricFamily}: one made by hand is not interned. */
  constructor(resource: Resource, scope: Scope, descriptor: MetricDescriptor, textSize: number) {
    super();
    this.resource = resource;
    this.scope = scope;
    this.descriptor = descriptor;
    this.textSize = textSize;
  }
}

/** Longer ones are not kept, in characters, with what they belong to. */
const LONGEST_FAMILY = 65_536;
const families = new Interner<MetricFamily>(100_000, LONGEST_FAMILY);

/** The interned family. */
export function metricFamily(resource: Resource, scope: Scope, descriptor: MetricDescriptor): MetricFamily {
  const { name, description, unit, metadata } = descriptor;
  // All that a sender may choose freely: metrics that have nothing but the name in common would meet in one place of the table.
  const texts = joinHashes(joinHashes(hashText(name), hashText(description)), hashText(unit));
  const said = metadata === undefined ? texts : joinHashes(texts, metadata.id);
  const hash = joinHashes(joinHashes(said, resource.hash), scope.hash);
  const own = name.length + description.length + unit.length + (metadata?.textSize ?? 0);
  const size = own + heldText(resource) + heldText(scope);
  return families.get(
    hash,
    (one) => one.resource === resource && one.scope === scope && isSameDescriptor(one.descriptor, descriptor),
    () => {
      if (size <= LONGEST_FAMILY) internedText.count(own);
      return new MetricFamily(resource, scope, descriptor, size);
    },
    size,
  );
}

function isSameDescriptor(one: MetricDescriptor, other: MetricDescriptor): boolean {
  return (
    one.name === other.name &&
    one.unit === other.unit &&
    one.kind === other.kind &&
    one.monotonic === other.monotonic &&
    one.temporality === other.temporality &&
    one.description === other.description &&
    one.metadata === other.metadata
  );
}

/** The identity of a time series. Immutable and interned, so a `Map` or {@link InternedMap} keyed by it can hold what is derived from it. */
export class Series extends Interned {
  readonly family: MetricFamily;
  readonly attributes: Attributes;
  /** The attributes as the OTLP codec writes them: its cache, which nobody else reads or writes. */
  otlpAttributes: Uint8Array | undefined = undefined;

  /** Use {@link series}: one made by hand is not interned. */
  constructor(family: MetricFamily, set: Attributes) {
    super();
    this.family = family;
    this.attributes = set;
  }

  get name(): string {
    return this.family.descriptor.name;
  }

  get descriptor(): MetricDescriptor {
    return this.family.descriptor;
  }

  get resource(): Resource {
    return this.family.resource;
  }

  get scope(): Scope {
    return this.family.scope;
  }

  withAttributes(set: Attributes): Series {
    return set === this.attributes ? this : series(this.family, set);
  }

  withResource(resource: Resource): Series {
    return resource === this.resource
      ? this
      : series(metricFamily(resource, this.scope, this.descriptor), this.attributes);
  }

  withDescriptor(changes: Partial<MetricDescriptor>): Series {
    return series(metricFamily(this.resource, this.scope, { ...this.descriptor, ...changes }), this.attributes);
  }
}

/** Interned series kept alive when nobody uses them; see `runtime.interned_series`. */
export const seriesInterner: Interner<Series> = new Interner(200_000, LONGEST_SET);

/** Series found lately that are not the first ones of their sets. */
// Holes and all: filling it takes 5 ms of the start.
// oxlint-disable-next-line unicorn/no-new-array
const recent: (Series | undefined)[] = new Array<Series | undefined>(1 << 16);

internedText.onFull(
  () => {
    families.forget();
    seriesInterner.forget();
    recent.fill(undefined);
  },
  (most) => {
    families.letGo(most);
    seriesInterner.letGo(most);
  },
);

/** The interned series. */
export function series(family: MetricFamily, input: AttributesInput | Attributes): Series {
  const set = attributesOf(input);
  const first = set.firstSeries;
  if (first !== undefined && first.family === family) return first;
  const at = (Math.imul(family.id, 0x9e37_79b1) + set.id) & (recent.length - 1);
  const found = recent[at];
  if (found !== undefined && found.family === family && found.attributes === set) return found;
  // It holds its family alive as well, with many others.
  const size = set.textSize + (family.textSize >> 4);
  const isLong = size > LONGEST_SET;
  // Most sets have one series: whoever holds either holds both, and no table has to know. The first one stays the first.
  if (first === undefined && !isLong) return (set.firstSeries = new Series(family, set));
  const one = seriesInterner.get(
    joinHashes(family.id, set.id),
    (other) => other.family === family && other.attributes === set,
    () => new Series(family, set),
    size,
  );
  if (!isLong) recent[at] = one;
  return one;
}
