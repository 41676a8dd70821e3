import { attributes, resource, scope, type Resource, type Scope } from "@tracecore/core/pdata";
import { AttributeView } from "./attribute-view.ts";

/** A resource that statements read and change. */
export class ResourceItem {
  readonly original: Resource;
  readonly attributes: AttributeView = new AttributeView();
  schemaUrl: string;
  droppedAttributesCount: number;

  constructor(original: Resource) {
    this.original = original;
    this.attributes.pointAtSet(original.attributes);
    this.schemaUrl = original.schemaUrl;
    this.droppedAttributesCount = original.droppedAttributesCount;
  }

  get changed(): boolean {
    const { original, attributes: view, schemaUrl, droppedAttributesCount } = this;
    return (
      view.changed || schemaUrl !== original.schemaUrl || droppedAttributesCount !== original.droppedAttributesCount
    );
  }

  /** The resource as it is now. */
  result(): Resource {
    const { original, attributes: view, schemaUrl, droppedAttributesCount } = this;
    if (!this.changed) return original;
    const set = view.changed ? attributes(view.toMap()) : original.attributes;
    return resource(set, schemaUrl, droppedAttributesCount, original.entityRefs);
  }
}

/** A scope that statements read and change. */
export class ScopeItem {
  readonly original: Scope;
  readonly resource: ResourceItem;
  readonly attributes: AttributeView = new AttributeView();
  name: string;
  version: string;
  schemaUrl: string;
  droppedAttributesCount: number;

  constructor(original: Scope, above: ResourceItem) {
    this.original = original;
    this.resource = above;
    this.attributes.pointAtSet(original.attributes);
    ({
      name: this.name,
      version: this.version,
      schemaUrl: this.schemaUrl,
      droppedAttributesCount: this.droppedAttributesCount,
    } = original);
  }

  /** The scope as it is now. */
  result(): Scope {
    const { original, attributes: view, name, version, schemaUrl, droppedAttributesCount } = this;
    const same =
      !view.changed &&
      name === original.name &&
      version === original.version &&
      schemaUrl === original.schemaUrl &&
      droppedAttributesCount === original.droppedAttributesCount;
    if (same) return original;
    const set = view.changed ? attributes(view.toMap()) : original.attributes;
    return scope({ name, version, schemaUrl, attributes: set, droppedAttributesCount });
  }
}

/** The resources and scopes of one batch: one item for each, however many rows are under it. */
export class Origins {
  readonly #resources = new Map<Resource, { readonly item: ResourceItem; readonly scopes: Map<Scope, ScopeItem> }>();
  #lastResource: Resource | undefined;
  #last: ScopeItem | undefined;

  at(above: Resource, original: Scope): ScopeItem {
    const last = this.#last;
    if (last !== undefined && above === this.#lastResource && original === last.original) return last;
    let known = this.#resources.get(above);
    if (known === undefined) {
      known = { item: new ResourceItem(above), scopes: new Map() };
      this.#resources.set(above, known);
    }
    let item = known.scopes.get(original);
    if (item === undefined) known.scopes.set(original, (item = new ScopeItem(original, known.item)));
    this.#lastResource = above;
    this.#last = item;
    return item;
  }

  /** Whether any of them is different from what it was; there may be as many as there are rows, so it pauses. */
  *changed(): Generator<undefined, boolean> {
    let count = 0;
    for (const { item, scopes } of this.#resources.values()) {
      if (item.changed) return true;
      for (const one of scopes.values()) {
        if (one.result() !== one.original) return true;
        if (++count % 1000 === 0) yield;
      }
    }
    return false;
  }
}

/** What became of resources and scopes, each worked out once. To be asked once all statements ran. */
export class OriginResults {
  readonly #resources = new Map<ResourceItem, Resource>();
  readonly #scopes = new Map<ScopeItem, { readonly resource: Resource; readonly scope: Scope }>();

  of(item: ScopeItem): { readonly resource: Resource; readonly scope: Scope } {
    let result = this.#scopes.get(item);
    if (result === undefined) {
      result = { resource: this.#resource(item.resource), scope: item.result() };
      this.#scopes.set(item, result);
    }
    return result;
  }

  #resource(item: ResourceItem): Resource {
    let result = this.#resources.get(item);
    if (result === undefined) this.#resources.set(item, (result = item.result()));
    return result;
  }
}

interface OriginColumns {
  readonly resources: readonly Resource[];
  readonly scopes: readonly Scope[];
}

/** The columns `resources` and `scopes` after the statements; undefined when they are the same. */
export function changedOrigins(
  { resources, scopes }: OriginColumns,
  origins: Origins,
  results: OriginResults,
): OriginColumns | undefined {
  let changed = false;
  const after = { resources: resources.slice(), scopes: scopes.slice() };
  for (let row = 0; row < resources.length; row++) {
    const own = results.of(origins.at(resources[row]!, scopes[row]!));
    changed ||= own.resource !== resources[row] || own.scope !== scopes[row];
    after.resources[row] = own.resource;
    after.scopes[row] = own.scope;
  }
  return changed ? after : undefined;
}
