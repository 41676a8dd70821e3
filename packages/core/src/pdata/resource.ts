import { attributesOf, type Attributes, type AttributesInput } from "./attributes.ts";
import { Origins } from "./origins.ts";

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

const resources = new Origins<Resource>();

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
  return resources.get({ attributes: set, schemaUrl, droppedAttributesCount, entityRefs, identity });
}

export const emptyResource: Resource = resource({});
