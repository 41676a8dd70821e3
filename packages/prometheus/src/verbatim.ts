import type { Scope } from "@tracecore/core/pdata";

/**
 * The scope attribute of metrics whose names and labels are Prometheus' already, because dashboards of another exporter use
 * them: nothing is added to either, whatever the strategy says.
 */
export const VERBATIM = "tracecore.prometheus.verbatim";

/** Whether the names of a scope stay as they are. */
export function isVerbatim({ attributes }: Scope): boolean {
  return attributes.get(VERBATIM) === true;
}
