import type { Clock } from "@tracecore/core";
import type { Resource, Series } from "@tracecore/core/pdata";
import { SlotTable, type Entry } from "./entry.ts";
import { Families, isRefusal, type Family } from "./family.ts";
import { labelText, leastText, resourceText, seriesLabels, type LabelOptions } from "./labels.ts";
import type { Refusals } from "./refusals.ts";
import { Rivals } from "./rivals.ts";
import { shortened } from "./shortened.ts";

/** The part of the registry's options that decides which series there are. */
export interface StoreOptions extends LabelOptions {
  readonly namespace: string;
  readonly targetInfo: boolean;
  readonly maxSeries: number;
  readonly metricExpirationMs: number;
  readonly clock: Pick<Clock, "monotonicMs">;
}

const KIBIBYTE = 1024;

/** How much text of new lines is made at a time: it takes 1 ns a character, mostly for memory that is touched for the first time. */
const PAUSE_CHARACTERS = 1024 * KIBIBYTE;

/** How many series of one line are known at once: descriptions tell them apart, and a sender can write as many as it likes. */
const MAX_ALIASES = 16;

/** Which series there are, and where their values stand. Holds the limits. */
export class SeriesStore {
  readonly table: SlotTable = new SlotTable();
  readonly families: Families;
  /** Which resources the series have, and how many each. */
  readonly resources: Map<Resource, number> = new Map<Resource, number>();
  readonly slotOf: Map<Series, number> = new Map<Series, number>();
  /** The generation that the next render will show; slots that change are marked with it. */
  generation = 1;
  /** Something changed since the last render. */
  touched = true;
  /** Rises whenever the lines change. */
  layoutVersion = 0;
  /** No series was updated before this. */
  oldestMs: number = Number.POSITIVE_INFINITY;
  readonly #options: StoreOptions;
  /** When the update under way began, in monotonic milliseconds. */
  #nowMs = 0;
  /** Of lines, of what stands above them, and of the resources that the series hold. */
  #bytes = 0;
  /** Characters of new lines since the last pause. */
  #made = 0;

  constructor(options: StoreOptions) {
    this.#options = options;
    this.families = new Families(options.strategy, options.namespace, options.targetInfo);
  }

  /** Before an update that began at `nowMs`, and after each of its pauses. */
  begin(nowMs: number): void {
    this.#nowMs = nowMs;
    this.#made = 0;
  }

  /** Whether an update has made so much text that everything else should have its turn. */
  get mayPause(): boolean {
    return this.#made > PAUSE_CHARACTERS;
  }

