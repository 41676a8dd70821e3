import { attributesOf, originSize, type Attributes, type AttributesInput } from "./attributes.ts";
import { internedText } from "./interned-text.ts";
import { Interner } from "./interner.ts";
import { hashText } from "./keyed-hash.ts";

/** Which attributes of a resource identify an entity, and which describe it (OTLP EntityRef). */
export interface EntityRef {
  readonly schemaUrl: string;
  readonly type: string;
  readonly idKeys: readonly string[];
  readonly descriptionKeys: readonly string[];
}

/** What telemetry is about: a host, a service, a GPU node. Immutable and interned. */
export interface Resource {
  readonly attributes: Attributes;
  readonly schemaUrl: string;
  readonly droppedAttributesCount: number;
  readonly entityRefs: readonly EntityRef[];
  readonly identity: string;
}

/** Longer ones are not kept, in characters. */
const LONGEST = 65_536;
const resources = new Interner<Resource>(10_000, LONGEST);
internedText.onFull(
  () => resources.forget(),
  (most) => resources.letGo(most),
);

/** The interned resource with these attributes. */
export function resource(
  input: AttributesInput | Attributes,
  schemaUrl = "",
  droppedAttributesCount = 0,
  entityRefs: readonly EntityRef[] = [],
): Resource {
  const set = attributesOf(input);
  const refs = entityRefs.length === 0 ? "" : JSON.stringify(entityRefs);
  const identity = `${schemaUrl.length}:${schemaUrl}${droppedAttributesCount};${refs.length}:${refs}${set.identity}`;
  const size = originSize({ attributes: set, identity });
  return resources.get(
    hashText(identity),
    (one) => one.identity === identity,
    () => {
      // Once in the identity, and once in the parts.
      if (size <= LONGEST) internedText.count(size * 2);
      return { attributes: set, schemaUrl, droppedAttributesCount, entityRefs, identity };
    },
    size,
  );
}

export const emptyResource: Resource = resource({});
