import { patternOf } from "@tracecore/core/pattern";
import { textOf, type AttributesEdit, type AttributeValue } from "@tracecore/core/pdata";
import type { RedactionConfig } from "./config.ts";
import type { GpuPrivacy } from "./gpu-identifiers.ts";
import { isSummaryKey, Notes } from "./summary.ts";

/** Removes and masks by the options. */
export interface Redactor {
  /** For the attributes of anything. */
  readonly attributes: AttributesEdit;
  /** For a log record: its body, and its attributes, which tell of both in the summary. */
  readonly record: (
    body: AttributeValue | undefined,
    attributes: Map<string, AttributeValue>,
  ) => { readonly body: AttributeValue | undefined; readonly edited: boolean };
}

const MASK = "****";

/** The redactor of these options. */
export function redactor(config: RedactionConfig, gpu: GpuPrivacy | undefined): Redactor {
  const allowsAll = config.allow_all_keys ?? (gpu !== undefined && config.allowed_keys === undefined);
  const allowedKeys = new Set(config.allowed_keys);
  const ignoredKeys = new Set(config.ignored_keys);
  const ignoredPatterns = config.ignored_key_patterns.map(patternOf);
  const keyPatterns = config.blocked_key_patterns.map(patternOf);
  const allowedValues = config.allowed_values.map(patternOf);
  const blockedValues = config.blocked_values.map(patternOf);
  const cover = coverOf(config);

  const coveredText = (text: string): string => {
    let covered = text;
    for (const blocked of blockedValues) {
      if (blocked.test(covered)) covered = blocked.replace(covered, ({ groups }) => cover(groups[0]!));
    }
    return covered;
  };
  /** A text after everything but the rules for its key. `prose` is written for people and may name GPUs in the middle. */
  const text = (before: string, prose: boolean, notes: Notes, key: string): string => {
    const named = gpu === undefined ? before : prose ? gpu.prose(before) : gpu.uuids(before);
    if (!allowedValues.some((allowed) => allowed.test(before))) return coveredText(named);
    notes.add("allowed", key);
    return named;
  };
  /** A value under `key`; the value itself when nothing changed. `top` is the name that the summary has. */
  const value = (before: AttributeValue, key: string, notes: Notes, top: string): AttributeValue => {
    if (keyPatterns.some((pattern) => pattern.test(key))) return cover(textOf(before) ?? jsonOf(before));
    if (typeof before === "string") return gpu?.identifier(key, before) ?? text(before, false, notes, top);
    if (before === null || before instanceof Uint8Array) return before;
    const plain = textOf(before);
    if (plain !== undefined) {
      if (!config.redact_all_types) return before;
      const after = text(plain, false, notes, top);
      return after === plain ? before : after;
    }
    if (Array.isArray(before)) {
      const list = before as readonly AttributeValue[];
      const after = list.map((one) => value(one, "", notes, top));
      return after.every((one, i) => Object.is(one, list[i])) ? before : after;
    }
    const entries = Object.entries(before as Readonly<Record<string, AttributeValue>>);
    const after = entries.map(([name, one]) => [name, value(one, name, notes, top)] as const);
    return after.every(([, one], i) => Object.is(one, entries[i]![1])) ? before : Object.fromEntries(after);
  };
  const isIgnored = (key: string): boolean =>
    ignoredKeys.has(key) || ignoredPatterns.some((pattern) => pattern.test(key));
  /** Attributes: what is not allowed goes, the rest is looked at. */
  const entries = (map: Map<string, AttributeValue>, notes: Notes): boolean => {
    let edited = false;
    for (const [key, before] of map) {
      if (isIgnored(key)) {
        notes.add("ignored", key);
        continue;
      }
      // What a processor before this one told; a sender may have written anything there, so the value is looked at all the same.
      const told = config.summary !== "silent" && isSummaryKey(key);
      if (!allowsAll && !allowedKeys.has(key) && !told) {
        map.delete(key);
        notes.add("redacted", key);
        edited = true;
        continue;
      }
      const after = value(before, key, notes, key);
      if (Object.is(after, before)) continue;
      map.set(key, after);
      notes.add("masked", key);
      edited = true;
    }
    return edited;
  };
  /** A part of a body: names have to be allowed at any depth, and numbers are looked at too. `path` is its name in the summary. */
  const part = (before: AttributeValue, key: string, path: string, notes: Notes): AttributeValue => {
    if (before === null || before instanceof Uint8Array) return before;
    if (isMap(before)) return partMap(before, path, notes);
    if (Array.isArray(before)) {
      const list = before as readonly AttributeValue[];
      const after = list.map((one, index) => part(one, "", path === "" ? `[${index}]` : `${path}.[${index}]`, notes));
      return after.every((one, index) => Object.is(one, list[index])) ? before : after;
    }
    const isText = typeof before === "string";
    const plain = isText ? before : textOf(before)!;
    const named = isText ? gpu?.identifier(key, before) : undefined;
    const after = named ?? text(plain, true, notes, path);
    if (after === plain) return before;
    notes.add("masked", path);
    return after;
  };
  const partMap = (before: MapValue, above: string, notes: Notes): AttributeValue => {
    const after: [string, AttributeValue][] = [];
    let edited = false;
    for (const [key, one] of Object.entries(before)) {
      const path = above === "" ? key : `${above}.${key}`;
      if (isIgnored(key)) {
        notes.add("ignored", path);
        after.push([key, one]);
      } else if (!allowsAll && !allowedKeys.has(key)) {
        notes.add("redacted", path);
        edited = true;
      } else if (keyPatterns.some((pattern) => pattern.test(key))) {
        notes.add("masked", path);
        after.push([key, cover(textOf(one) ?? jsonOf(one))]);
        edited = true;
      } else {
        const changed = part(one, key, path, notes);
        after.push([key, changed]);
        edited ||= !Object.is(changed, one);
      }
    }
    return edited ? Object.fromEntries(after) : before;
  };
  const body = (before: AttributeValue | undefined, notes: Notes): AttributeValue | undefined => {
    if (before === undefined) return before;
    return part(before, "", isMap(before) || Array.isArray(before) ? "" : "body", notes);
  };

  return {
    attributes(map) {
      const notes = new Notes();
      const edited = entries(map, notes);
      return notes.write(map, config.summary, "redaction") || edited;
    },
    record(before, map) {
      const bodyNotes = new Notes();
      const notes = new Notes();
      const after = body(before, bodyNotes);
      const edited = entries(map, notes);
      const told = notes.write(map, config.summary, "redaction");
      return { body: after, edited: bodyNotes.write(map, config.summary, "redaction.body") || told || edited };
    },
  };
}

type MapValue = Readonly<Record<string, AttributeValue>>;

function isMap(value: AttributeValue): value is MapValue {
  const isObject = typeof value === "object" && value !== null;
  return isObject && !Array.isArray(value) && !(value instanceof Uint8Array) && textOf(value) === undefined;
}

/** What stands in the place of a masked text. */
function coverOf({ hash_function: hash, hmac_key: key }: RedactionConfig): (text: string) => string {
  if (hash === undefined) return () => MASK;
  const { createHash, createHmac } = process.getBuiltinModule("node:crypto");
  if (key !== undefined) {
    const algorithm = hash.replace("hmac-", "");
    const value = key.reveal();
    return (text) => createHmac(algorithm, value).update(text).digest("hex");
  }
  const algorithm = hash === "sha3" ? "sha3-256" : hash;
  return (text) => createHash(algorithm).update(text).digest("hex");
}

/** Lists, maps and bytes as a text, to be hashed. */
function jsonOf(value: AttributeValue): string {
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === "bigint" ? String(inner) : inner));
}
