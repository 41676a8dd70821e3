import { textMatcher } from "@tracecore/core/pdata";
import type { Match } from "./config.ts";

/** A test for names: in the list `key` of `include` if there is one, and not in that of `exclude`. */
export function nameFilter<K extends string>(
  key: K,
  include: Match<K> | undefined,
  exclude: Match<K> | undefined,
): (name: string) => boolean {
  const included = include === undefined ? () => true : textMatcher(include.match_type, include[key]);
  const excluded = exclude === undefined ? () => false : textMatcher(exclude.match_type, exclude[key]);
  return (name) => included(name) && !excluded(name);
}