  /** The entry of a series with one slot for each of these marks; other marks than last time begin it anew. */
  shaped(one: Series, marks: readonly number[], hasSum: boolean, refusals: Refusals): Entry | undefined {
    const size = marks.length + (one.descriptor.kind === "summary" ? 2 : 3);
    const slot = this.slotOf.get(one) ?? this.add(one, size, marks, hasSum, refusals);
    const entry = this.table.entries[slot];
    if (slot === 0 || entry === undefined) return undefined;
    if (entry.hasSum !== hasSum) {
      entry.hasSum = hasSum;
      this.#relayout();
    }
    if (
      entry.marks === marks ||
      (entry.marks.length === marks.length && entry.marks.every((mark, i) => mark === marks[i]))
    )
      return entry;
    const { family, text } = entry;
    const more = this.#bytesOf(family.name, text, size) - this.#bytesOf(family.name, text, entry.size);
    const { maxSeries } = this.#options;
    const isFull = this.table.used + size - entry.size > maxSeries;
    if (isFull || (more > 0 && this.#bytes + more > maxSeries * KIBIBYTE)) {
      refusals.add("cardinality", () => this.#capMessage(one));
      return undefined;
    }
    this.#bytes += more;
    this.table.release(entry.head, entry.size);
    entry.marks = marks;
    entry.size = size;
    entry.head = this.table.allocate(size);
    this.#place(entry);
    for (const alias of entry.series) this.slotOf.set(alias, entry.head);
    this.#relayout();
    return entry;
  }

  /** Gives a new series its slots and returns the first; 0 when it is refused. */
  add(one: Series, size: number, marks: readonly number[], hasSum: boolean, refusals: Refusals): number {
    const { kind } = one.descriptor;
    const family = this.families.of(one.family);
    if ((kind === "gauge" || kind === "sum") !== (size === 1)) {
      refusals.add(
        "conflict",
        () => `the ${kind} ${JSON.stringify(shortened(one.name))} comes with points of another kind`,
      );
      return 0;
    }
    if (isRefusal(family)) {
      refusals.add(family.reason, () => family.message);
      return 0;
    }
    // At the cap nothing new is looked at closely, so that a flood of series costs little.
    if (this.#full(one, size)) {
      this.expire();
      if (this.#full(one, size)) {
        refusals.add("cardinality", () => this.#capMessage(one));
        return 0;
      }
    }
    const labels = seriesLabels(one, this.#options);
    const text = labelText(labels, false);
    this.#made += text.length;
    const delta = one.descriptor.temporality === "delta";
    const there = family.entries.get(text);
    if (there !== undefined) {
      if (there.delta !== delta) {
        refusals.add(
          "conflict",
          () => `${shortened(`${family.name}{${text}}`)} comes with delta and with cumulative temporality`,
        );
        return 0;
      }
      if (!isSameSeries(one, there.series[0]!)) {
        if (this.#takesOver(one, there)) {
          const { rivals } = there;
          this.#remove(there);
          const head = this.add(one, size, marks, hasSum, refusals);
          if (head !== 0) this.table.entries[head]!.rivals = rivals;
          return head;
        }
        refusals.add("conflict", () => conflictMessage(one, there));
        return 0;
      }
      there.series.push(one);
      this.slotOf.set(one, there.head);
      this.#countResource(one.resource, 1);
      if (there.series.length > MAX_ALIASES) this.#forgetAlias(there);
      return there.head;
    }
    const bytes = this.#bytesOf(family.name, text, size);
    const held = this.#heldBeside(one, family);
    if (this.#bytes + bytes + held > this.#options.maxSeries * KIBIBYTE) {
      refusals.add("cardinality", () => this.#capMessage(one));
      return 0;
    }
    this.#bytes += bytes;
    const head = this.table.allocate(size);
    const entry: Entry = {
      family,
      series: [one],
      labels,
      text,
      delta,
      head,
      size,
      marks,
      hasSum,
      exponential: undefined,
      rivals: undefined,
    };
    if (family.entries.size === 0) {
      this.families.add(family);
      this.#bytes += family.help.length;
    }
    family.entries.set(text, entry);
    this.#place(entry);
    this.slotOf.set(one, head);
    this.#countResource(one.resource, 1);
    this.#relayout();
    return head;
  }

  /** Whether a series has the line of another one from now on, which would stand for the same thing if it were alive. */
  #takesOver(one: Series, there: Entry): boolean {
    const holder = there.series[0]!;
    if (!differInOriginOnly(one, holder)) return false;
    there.rivals ??= new Rivals();
    if (!there.rivals.mayTake(originOf(one), this.table.updatedMs[there.head]!, this.#nowMs)) return false;
    there.rivals.swap(originOf(one), originOf(holder), this.#nowMs);
    return true;
  }

  /** The oldest one but the first, which has the line. It is known again with its next value. */
  #forgetAlias({ series }: Entry): void {
    const [alias] = series.splice(1, 1);
    this.slotOf.delete(alias!);
    this.#countResource(alias!.resource, -1);
  }

  #place(entry: Entry): void {
    const { head, size } = entry;
    const table = this.table;
    table.entries[head] = entry;
    table.series[head] = entry.series[0];
    table.delta[head] = entry.delta ? 1 : 0;
    table.changed.fill(this.generation, head, head + size);
  }

  #full(one: Series, size: number): boolean {
    const { maxSeries } = this.#options;
    if (this.table.used + size > maxSeries) return true;
    return this.#bytes + this.#textOfNew(one.resource) + size * leastText(one, this.#options) > maxSeries * KIBIBYTE;
  }

  #capMessage(one: Series): string {
    return `the limit of ${this.#options.maxSeries} series (or 1 KiB of text for each) is reached; the first series refused is of ${JSON.stringify(shortened(one.name))}`;
  }

  /** What a new series brings beside its lines: a family's description, and a resource, which `target_info` shows. */
  #heldBeside({ resource }: Series, family: Family): number {
    return (family.entries.size === 0 ? family.help.length : 0) + this.#textOfNew(resource);
  }

  #textOfNew(resource: Resource): number {
    return this.resources.has(resource) ? 0 : resourceText(resource);
  }

  #bytesOf(name: string, text: string, size: number): number {
    return size * (name.length + text.length + 16);
  }

