import type { Exemplar } from "@tracecore/core/pdata";
import {
  TemplateBuilder,
  updateFields,
  writeCompact,
  writeFields,
  type Template,
  type Trailer,
  type Compact,
} from "./body.ts";
import type { Format } from "./format.ts";
import { labelText, labelValue, quoted, targetLabels, targetOf, type Labels } from "./labels.ts";
import { labelName } from "./label-name.ts";
import { entryLines, familyHead } from "./lines.ts";
import type { TranslationStrategy } from "./metric-name.ts";
import type { SeriesStore } from "./series-store.ts";
import { numberText } from "./number-text.ts";
import { Compressor, gzipOf } from "./gzip.ts";

/** An exposition that does not change before it is disposed. Dispose it when the last byte has been sent. */
export interface Lease extends Disposable {
  readonly bytes: Uint8Array;
  /** The same compressed; made once, however many ask. */
  gzip(): Promise<Uint8Array>;
}

interface Body {
  /** What a compact render writes into. */
  compact: Compact | undefined;
  bytes: Uint8Array;
  /** See {@link Compact}; undefined where something else than values changes, too. */
  valueEnds: Uint32Array | undefined;
  generation: number;
  leases: number;
  gzip: Promise<Uint8Array> | undefined;
}

/** All that one format needs: its fixed text, and a body or two. */
interface Layout {
  readonly version: number;
  readonly template: Template;
  /** Values stand in fields of fixed width. */
  readonly fields: boolean;
  readonly bodies: Body[];
  readonly compressor: Compressor | undefined;
  latest: Body | undefined;
  usedMs: number;
}

export interface ExpositionOptions {
  readonly targetInfo: boolean;
  readonly sendTimestamps: boolean;
  readonly strategy: TranslationStrategy;
  /** A format that nobody asked for for longer than this is forgotten. */
  readonly metricExpirationMs: number;
}

/** Longest label set of an exemplar, in characters; OpenMetrics 1.0 sets it. */
const EXEMPLAR_LIMIT = 128;

/** Writes a registry's values in the formats that scrapers ask for. Formats that nobody asks for cost nothing. */
export class Exposition {
  readonly #store: SeriesStore;
  readonly #options: ExpositionOptions;
  readonly #layouts = new Map<string, Layout>();
  /** Which generation a render shows. */
  #generation = 0;

  constructor(store: SeriesStore, options: ExpositionOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** `compact` forbids padding: what is to be compressed is cheaper without it. */
  lease(format: Format, compact: boolean, nowMs: number): Lease {
    if (this.#store.touched) {
      this.#store.touched = false;
      this.#generation = this.#store.generation++;
    }
    for (const [key, { usedMs }] of this.#layouts) {
      if (nowMs - usedMs > this.#options.metricExpirationMs) this.#layouts.delete(key);
    }
    const fields = !compact && format.syntax === "text" && !this.#options.sendTimestamps;
    const key = `${format.syntax}${format.utf8}${fields}`;
    let layout = this.#layouts.get(key);
    if (layout?.version !== this.#store.layoutVersion) {
      layout?.compressor?.stop();
      layout = this.#layout(format, fields);
      this.#layouts.set(key, layout);
    }
    layout.usedMs = nowMs;
    const body = layout.latest?.generation === this.#generation ? layout.latest : this.#render(layout, format);
    layout.latest = body;
    return lease(body, layout.compressor);
  }

  #layout(format: Format, fields: boolean): Layout {
    const builder = new TemplateBuilder();
    let separator = "";
    for (const family of this.#store.families.sorted()) {
      builder.add(separator + familyHead(family, format));
      separator = "";
      for (const entry of family.entries.values()) {
        entryLines(entry, format, (slot, text) => {
          builder.add(separator + text);
          builder.value(slot);
          separator = "\n";
        });
      }
    }
    builder.add(separator + this.#targetInfo(format) + (format.syntax === "openmetrics" ? "# EOF\n" : ""));
    const template = builder.build();
    return {
      version: this.#store.layoutVersion,
      template,
      fields,
      bodies: [],
      compressor: fields ? undefined : new Compressor(template),
      latest: undefined,
      usedMs: 0,
    };
  }

  #render({ template, fields, bodies }: Layout, format: Format): Body {
    const { table } = this.#store;
    let body = bodies.find(({ leases }) => leases === 0);
    if (body === undefined) {
      const bytes = fields ? writeFields(template) : new Uint8Array();
      body = { compact: undefined, bytes, valueEnds: undefined, generation: -1, leases: 0, gzip: undefined };
      bodies.push(body);
    }
    if (fields) updateFields(body.bytes, template, table, body.generation);
    else {
      const trailer = this.#trailer(format);
      body.compact = writeCompact(template, table, trailer, body.compact);
      const { buffer, start, end, valueEnds } = body.compact;
      body.bytes = buffer.subarray(start, end);
      body.valueEnds = trailer === undefined ? valueEnds : undefined;
    }
    body.generation = this.#generation;
    body.gzip = undefined;
    return body;
  }

  #trailer(format: Format): Trailer | undefined {
    const { table } = this.#store;
    const { sendTimestamps } = this.#options;
    const openMetrics = format.syntax === "openmetrics";
    const exemplars = openMetrics && table.exemplars.size > 0;
    if (!sendTimestamps && !exemplars) return undefined;
    let head = 0;
    return (slot) => {
      if (table.entries[slot] !== undefined) head = slot;
      const timeMs = table.timesMs[head]!;
      const time = !sendTimestamps || timeMs === 0 ? "" : ` ${openMetrics ? timeMs / 1e3 : timeMs}`;
      const exemplar = exemplars ? table.exemplars.get(slot) : undefined;
      return exemplar === undefined ? time : `${time} # ${exemplarText(exemplar, this.#options.strategy)}`;
    };
  }

