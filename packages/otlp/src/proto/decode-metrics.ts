import {
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
import { currentGeneration, endRequest, type KnownFamily } from "./attribute-cache.ts";
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

let known = new WeakMap<Resource, WeakMap<Scope, KnownScope>>();

function knownScope(resource: Resource, scope: Scope): KnownScope {
  let scopes = known.get(resource);
  if (scopes === undefined) known.set(resource, (scopes = new WeakMap()));
  let one = scopes.get(scope);
  const generation = currentGeneration();
  if (one === undefined || one.generation !== generation)
    scopes.set(scope, (one = { families: new Map(), generation }));
  return one;
}

/** Forgets which series stand behind which bytes; for tests and measurements of a cold start. */
export function forgetSeries(): void {
  known = new WeakMap();
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
    this.#families = knownScope(resource, scope).families;
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
      const head = dataEnd === end ? reader.bytes.latin1Slice(start, fieldStart) : headAround(reader, start, end);
      this.#data(tag, dataEnd, head);
      reader.pos = dataEnd;
    }
  }

  #data(tag: number, end: number, head: string): void {
    const reader = this.#reader;
    const from = reader.pos;
    let temporality = 0;
    let monotonic = 0;
    // Both stand behind the points.
    while (reader.pos < end) {
      const inner = reader.uint32();
      if (inner === 0x10) temporality = reader.uint32();
      else if (inner === 0x18) monotonic = reader.uint32();
      else reader.skip(inner);
    }
    const family = this.#family(head, tag, temporality, monotonic);
    const decoder = this.#decoders[kinds[tag]!.points]!;
    decoder.begin();
    reader.pos = from;
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

  #family(head: string, tag: number, temporality: number, monotonic: number): KnownFamily {
    const key = `${tag};${temporality};${monotonic};${head}`;
    const found = this.#families.get(key);
    if (found !== undefined) return found;
    const { kind, attributesTag } = kinds[tag]!;
    const family = metricFamily(this.#resource, this.#scope, {
      ...readHead(new WireReader(Buffer.from(head, "latin1"))),
      kind,
      monotonic: kind === "sum" && monotonic !== 0,
      temporality: temporalities[temporality] ?? "unspecified",
    });
    const one: KnownFamily = { family, attributesTag, known: new Map(), first: undefined };
    this.#families.set(key, one);
    return one;
  }
}

/** The fields of a Metric from `start` to `end` other than its data. Leaves the reader where it is. */
function headAround(reader: WireReader, start: number, end: number): string {
  const { pos } = reader;
  let head = "";
  reader.pos = start;
  while (reader.pos < end) {
    const from = reader.pos;
    const tag = reader.uint32();
    reader.skip(tag);
    if (kinds[tag] === undefined) head += reader.bytes.latin1Slice(from, reader.pos);
  }
  reader.pos = pos;
  return head;
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
