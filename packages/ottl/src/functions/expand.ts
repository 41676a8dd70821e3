import type { Match } from "@tracecore/core/pattern";

/** A replacement with its `$1`, `${1}`, `$name` and `${name}` filled in, as Expand of Go's regexp does; `$$` is a dollar. */
export function expand(replacement: string, { groups, names }: Match): string {
  if (!replacement.includes("$")) return replacement;
  return replacement.replaceAll(/\$(?:\$|\{(\w+)\}|(\w+))/g, (_whole, braced?: string, plain?: string) => {
    const name = braced ?? plain;
    if (name === undefined) return "$";
    return (/^\d+$/.test(name) ? groups[Number(name)] : names.get(name)) ?? "";
  });
}
