import type { Batch } from "@tracecore/core";
import { filterLogs, filterSeries, filterTraces, type Resource, type Scope } from "@tracecore/core/pdata";
import { compileConditions } from "../compile/program.ts";
import { emptyFrame, lookingAway } from "../frame.ts";
import { ResourceItem, ScopeItem } from "../items/origins.ts";
import type { DropOptions } from "./dropping.ts";

/** A batch without all that lies under the resources, or the scopes, for which one of `conditions` holds. */
export function dropOrigins(
  context: "resource" | "scope",
  conditions: readonly string[],
  { now, sink }: DropOptions,
): (batch: Batch) => Batch {
  const { hold } = compileConditions(context, conditions);
  const frame = emptyFrame(now);
  return lookingAway(frame, (batch) => {
    const resources = new Map<Resource, ResourceItem>();
    const kept = new Map<Resource, Map<Scope | undefined, boolean>>();
    const holds = (resource: Resource, scope: Scope): boolean => {
      const item = resources.get(resource) ?? new ResourceItem(resource);
      resources.set(resource, item);
      frame.resource = item;
      if (context === "scope") frame.scope = new ScopeItem(scope, item);
      return hold(frame, sink);
    };
    // Each is asked once in a batch, so that one that fails is heard of once.
    const keep = (resource: Resource, scope: Scope): boolean => {
      let known = kept.get(resource);
      if (known === undefined) kept.set(resource, (known = new Map<Scope | undefined, boolean>()));
      const key = context === "scope" ? scope : undefined;
      let result = known.get(key);
      if (result === undefined) known.set(key, (result = !holds(resource, scope)));
      return result;
    };
    switch (batch.signal) {
      case "metrics":
        return filterSeries(batch, (one) => keep(one.resource, one.scope));
      case "logs":
        return filterLogs(batch, (row) => keep(batch.resources[row]!, batch.scopes[row]!));
      case "traces":
        return filterTraces(batch, (row) => keep(batch.resources[row]!, batch.scopes[row]!));
    }
  });
}
