import type { Component } from "./component.ts";

/** The running service, as a component sees it. It has this one obligation; what else a host can do is found by asking it. */
export interface Host {
  /** The running extensions by component ID. */
  getExtensions(): ReadonlyMap<string, Component>;
}

/** A host without extensions, for validation and tests. */
export const noopHost: Host = { getExtensions: () => new Map() };
