import type { AttributesInput } from "./attribute-value.ts";
import { attributesOf, noAttributes, type Attributes } from "./attributes.ts";
import { Interned } from "./interned-map.ts";
import { hashText } from "./keyed-hash.ts";
import { Origins } from "./origins.ts";

/** Which code produced telemetry (an OTLP instrumentation scope). Immutable and interned. */
export class Scope extends Interned {
  readonly name: string;
  readonly version: string;
  readonly schemaUrl: string;
  readonly attributes: Attributes;
  readonly droppedAttributesCount: number;
  readonly identity: string;
  /** That of the identity; another one in each process. */
  readonly hash: number;

  /** Use {@link scope}: one made by hand is not interned. */
  constructor(name: string, version: string, schemaUrl: string, set: Attributes, dropped: number) {
    super();
    this.name = name;
    this.version = version;
    this.schemaUrl = schemaUrl;
    this.attributes = set;
    this.droppedAttributesCount = dropped;
    this.identity = `${name.length}:${name}${version.length}:${version}${schemaUrl.length}:${schemaUrl}${dropped};${set.identity}`;
    this.hash = hashText(this.identity);
  }
}

export interface ScopeInput {
  readonly name: string;
  readonly version?: string;
  readonly schemaUrl?: string;
  readonly attributes?: AttributesInput | Attributes;
  readonly droppedAttributesCount?: number;
}

const scopes = new Origins<Scope>();

/** The interned scope. */
export function scope({
  name,
  version = "",
  schemaUrl = "",
  attributes: input,
  droppedAttributesCount = 0,
}: ScopeInput): Scope {
  const set = input === undefined ? noAttributes : attributesOf(input);
  return scopes.get(new Scope(name, version, schemaUrl, set, droppedAttributesCount));
}

export const emptyScope: Scope = scope({ name: "" });