  /** Removes a series that has no value any more. */
  forget(one: Series): void {
    const entry = this.table.entries[this.slotOf.get(one) ?? 0];
    if (entry !== undefined) this.#remove(entry);
  }

  #remove(entry: Entry): void {
    const { family, head, size, text } = entry;
    this.#bytes -= this.#bytesOf(family.name, text, size);
    this.table.release(head, size);
    family.entries.delete(text);
    for (const one of entry.series) {
      this.slotOf.delete(one);
      this.#countResource(one.resource, -1);
    }
    if (family.entries.size === 0) {
      this.families.remove(family);
      this.#bytes -= family.help.length;
    }
    this.#relayout();
  }

  #countResource(resource: Resource, by: number): void {
    const before = this.resources.get(resource) ?? 0;
    if (before + by === 0) {
      this.resources.delete(resource);
      this.#bytes -= resourceText(resource);
    } else this.resources.set(resource, before + by);
    if (before > 0) return;
    this.#bytes += resourceText(resource);
    this.#relayout();
  }

  #relayout(): void {
    this.layoutVersion++;
    this.touched = true;
  }

  /** Removes what has had no value for too long. Looks through the series only when one may be due. */
  expire(): void {
    const { clock, metricExpirationMs } = this.#options;
    const limitMs = clock.monotonicMs() - metricExpirationMs;
    if (this.oldestMs >= limitMs) return;
    let oldestMs = Number.POSITIVE_INFINITY;
    const { entries, updatedMs } = this.table;
    for (let slot = 1; slot < entries.length; slot++) {
      const entry = entries[slot];
      if (entry === undefined) continue;
      if (updatedMs[slot]! < limitMs) this.#remove(entry);
      else oldestMs = Math.min(oldestMs, updatedMs[slot]!);
    }
    this.oldestMs = oldestMs;
  }
}

/** Whether two objects stand for one series: an equal one may be interned anew, and a description identifies nothing. */
function isSameSeries(a: Series, b: Series): boolean {
  return differInOriginOnly(a, b) && isSame(a.resource, b.resource) && isSame(a.scope, b.scope);
}

/** Identities may be long, and differ at their end. */
function isSame<T extends { readonly hash: number; readonly identity: string }>(a: T, b: T): boolean {
  return a === b || (a.hash === b.hash && a.identity === b.identity);
}

/** Whether nothing but resource and scope may tell two series apart. */
function differInOriginOnly(a: Series, b: Series): boolean {
  return (
    a.name === b.name &&
    a.descriptor.unit === b.descriptor.unit &&
    a.descriptor.kind === b.descriptor.kind &&
    a.descriptor.monotonic === b.descriptor.monotonic &&
    a.descriptor.temporality === b.descriptor.temporality &&
    a.attributes.identity === b.attributes.identity
  );
}

/** By hash: each of thousands of lines may remember some, and an identity may be a quarter of a mebibyte. */
function originOf({ resource, scope }: Series): string {
  return `${resource.hash} ${scope.hash}`;
}

/** Two series that would overwrite each other's line; the message says what keeps them apart until it is written. */
function conflictMessage(one: Series, { family, text, series }: Entry): string {
  const other = series[0]!;
  const differs = !isSame(one.resource, other.resource)
    ? "resource"
    : !isSame(one.scope, other.scope)
      ? "scope"
      : one.attributes.identity !== other.attributes.identity
        ? "attributes"
        : "metric";
  return `two series would be exposed as ${shortened(`${family.name}{${text}}`)}; they differ in their ${differs} only where the line does not show it, and the first is kept`;
}
