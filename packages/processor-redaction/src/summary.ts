import { textOf, type AttributeValue } from "@tracecore/core/pdata";

/** What was done to one map of attributes, by the names of the attributes. */
export class Notes {
  #names: Partial<Record<Kind, Set<string>>> | undefined;

  add(kind: Kind, name: string): void {
    // Mostly there is nothing to note, and this is made for each record.
    this.#names ??= {};
    (this.#names[kind] ??= new Set()).add(name);
  }

  /** Writes the attributes that tell of it; says whether there was anything to tell. */
  write(map: Map<string, AttributeValue>, summary: "debug" | "info" | "silent", prefix: string): boolean {
    if (summary === "silent" || this.#names === undefined) return false;
    for (const kind of kinds) {
      const names = this.#names[kind];
      if (names === undefined) continue;
      const [count, list] = [`${prefix}.${kind}.count`, `${prefix}.${kind}.keys`];
      // A redaction processor before this one may have told already.
      map.set(count, names.size + Number(textOf(map.get(count) ?? 0) ?? 0));
      if (summary === "debug" && kind !== "ignored") map.set(list, joined(map.get(list), names));
    }
    return true;
  }
}

const kinds = ["redacted", "masked", "allowed", "ignored"] as const;
type Kind = (typeof kinds)[number];
const summaryKeys: ReadonlySet<string> = new Set(
  ["redaction", "redaction.body"].flatMap((prefix) =>
    kinds.flatMap((kind) => [`${prefix}.${kind}.count`, `${prefix}.${kind}.keys`]),
  ),
);

/** Whether an attribute tells what a redaction processor did. */
export function isSummaryKey(key: string): boolean {
  return summaryKeys.has(key);
}

function joined(before: AttributeValue | undefined, names: ReadonlySet<string>): string {
  const known = typeof before === "string" && before !== "" ? before.split(",") : [];
  return [...new Set([...known, ...names])].sort().join(",");
}
