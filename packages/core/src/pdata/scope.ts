import { attributesOf, noAttributes, originSize, type Attributes, type AttributesInput } from "./attributes.ts";
import { internedText } from "./interned-text.ts";
import { Interner } from "./interner.ts";
import { hashText } from "./keyed-hash.ts";

/** Which code produced telemetry (an OTLP instrumentation scope). Immutable and interned. */
export interface Scope {
  readonly name: string;
  readonly version: string;
  readonly schemaUrl: string;
  readonly attributes: Attributes;
  readonly droppedAttributesCount: number;
  readonly identity: string;
}

export interface ScopeInput {
  readonly name: string;
  readonly version?: string;
  readonly schemaUrl?: string;
  readonly attributes?: AttributesInput | Attributes;
  readonly droppedAttributesCount?: number;
}

/** Longer ones are not kept, in characters. */
const LONGEST = 65_536;
const scopes = new Interner<Scope>(10_000, LONGEST);
internedText.onFull(
  () => scopes.forget(),
  (most) => scopes.letGo(most),
);

/** The interned scope. */
export function scope({
  name,
  version = "",
  schemaUrl = "",
  attributes: input,
  droppedAttributesCount = 0,
}: ScopeInput): Scope {
  const set = input === undefined ? noAttributes : attributesOf(input);
  const identity = `${name.length}:${name}${version.length}:${version}${schemaUrl.length}:${schemaUrl}${droppedAttributesCount};${set.identity}`;
  const size = originSize({ attributes: set, identity });
  return scopes.get(
    hashText(identity),
    (one) => one.identity === identity,
    () => {
      if (size <= LONGEST) internedText.count(size * 2);
      return { name, version, schemaUrl, attributes: set, droppedAttributesCount, identity };
    },
    size,
  );
}

export const emptyScope: Scope = scope({ name: "" });
