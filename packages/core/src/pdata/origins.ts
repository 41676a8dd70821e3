import type { Attributes } from "./attributes.ts";
import { internedText } from "./interned-text.ts";
import { Interner } from "./interner.ts";

/** How many are kept alive when nobody uses them. */
const KEPT = 10_000;
/** Longer ones are not kept, in characters. */
const LONGEST = 65_536;

interface Origin {
  readonly attributes: Attributes;
  /** Equal for equal ones, different for different ones. */
  readonly identity: string;
  /** That of the identity; another one in each process. */
  readonly hash: number;
}

/** How much a resource or a scope holds, about, in characters. */
export function heldText({ identity, attributes }: Origin): number {
  return Math.max(identity.length, attributes.textSize);
}

/** Resources, or scopes: what telemetry comes from, one object for each identity. */
export class Origins<O extends Origin> {
  readonly #interner = new Interner<O>(KEPT, LONGEST);

  constructor() {
    const interner = this.#interner;
    internedText.onFull(
      () => interner.forget(),
      (most) => interner.letGo(most),
    );
  }

  /** The interned one that is equal to `made`. */
  get(made: O): O {
    const { identity, hash } = made;
    const size = heldText(made);
    return this.#interner.get(
      hash,
      (one) => one.identity === identity,
      () => {
        // Once in the identity, and once in the parts.
        if (size <= LONGEST) internedText.count(size * 2);
        return made;
      },
      size,
    );
  }
}
