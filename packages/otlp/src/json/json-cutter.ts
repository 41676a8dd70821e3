import { CutList, CutObject, MISPLACED, type Cut, type CutMember, type JsonBytes, type Run } from "./cut-json.ts";
import type { ItemLimits } from "../wire/item-fields.ts";
import type { JsonKind, JsonPath, PathObject } from "./json-path.ts";

const OBJECT = 0x7b;
const LIST = 0x5b;
/** The first byte of `null`. */
const NULL = 0x6e;
/** How many bytes a letter of a name takes at most: those of `\u0061`. */
const ESCAPED_LETTER = 6;

/** A list or an object that is open, or the text as a whole. */
interface Frame {
  /** How many items there are in what it holds so far. */
  readonly items: number;
  /** Whether the value that comes next is on the path, if it is of the kind that belongs there. */
  readonly leadsOn: boolean;
  /** Which kind of value comes next. */
  readonly expected: JsonKind;
  /** `values` are those of what is not on the path, with all that is in it. */
  put(start: number, end: number, cut: Cut | undefined, items: number, values: number): void;
}

/** A frame of a list or an object; there is one for each place on the path, which is used again and again. */
interface PathFrame extends Frame {
  readonly isObject: boolean;
  readonly start: number;
  begin(start: number): void;
  cut(): Cut;
}

/**
 * Cuts the lists on a path into runs of elements, each of at most `most` bytes. What is no longer than that is left whole, and is
 * a part of the run around it; of what is longer, the lists in it are cut. Only what is longer is remembered.
 */
export class JsonCutter {
  /** How many lists and objects of the path are open. */
  level = 0;
  readonly #source: JsonBytes;
  readonly #most: number;
  readonly #root: Root = new Root();
  readonly #frames: readonly PathFrame[];
  /** Whether what stands at a place of the path is between the request and its items. */
  readonly #isAround: readonly boolean[];
  /** How many of them there were: resources, scopes, metrics and their data. */
  #around = 0;
  /** The most that one item has which was cut, or what belongs to a resource, scope or metric itself: it is parsed together. */
  readonly largest: Record<keyof ItemLimits, number> = { itemFields: 0, itemBytes: 0, headBytes: 0 };

