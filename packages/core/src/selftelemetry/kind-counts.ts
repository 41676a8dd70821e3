import type { Attributes } from "@opentelemetry/api";
import { isCanonicalKind } from "./producer.ts";

/** Where kinds go that came after the cap was reached. */
export const otherKind = "other";

/** Unknown kinds that one component may add to the canonical ones. */
export const defaultMaxUnknownKinds = 20;

interface KindCount {
  readonly attributes: Attributes;
  count: number;
}

/** Counts by kind, with a cap on how many kinds a component can invent: a label of free text would be endless series. */
export class KindCounts {
  readonly #byKind = new Map<string, KindCount>();
  readonly #attributesOf: (kind: string) => Attributes;
  readonly #maxUnknown: number;
  readonly #onCap: (kind: string) => void;
  #unknown = 0;
  #capped = false;
  total = 0;

  /** `onCap` is called once, with the first kind that was folded. */
  constructor(attributesOf: (kind: string) => Attributes, maxUnknown: number, onCap: (kind: string) => void) {
    this.#attributesOf = attributesOf;
    this.#maxUnknown = maxUnknown;
    this.#onCap = onCap;
  }

  add(kind: string, count = 1): void {
    this.total += count;
    const known = this.#byKind.get(kind) ?? this.#open(kind);
    known.count += count;
  }

  forEach(visit: (count: number, attributes: Attributes) => void): void {
    for (const { count, attributes } of this.#byKind.values()) visit(count, attributes);
  }

  #open(kind: string): KindCount {
    if (!isCanonicalKind(kind) && kind !== otherKind) {
      if (this.#unknown >= this.#maxUnknown) {
        if (!this.#capped) {
          this.#capped = true;
          this.#onCap(kind);
        }
        return this.#byKind.get(otherKind) ?? this.#open(otherKind);
      }
      this.#unknown++;
    }
    const opened = { attributes: this.#attributesOf(kind), count: 0 };
    this.#byKind.set(kind, opened);
    return opened;
  }
}
