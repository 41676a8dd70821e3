import type { Match } from "./config.ts";

/**
 * A test for names: in the list `key` of `include` if there is one, and not in that of `exclude`. Throws at once on a bad
 * regular expression.
 */
export function nameFilter<K extends string>(
  key: K,
  include: Match<K> | undefined,
  exclude: Match<K> | undefined,
): (name: string) => boolean {
  const included = include === undefined ? () => true : matches(include[key], include.match_type);
  const excluded = exclude === undefined ? () => false : matches(exclude[key], exclude.match_type);
  return (name) => included(name) && !excluded(name);
}

function matches(names: readonly string[], type: "strict" | "regexp"): (name: string) => boolean {
  if (type === "strict") return (name) => names.includes(name);
  const patterns = names.map((pattern) => {
    try {
      return new RegExp(pattern, "u");
    } catch (error) {
      throw new Error(`${JSON.stringify(pattern)} is not a regular expression`, { cause: error });
    }
  });
  return (name) => patterns.some((pattern) => pattern.test(name));
}