  constructor(source: JsonBytes, path: JsonPath, most: number) {
    this.#source = source;
    this.#most = most;
    const items = path.lastIndexOf("list");
    this.#isAround = path.map((one, i) => one !== "list" && i > 0 && i < items);
    this.#frames = path.map((one, i) =>
      one === "list"
        ? new OpenList(source, most, i === items)
        : new OpenObject(source, one, path[i + 1] === "list" ? "list" : "object"),
    );
  }

  /**
   * How many items there are; or, if that is more, for how many the resources, scopes and metrics would do that were read, had each
   * item all of these to itself: empty ones take time as well.
   */
  get load(): number {
    return Math.max(this.#root.items, Math.ceil(this.#around / this.#isAround.filter(Boolean).length));
  }

  /** What has been read, in pieces where it is long. */
  result(): unknown {
    return this.#root.value(this.#source);
  }

  /** A list or an object begins in the innermost one of the path; returns whether it is on the path as well. */
  open(isObject: boolean, start: number): boolean {
    const frame = this.#frames[this.level];
    if (frame === undefined || frame.isObject !== isObject || !this.#innermost.leadsOn) return false;
    frame.begin(start);
    this.level++;
    return true;
  }

  /** The innermost list or object of the path ends. */
  close(end: number): void {
    const frame = this.#frames[--this.level]!;
    if (this.#isAround[this.level] === true) this.#around++;
    const cut = end - frame.start > this.#most ? frame.cut() : undefined;
    if (cut instanceof CutObject) this.#measure(frame as OpenObject);
    this.#innermost.put(frame.start, end, cut, frame.items, 0);
  }

  /** A key stands in the innermost object of the path, from behind its first quote to its last. */
  key(start: number, end: number, isEscaped: boolean): void {
    (this.#innermost as OpenObject).key(start, end, isEscaped);
  }

  /** A value that is not on the path stands in the innermost list or object that is. */
  put(start: number, end: number, values: number): void {
    const holder = this.#innermost;
    if (holder instanceof OpenList && this.#isAround[this.level] === true) this.#around++;
    const isMisplaced = end - start > this.#most && !isOf(holder.expected, this.#source.at(start));
    holder.put(start, end, isMisplaced ? MISPLACED : undefined, 0, values);
  }

  #measure({ values, bytes }: OpenObject): void {
    const { largest } = this;
    const kind = this.level === this.#frames.length - 1 ? "itemBytes" : "headBytes";
    largest.itemFields = Math.max(largest.itemFields, values);
    largest[kind] = Math.max(largest[kind], bytes);
  }

  get #innermost(): Frame {
    return this.level === 0 ? this.#root : this.#frames[this.level - 1]!;
  }
}

/** Whether a value of that first byte may be of a kind; `null` is of each. */
function isOf(kind: JsonKind, firstByte: number): boolean {
  if (firstByte === NULL) return true;
  if (kind === "object") return firstByte === OBJECT;
  if (kind === "list") return firstByte === LIST;
  return firstByte !== OBJECT && firstByte !== LIST;
}

class Root implements Frame {
  readonly leadsOn = true;
  readonly expected = "object";
  items = 0;
  #start = 0;
  #end = 0;
  #cut: Cut | undefined;

  put(start: number, end: number, cut: Cut | undefined, items: number): void {
    this.#start = start;
    this.#end = end;
    this.#cut = cut;
    this.items = items;
  }

  value(source: JsonBytes): unknown {
    const cut = this.#cut;
    if (cut === undefined) return source.parse(source.text(this.#start, this.#end));
    return cut instanceof CutObject ? cut.value() : cut;
  }
}

class OpenList implements PathFrame {
  readonly isObject = false;
  readonly leadsOn = true;
  readonly expected = "object";
  readonly #source: JsonBytes;
  readonly #most: number;
  readonly #isOfItems: boolean;
  start = 0;
  items = 0;
  #length = 0;
  #parts: (Run | Cut)[] = [];
  /** -1 while there is none. */
  #runStart = -1;
  #runEnd = 0;

  constructor(source: JsonBytes, most: number, isOfItems: boolean) {
    this.#source = source;
    this.#most = most;
    this.#isOfItems = isOfItems;
  }

  begin(start: number): void {
    this.start = start;
    this.items = 0;
    this.#length = 0;
    this.#runStart = -1;
  }

  put(start: number, end: number, cut: Cut | undefined, items: number): void {
    this.#length++;
    this.items += this.#isOfItems ? 1 : items;
    if (cut === undefined && this.#runStart !== -1 && end - this.#runStart <= this.#most) {
      this.#runEnd = end;
      return;
    }
    this.#endRun();
    if (cut !== undefined) {
      this.#parts.push(cut);
      return;
    }
    this.#runStart = start;
    this.#runEnd = end;
  }

  cut(): CutList {
    this.#endRun();
    const parts = this.#parts;
    this.#parts = [];
    return new CutList(this.#source, parts, this.#length);
  }

  #endRun(): void {
    if (this.#runStart !== -1) this.#parts.push({ start: this.#runStart, end: this.#runEnd });
    this.#runStart = -1;
  }
}

class OpenObject implements PathFrame {
  readonly isObject = true;
  readonly #source: JsonBytes;
  readonly #names: readonly string[];
  readonly #spelled: readonly Uint8Array[];
  readonly #kinds: readonly JsonKind[];
  /** The names of each length. */
  readonly #byLength: readonly (readonly number[])[];
  /** How many of the names come before those that lead on. */
  readonly #kept: number;
  start = 0;
  /** Which member is being read; -1 for one that nobody reads. */
  #key = -1;
  /** A bit for each member that was there. */
  #present = 0;
  readonly #starts: number[];
  readonly #ends: number[];
  readonly #items: number[];
  readonly #cuts: (Cut | undefined)[];
  readonly #values: number[];

  constructor(source: JsonBytes, { kept, next }: PathObject, nextKind: JsonKind) {
    this.#source = source;
    this.#names = [...Object.keys(kept), ...next];
    this.#kinds = [...Object.values(kept), ...next.map(() => nextKind)];
    this.#spelled = this.#names.map((name) => Buffer.from(name));
    const lengths = this.#names.map((name) => name.length);
    this.#byLength = Array.from({ length: Math.max(...lengths) + 1 }, (_, length) =>
      lengths.flatMap((one, i) => (one === length ? [i] : [])),
    );
    this.#kept = this.#names.length - next.length;
    this.#starts = this.#names.map(() => 0);
    this.#ends = this.#names.map(() => 0);
    this.#items = this.#names.map(() => 0);
    this.#cuts = this.#names.map(() => undefined);
    this.#values = this.#names.map(() => 0);
  }

  get leadsOn(): boolean {
    return this.#key >= this.#kept;
  }

  get expected(): JsonKind {
    // Of what nobody reads, any kind will do.
    return this.#kinds[this.#key] ?? "scalar";
  }

  get items(): number {
    let items = 0;
    for (let i = this.#kept; i < this.#names.length; i++) if ((this.#present >> i) & 1) items += this.#items[i]!;
    return items;
  }

  /** Those of the members that do not lead on. */
  get bytes(): number {
    let bytes = 0;
    for (let i = 0; i < this.#kept; i++) if ((this.#present >> i) & 1) bytes += this.#ends[i]! - this.#starts[i]!;
    return bytes;
  }

  /** Those of the members that are not cut. */
  get values(): number {
    return this.#values.reduce((sum, own, i) => ((this.#present >> i) & 1 ? sum + own : sum), 0);
  }

  begin(start: number): void {
    this.start = start;
    this.#present = 0;
  }

  key(start: number, end: number, isEscaped: boolean): void {
    const length = end - start;
    this.#key = -1;
    if (isEscaped) {
      if (length < ESCAPED_LETTER * this.#byLength.length) {
        this.#key = this.#names.indexOf(JSON.parse(this.#source.text(start - 1, end + 1)) as string);
      }
      return;
    }
    if (length >= this.#byLength.length) return;
    for (const i of this.#byLength[length]!) if (this.#source.has(this.#spelled[i]!, start)) this.#key = i;
  }

  /** The last member of a name is the one that counts. */
  put(start: number, end: number, cut: Cut | undefined, items: number, values: number): void {
    const key = this.#key;
    if (key === -1) return;
    this.#present |= 1 << key;
    this.#starts[key] = start;
    this.#ends[key] = end;
    this.#items[key] = items;
    this.#cuts[key] = cut;
    this.#values[key] = cut === undefined ? values : 0;
  }

  cut(): CutObject {
    const members = this.#names
      .map((name, i): CutMember => ({ name, start: this.#starts[i]!, end: this.#ends[i]!, cut: this.#cuts[i] }))
      .filter((_, i) => (this.#present >> i) & 1);
    return new CutObject(this.#source, members);
  }
}
