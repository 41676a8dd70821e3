import type { Resource, Scope } from "@tracecore/core/pdata";
import { groupByScope, groupRows, type ResourceGroup, type RowGroup } from "./group-rows.ts";

interface Origin {
  readonly resource: Resource;
  readonly scope: Scope;
}

interface OriginColumns {
  readonly itemCount: number;
  readonly resources: readonly Resource[];
  readonly scopes: readonly Scope[];
}

/** The rows of a batch of logs or spans by resource and scope. */
export function groupByOrigin({ itemCount, resources, scopes }: OriginColumns): ResourceGroup<RowGroup<Origin>>[] {
  const origins: Origin[] = [];
  const known = new Map<Resource, Map<Scope, Origin>>();
  let last: Origin | undefined;
  for (let row = 0; row < itemCount; row++) {
    const resource = resources[row]!;
    const scope = scopes[row]!;
    if (last === undefined || last.resource !== resource || last.scope !== scope) {
      let byScope = known.get(resource);
      if (byScope === undefined) known.set(resource, (byScope = new Map<Scope, Origin>()));
      last = byScope.get(scope);
      if (last === undefined) byScope.set(scope, (last = { resource, scope }));
    }
    origins.push(last);
  }
  return groupByScope(groupRows(origins, itemCount), ({ of }) => of);
}
