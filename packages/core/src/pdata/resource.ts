import { attributesOf, type Attributes, type AttributesInput } from "./attributes.ts";
import { Interner } from "./interner.ts";

/** What telemetry is about: a host, a service, a GPU node. Immutable and interned. */
export interface Resource {
  readonly attributes: Attributes;
  readonly schemaUrl: string;
  readonly droppedAttributesCount: number;
  readonly identity: string;
}

const resources = new Interner<Resource>(10_000);

/** The interned resource with these attributes. */
export function resource(input: AttributesInput | Attributes, schemaUrl = "", droppedAttributesCount = 0): Resource {
  const set = attributesOf(input);
  const identity = `${schemaUrl.length}:${schemaUrl}${droppedAttributesCount};${set.identity}`;
  return resources.get(identity, () => ({ attributes: set, schemaUrl, droppedAttributesCount, identity }));
}

export const emptyResource: Resource = resource({});
