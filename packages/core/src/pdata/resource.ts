import type { AttributesInput } from "./attribute-value.ts";
import { attributesOf, type Attributes } from "./attributes.ts";
import { Interned } from "./interned-map.ts";
import { hashText } from "./keyed-hash.ts";
import { Origins } from "./origins.ts";

/** Which attributes of a resource identify an entity, and which describe it (OTLP EntityRef). */
export interface EntityRef {
  readonly schemaUrl: string;
  readonly type: string;
  readonly idKeys: readonly string[];
  readonly descriptionKeys: readonly string[];
}

/** What telemetry is about: a host, a service, a GPU node. Immutable and interned. */
export class Resource extends Interned {
  readonly attributes: Attributes;
  readonly schemaUrl: string;
  readonly droppedAttributesCount: number;
  readonly entityRefs: readonly EntityRef[];
  readonly identity: string;
  /** That of the identity; another one in each process. */
  readonly hash: number;

  /** Use {@link resource}: one made by hand is not interned. */
  constructor(set: Attributes, schemaUrl: string, dropped: number, entityRefs: readonly EntityRef[], identity: string) {
    super();
    this.attributes = set;
    this.schemaUrl = schemaUrl;
    this.droppedAttributesCount = dropped;
    this.entityRefs = entityRefs;
    this.identity = identity;
    this.hash = hashText(identity);
  }
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
  const refs = entityRefs.length === 0 ? "" : identityOfRefs(entityRefs);
  const identity = `${schemaUrl.length}:${schemaUrl}${droppedAttributesCount};${refs.length}:${refs}${set.identity}`;
  return resources.get(new Resource(set, schemaUrl, droppedAttributesCount, entityRefs, identity));
}

/** Of more than these a digest: the text of some millions is longer than a text can be. */
const MANY_REFS = 1000;

function identityOfRefs(refs: readonly EntityRef[]): string {
  if (refs.length <= MANY_REFS) return JSON.stringify(refs);
  const hash = process.getBuiltinModule("node:crypto").createHash("sha256");
  for (const one of refs) hash.update(JSON.stringify(one));
  return `${refs.length}:${hash.digest("hex")}`;
}

export const emptyResource: Resource = resource({});
