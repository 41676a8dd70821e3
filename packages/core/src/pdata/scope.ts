import { attributesOf, noAttributes, type Attributes, type AttributesInput } from "./attributes.ts";
import { hashText } from "./keyed-hash.ts";
import { Origins } from "./origins.ts";

/** Which code produced telemetry (an OTLP instrumentation scope). Immutable and interned. */
export interface Scope {
  readonly name: string;
  readonly version: string;
  readonly schemaUrl: string;
  readonly attributes: Attributes;
  readonly droppedAttributesCount: number;
  readonly identity: string;
  /** That of the identity; another one in each process. */
  readonly hash: number;
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
  const identity = `${name.length}:${name}${version.length}:${version}${schemaUrl.length}:${schemaUrl}${droppedAttributesCount};${set.identity}`;
  const hash = hashText(identity);
  return scopes.get({ name, version, schemaUrl, attributes: set, droppedAttributesCount, identity, hash });
}

export const emptyScope: Scope = scope({ name: "" });
