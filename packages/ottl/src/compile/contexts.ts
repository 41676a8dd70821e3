import type { ContextName } from "../frame.ts";
import type { Expression } from "../language/syntax.ts";
import { walk } from "../language/syntax.ts";
import { functionNamed } from "../functions/registry.ts";
import { enumerations } from "./enumerations.ts";
import { logPaths } from "../paths/log-paths.ts";
import { datapointPaths, metricPaths } from "../paths/metric-paths.ts";
import { resourcePaths, scopePaths } from "../paths/origin-paths.ts";
import type { PathTable } from "../paths/path-table.ts";
import { spanEventPaths, spanPaths } from "../paths/span-paths.ts";

export type Signal = "metrics" | "logs" | "traces";

/** The fields of each context. */
export const pathTables: Readonly<Record<ContextName, PathTable>> = {
  resource: resourcePaths,
  scope: scopePaths,
  metric: metricPaths,
  datapoint: datapointPaths,
  log: logPaths,
  span: spanPaths,
  spanevent: spanEventPaths,
};

/** What the statements of a context can name, from the item itself up. */
export const visibleContexts: Readonly<Record<ContextName, readonly ContextName[]>> = {
  resource: ["resource"],
  scope: ["scope", "resource"],
  metric: ["metric", "scope", "resource"],
  datapoint: ["datapoint", "metric", "scope", "resource"],
  log: ["log", "scope", "resource"],
  span: ["span", "scope", "resource"],
  spanevent: ["spanevent", "span", "scope", "resource"],
};

/** The contexts of each signal, from the one with the fewest items down. */
export const signalContexts: Readonly<Record<Signal, readonly ContextName[]>> = {
  metrics: ["resource", "scope", "metric", "datapoint"],
  logs: ["resource", "scope", "log"],
  traces: ["resource", "scope", "span", "spanevent"],
};

/** The context that a first field names. */
export function contextNamed(field: string): ContextName | undefined {
  if (field === "instrumentation_scope") return "scope";
  return Object.hasOwn(visibleContexts, field) ? (field as ContextName) : undefined;
}

/** The context with the fewest items that has all that the expressions name; undefined when there is none. */
export function inferredContext(signal: Signal, expressions: readonly Expression[]): ContextName | undefined {
  const named = new Set<ContextName>();
  let possible = signalContexts[signal];
  for (const expression of expressions) {
    walk(expression, (one) => {
      const context = one.kind === "path" && one.fields.length > 1 ? contextNamed(one.fields[0]!) : undefined;
      if (context !== undefined) named.add(context);
      const only = one.kind === "call" ? functionNamed(one.name)?.contexts : undefined;
      if (only !== undefined) possible = possible.filter((candidate) => only.includes(candidate));
      if (one.kind === "name") {
        const having = possible.filter((candidate) => Object.hasOwn(enumerations[candidate], one.name));
        // A name that none has is reported as unknown where it stands.
        if (having.length > 0) possible = having;
      }
    });
  }
  return possible.find((candidate) => [...named].every((context) => visibleContexts[candidate].includes(context)));
}