  #targetInfo(format: Format): string {
    const { resources } = this.#store;
    const { strategy, targetInfo } = this.#options;
    if (!targetInfo) return "";
    const targets = new Map<string, Labels>();
    for (const resource of resources.keys()) {
      const labels = targetLabels(resource, strategy);
      if (labels !== undefined) targets.set(JSON.stringify(targetOf(resource)), labels);
    }
    if (targets.size === 0) return "";
    const openMetrics = format.syntax === "openmetrics";
    const name = openMetrics ? "target" : "target_info";
    let text = `# HELP ${name} What the series with these job and instance labels are about.\n# TYPE ${name} ${openMetrics ? "info" : "gauge"}\n`;
    for (const labels of targets.values()) text += `target_info{${labelText(labels, format.utf8)}} 1\n`;
    return text;
  }
}

function lease(body: Body, compressor: Compressor | undefined): Lease {
  body.leases++;
  let held = true;
  return {
    bytes: body.bytes,
    gzip: () => {
      if (body.gzip === undefined) {
        body.leases++;
        const compressed = compressor?.compress(body.bytes, body.valueEnds) ?? gzipOf(body.bytes);
        body.gzip = compressed.finally(() => body.leases--);
      }
      return body.gzip;
    },
    [Symbol.dispose]() {
      if (held) body.leases--;
      held = false;
    },
  };
}

/** `{trace_id="…"} value timestamp`; attributes that do not fit are left out, the ids go first. */
function exemplarText(exemplar: Exemplar, strategy: TranslationStrategy): string {
  let length = 0;
  let text = "";
  const add = (name: string, value: string): void => {
    const characters = charactersOf(name) + charactersOf(value);
    if (value === "" || length + characters > EXEMPLAR_LIMIT) return;
    length += characters;
    text += `${text === "" ? "" : ","}${name}=${quoted(value)}`;
  };
  add("trace_id", exemplar.traceId);
  add("span_id", exemplar.spanId);
  for (const [key, value] of Object.entries(exemplar.filteredAttributes))
    add(labelName(key, strategy), labelValue(value));
  const seconds = Number(exemplar.timeUnixNano / 1_000_000n) / 1e3;
  const value = typeof exemplar.value === "bigint" ? String(exemplar.value) : numberText(exemplar.value);
  return `{${text}} ${value}${seconds === 0 ? "" : ` ${seconds}`}`;
}

/** Unicode characters, not UTF-16 units. */
function charactersOf(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i++) if (!/[\uDC00-\uDFFF]/.test(text[i]!)) count++;
  return count;
}
