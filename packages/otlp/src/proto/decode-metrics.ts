import {
  InternedMap,
  internedText,
  metricFamily,
  type MetricDescriptor,
  type MetricKind,
  type Metrics,
  type Resource,
  type Scope,
  type Temporality,
} from "@tracecore/core/pdata";
import type { ItemCounts } from "../wire/count-items.ts";
import { EXPONENTIAL, HISTOGRAMS, NUMBERS, SUMMARIES } from "../wire/message-shape.ts";
import { WireReader } from "../wire/wire-reader.ts";
import { readAttributes } from "./any-value.ts";
import { countRemembered, currentGeneration, endRequest, KnownFamily } from "./attribute-cache.ts";
import { ExponentialDecoder } from "./decode-exponential.ts";
import { HistogramDecoder } from "./decode-histograms.ts";
import { NumberDecoder } from "./decode-numbers.ts";
import { SummaryDecoder } from "./decode-summaries.ts";
import type { PointDecoder } from "./point-columns.ts";
import { walkRequest, type RequestVisitor } from "./walk-request.ts";

/** Metrics by what names them, for each scope of a resource. */
interface KnownScope {
  readonly families: Map<string, KnownFamily>;
  generation: number;
}

/** Of longer ones, in bytes, only the last one is known: parts of a large request repeat it. */
const LONGEST_HEAD = 65_536;

/** The last one that was longer. */
let lastLong:
  | { readonly key: string; readonly of: ReadonlyMap<string, KnownFamily>; readonly one: KnownFamily }
  | undefined;

/** Of so many scopes of one resource the metrics are known at a time: it holds them for as long as it is in use. */
const MOST_SCOPES = 256;

/** So much text of scopes and metrics is known with one resource, in characters beyond {@link SHORT} of each. */
const MOST_TEXT = 1024 * 1024;
const SHORT = 256;

/** What is known with a resource. */
interface KnownResource {
  readonly scopes: Map<Scope, KnownScope>;
  text: number;
}

const known = new InternedMap<Resource, KnownResource>();

function knownResource(resource: Resource): KnownResource {
  let one = known.get(resource);
  if (one === undefined) known.set(resource, (one = { scopes: new Map<Scope, KnownScope>(), text: 0 }));
  return one;
}

function knownScope(of: KnownResource, scope: Scope): KnownScope {
  let one = of.scopes.get(scope);
  const generation = currentGeneration();
  if (one === undefined || one.generation !== generation) {
    if (of.scopes.size >= MOST_SCOPES) forget(of);
    countText(of, scope.identity.length);
    of.scopes.set(scope, (one = { families: new Map(), generation }));
  }
  return one;
}

/** What is being read goes on with what it has; the next request knows nothing. */
function countText(of: KnownResource, length: number): void {
  of.text += Math.max(0, length - SHORT);
  if (of.text > MOST_TEXT) forget(of);
}

function forget(of: KnownResource): void {
  of.scopes.clear();
  of.text = 0;
}

/** The data of a metric in its oneof, by tag. */
const kinds: Readonly<Record<number, { kind: MetricKind; points: number; attributesTag: number }>> = {
  0x2a: { kind: "gauge", points: NUMBERS, attributesTag: 0x3a },
  0x3a: { kind: "sum", points: NUMBERS, attributesTag: 0x3a },
  0x4a: { kind: "histogram", points: HISTOGRAMS, attributesTag: 0x4a },
  0x52: { kind: "exponential_histogram", points: EXPONENTIAL, attributesTag: 0x0a },
  0x5a: { kind: "summary", points: SUMMARIES, attributesTag: 0x3a },
};
const temporalities: readonly Temporality[] = ["unspecified", "delta", "cumulative"];

/** ExportMetricsServiceRequest in columns. `bytes` must be what {@link countItems} has found sound. */
export function decodeMetrics(bytes: Uint8Array, counts: ItemCounts): Metrics {
  const reader = new WireReader(bytes);
  const visitor = new MetricsVisitor(reader, counts);
  walkRequest(reader, visitor);
  endRequest();
  const { numbers, histograms, exponential, summaries } = visitor;
  return {
    signal: "metrics",
    itemCount: counts[NUMBERS] + counts[HISTOGRAMS] + counts[EXPONENTIAL] + counts[SUMMARIES],
    numbers: numbers.build(),
    histograms: histograms.build(),
    exponentialHistograms: exponential.build(),
    summaries: summaries.build(),
  };
}

class MetricsVisitor implements RequestVisitor {
  readonly numbers: NumberDecoder;
  readonly histograms: HistogramDecoder;
  readonly exponential: ExponentialDecoder;
  readonly summaries: SummaryDecoder;
  readonly #decoders: readonly PointDecoder[];
  readonly #reader: WireReader;
  #resource!: Resource;
  #scope!: Scope;
  #known!: KnownResource;
  #families!: Map<string, KnownFamily>;

