import type { ComponentKind } from "@tracecore/core";

/** Names that other collectors use for components of ours. */
const aliases: Readonly<Record<string, string>> = {
  "exporter debug": "stdout",
  "exporter prometheus": "prom",
  "exporter otlp_grpc": "otlp",
  "extension healthcheckv2": "health_check",
  "extension zpages": "status_page",
};

/** The types of a kind that have another name here. */
export function aliasesOf(kind: ComponentKind): string[] {
  return Object.keys(aliases).flatMap((name) => (name.startsWith(`${kind} `) ? name.slice(kind.length + 1) : []));
}

/** The packages that may hold a plugin, in the order in which they are tried. */
export function packageNames(kind: ComponentKind, type: string): string[] {
  const types = [type];
  const alias = aliases[`${kind} ${type}`];
  if (alias !== undefined) types.push(alias);
  // Newer Collectors part words that older ones, and we, write as one: `delta_to_cumulative`, `host_metrics`.
  const joined = type.replaceAll("_", "");
  if (joined !== type) types.push(joined);
  // `clockreceiver` is an older way to write the receiver `clock`.
  if (type.endsWith(kind) && type.length > kind.length) types.push(type.slice(0, -kind.length));
  return types.flatMap((name) => {
    const kebab = name.replaceAll("_", "-");
    return [`@tracecore/${kind}-${kebab}`, `tracecore-${kind}-${kebab}`];
  });
}

/** Kind and type from a package name, or undefined when it does not follow the naming rule. */
export function kindAndType(packageName: string): { kind: ComponentKind; type: string } | undefined {
  const match = /^(?:@tracecore\/|tracecore-)(receiver|processor|exporter|connector|extension)-(.+)$/.exec(packageName);
  if (match === null) return undefined;
  return { kind: match[1] as ComponentKind, type: match[2]!.replaceAll("-", "_") };
}
