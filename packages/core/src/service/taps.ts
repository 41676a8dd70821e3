import { componentKinds, type ComponentKind, type Signal } from "../component-id.ts";
import type { Batch } from "../consumer.ts";
import { TracecoreError } from "../errors.ts";
import { didYouMean, listNames } from "./config/did-you-mean.ts";
import type { Graph } from "./graph.ts";
import type { ComponentNode } from "./node.ts";
import type { Edge } from "./outlet.ts";

/** Which side of a component is looked at. */
export type TapDirection = "in" | "out";

/** Both sides, for those who let a user choose. */
export const tapDirections: readonly TapDirection[] = ["in", "out"];

/** What somebody wants to look at. */
export interface TapRequest {
  /** An ID, `otlp/2`, or with its kind where two components share it: `exporter/otlp/2`. */
  readonly component: string;
  /** Default: `in` for exporters, which send nothing on, else `out`. */
  readonly direction?: TapDirection | undefined;
  readonly signal?: Signal | undefined;
  readonly pipeline?: string | undefined;
}

/** Where a batch was seen. A batch that goes to several components at once is seen once, on its way out. */
export interface TapPlace {
  readonly pipelines: readonly string[];
  readonly signal: Signal;
  readonly from: string;
  readonly to: readonly string[];
}

/** Gets what a tap sees. It is called while the pipeline waits, so it has to be quick; what it throws is ignored. */
export interface TapListener {
  batch(batch: Batch, place: TapPlace): void;
  /** A reload has changed the edges; from now on these are looked at. */
  rewired(places: readonly TapPlace[]): void;
  /** There will be nothing more. Called once, unless the tap was disposed before. */
  ended(reason: string): void;
}

/** A tap that is attached. Disposing it takes it off. */
export interface Tap extends Disposable {
  readonly places: readonly TapPlace[];
}

interface Attached extends Tap {
  rewire(): void;
  end(reason: string): void;
}

/** The taps of one service. */
export class Taps {
  readonly #graph: () => Graph;
  readonly #attached = new Set<Attached>();

  constructor(graph: () => Graph) {
    this.#graph = graph;
  }

  attach(request: TapRequest, listener: TapListener): Tap {
    const graph = this.#graph;
    let places = placesOf(graph(), request);
    let watches = watch(places, listener);
    const release = (): void => {
      for (const one of watches) one[Symbol.dispose]();
      watches = [];
      this.#attached.delete(tap);
    };
    const tap: Attached = {
      get places() {
        return places.map(({ place }) => place);
      },
      rewire() {
        const before = JSON.stringify(tap.places);
        try {
          places = placesOf(graph(), request);
        } catch (error) {
          tap.end(`the collector was reloaded: ${(error as TracecoreError).message}`);
          return;
        }
        for (const one of watches) one[Symbol.dispose]();
        watches = watch(places, listener);
        if (JSON.stringify(tap.places) !== before) listener.rewired(tap.places);
      },
      end(reason) {
        release();
        listener.ended(reason);
      },
      [Symbol.dispose]: release,
    };
    this.#attached.add(tap);
    return tap;
  }

  /** Follows a reload. */
  rewire(): void {
    for (const tap of this.#attached) tap.rewire();
  }

  end(reason: string): void {
    for (const tap of this.#attached) tap.end(reason);
  }
}

interface Watched {
  readonly edge: Edge;
  readonly place: TapPlace;
}

function watch(places: readonly Watched[], listener: TapListener): Disposable[] {
  return places.map(({ edge, place }) => edge.watch((batch) => listener.batch(batch, place)));
}

function placesOf(graph: Graph, request: TapRequest): Watched[] {
  const { signal, pipeline } = request;
  const nodes = componentsOf(graph, request.component);
  const { kind, id } = nodes[0]!.spec;
  const direction = request.direction ?? (kind === "exporter" ? "in" : "out");
  const keys = new Set(nodes.map(({ key }) => key));
  const all = graph.edges.filter((edge) => keys.has(direction === "in" ? edge.to : edge.from));
  const edges = all.filter(
    (edge) =>
      (signal === undefined || edge.signal === signal) && (pipeline === undefined || edge.pipeline === pipeline),
  );
  if (edges.length === 0) {
    const asked = [
      signal === undefined ? "" : ` ${signal}`,
      pipeline === undefined ? "" : ` in pipeline "${pipeline}"`,
    ];
    throw new TracecoreError(
      "tap-nothing-flows",
      `no${asked[0] === "" ? " data goes" : `${asked[0]} go`} ${direction === "in" ? "into" : "out of"} ${kind} "${id}"${asked[1]}`,
      {
        remedy:
          all.length > 0
            ? `There: ${listNames([...new Set(all.map((edge) => `${edge.signal} in pipeline "${edge.pipeline}"`))])}`
            : kind === "extension"
              ? "Extensions stand outside of pipelines; name another component"
              : `Try --direction ${direction === "in" ? "out" : "in"}`,
      },
    );
  }
  if (direction === "in") return edges.map((edge) => ({ edge, place: placeOf([edge]) }));
  // Every branch of a fan-out gets the same batch.
  const outlets = new Map<string, Edge[]>();
  for (const edge of edges) {
    const outlet = `${edge.signal} ${edge.from}`;
    outlets.set(outlet, [...(outlets.get(outlet) ?? []), edge]);
  }
  return [...outlets.values()].map((branches) => ({ edge: branches[0]!, place: placeOf(branches) }));
}

function placeOf(branches: readonly Edge[]): TapPlace {
  const { signal, from } = branches[0]!;
  return {
    pipelines: [...new Set(branches.map(({ pipeline }) => pipeline))],
    signal,
    from,
    to: branches.map(({ to }) => to),
  };
}

/** The nodes of one component: a processor has one for each pipeline. */
function componentsOf(graph: Graph, name: string): ComponentNode[] {
  const nodes = [...graph.nodes.values()];
  const [first = "", ...rest] = name.split("/");
  const kind = componentKinds.find((one): one is ComponentKind => one === first);
  const named = nodes.filter(({ spec }) => spec.id === name || (spec.kind === kind && spec.id === rest.join("/")));
  const references = (of: readonly ComponentNode[]): string[] => [
    ...new Set(
      componentKinds.flatMap((one) =>
        of.filter(({ spec }) => spec.kind === one).map(({ spec }) => `${one}/${spec.id}`),
      ),
    ),
  ];
  if (named.length === 0) {
    const known = references(nodes.filter(({ spec }) => spec.kind !== "extension"));
    const otherwise = `There are ${listNames(known, 50)}`;
    const ids = nodes.map(({ spec }) => spec.id);
    const guess = didYouMean(name, [...new Set([...ids, ...known])], "");
    throw new TracecoreError("tap-unknown-component", `no component "${name}" runs`, {
      remedy: guess === "" ? otherwise : `${guess} ${otherwise}`,
    });
  }
  const found = references(named);
  if (found.length > 1) {
    throw new TracecoreError("tap-unknown-component", `"${name}" is more than one component`, {
      remedy: `Write ${found.join(" or ")}`,
    });
  }
  return named;
}
