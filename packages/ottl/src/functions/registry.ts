import type { ContextName } from "../frame.ts";
import { collections } from "./collections.ts";
import { conversions } from "./conversions.ts";
import { editors } from "./editors.ts";
import { hashes } from "./hashes.ts";
import { identities } from "./identities.ts";
import { metricFunctions } from "./metric-functions.ts";
import { replacing } from "./replacing.ts";
import type { FunctionDefinition } from "./signature.ts";
import { texts } from "./texts.ts";
import { times } from "./times.ts";

const all: ReadonlyMap<string, FunctionDefinition> = new Map(
  [editors, replacing, metricFunctions, conversions, texts, collections, hashes, identities, times]
    .flat()
    .map((one) => [one.name, one]),
);

/** Editors begin with a small letter, converters with a capital. */
export function isEditor(name: string): boolean {
  return /^[a-z_]/.test(name);
}

export function functionNamed(name: string): FunctionDefinition | undefined {
  return all.get(name);
}

/** Names of the functions that a context has; all without one. */
export function functionNames(context?: ContextName): string[] {
  return [...all.values()]
    .filter(({ contexts }) => context === undefined || contexts === undefined || contexts.includes(context))
    .map(({ name }) => name);
}