  constructor(reader: WireReader, counts: ItemCounts) {
    this.#reader = reader;
    this.numbers = new NumberDecoder(counts[NUMBERS]);
    this.histograms = new HistogramDecoder(counts[HISTOGRAMS]);
    this.exponential = new ExponentialDecoder(counts[EXPONENTIAL]);
    this.summaries = new SummaryDecoder(counts[SUMMARIES]);
    this.#decoders = [this.numbers, this.histograms, this.exponential, this.summaries];
  }

  enter(resource: Resource, scope: Scope): void {
    this.#resource = resource;
    this.#scope = scope;
    this.#known = knownResource(resource);
    this.#families = knownScope(this.#known, scope).families;
  }

  /** A Metric. What names it may stand before and behind its data. */
  item(end: number): void {
    const reader = this.#reader;
    const start = reader.pos;
    while (reader.pos < end) {
      const fieldStart = reader.pos;
      const tag = reader.uint32();
      if (kinds[tag] === undefined) {
        reader.skip(tag);
        continue;
      }
      const dataEnd = reader.end();
      if (dataEnd === end) {
        const head = reader.bytes.latin1Slice(start, fieldStart);
        const family = this.#family(head, tag, readAggregation(reader, end, 0));
        this.#points(tag, end, family);
      } else this.#pieces(start, end);
      return;
    }
  }

  /** A Metric whose data do not stand behind all else, or come in several pieces: what is said of one is said of all of its kind. */
  #pieces(start: number, end: number): void {
    const reader = this.#reader;
    reader.pos = start;
    let head = "";
    const aggregations = new Map<number, number>();
    while (reader.pos < end) {
      const from = reader.pos;
      const tag = reader.uint32();
      if (kinds[tag] === undefined) {
        reader.skip(tag);
        head += reader.bytes.latin1Slice(from, reader.pos);
      } else {
        const dataEnd = reader.end();
        aggregations.set(tag, readAggregation(reader, dataEnd, aggregations.get(tag) ?? 0));
        reader.pos = dataEnd;
      }
    }
    const families = new Map<number, KnownFamily>();
    for (const [tag, one] of aggregations) families.set(tag, this.#family(head, tag, one));
    reader.pos = start;
    while (reader.pos < end) {
      const tag = reader.uint32();
      const family = families.get(tag);
      if (family === undefined) reader.skip(tag);
      else this.#points(tag, reader.end(), family);
    }
  }

  /** The points of the data up to `end`. */
  #points(tag: number, end: number, family: KnownFamily): void {
    const reader = this.#reader;
    const decoder = this.#decoders[kinds[tag]!.points]!;
    decoder.begin();
    while (reader.pos < end) {
      const inner = reader.uint32();
      if (inner !== 0x0a) {
        reader.skip(inner);
        continue;
      }
      const after = reader.end();
      decoder.point(reader, family, after);
      reader.pos = after;
    }
  }

  #family(head: string, tag: number, aggregation: number): KnownFamily {
    const key = `${tag};${aggregation};${head}`;
    const found = this.#families.get(key);
    if (found !== undefined) return found;
    if (lastLong?.of === this.#families && lastLong.key === key) return lastLong.one;
    const { kind, attributesTag } = kinds[tag]!;
    const family = metricFamily(this.#resource, this.#scope, {
      ...readHead(new WireReader(Buffer.from(head, "latin1"))),
      kind,
      monotonic: kind === "sum" && aggregation % 2 === 1,
      temporality: temporalities[Math.floor(aggregation / 2)] ?? "unspecified",
    });
    const one = new KnownFamily(family, attributesTag);
    if (head.length > LONGEST_HEAD) {
      lastLong = { key, of: this.#families, one };
      return one;
    }
    this.#families.set(key, one);
    countText(this.#known, head.length);
    internedText.count(head.length);
    countRemembered();
    return one;
  }
}

/**
 * What the data of a metric up to `end` say of their points, which stands behind them: twice the temporality, and one more where
 * they are monotonic. `before` is what was said in front of it. Leaves the reader where it is.
 */
function readAggregation(reader: WireReader, end: number, before: number): number {
  let aggregation = before;
  const { pos } = reader;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === 0x10) aggregation = reader.uint32() * 2 + (aggregation % 2);
    else if (tag === 0x18) aggregation += (reader.bool() ? 1 : 0) - (aggregation % 2);
    else reader.skip(tag);
  }
  reader.pos = pos;
  return aggregation;
}

type MetricHead = Pick<MetricDescriptor, "name" | "description" | "unit" | "metadata">;

/** The fields of a Metric other than its data. */
function readHead(reader: WireReader): MetricHead {
  let name = "";
  let description = "";
  let unit = "";
  let hasMetadata = false;
  const end = reader.bytes.length;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === 0x0a) name = reader.text();
    else if (tag === 0x12) description = reader.text();
    else if (tag === 0x1a) unit = reader.text();
    else {
      hasMetadata ||= tag === 0x62;
      reader.skip(tag);
    }
  }
  if (!hasMetadata) return { name, description, unit };
  reader.pos = 0;
  return { name, description, unit, metadata: readAttributes(reader, end, 0x62) };
}
