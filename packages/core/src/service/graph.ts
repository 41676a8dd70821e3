import type { Signal } from "../component-id.ts";
import type { CheckedComponent, CheckedConfig } from "./config/load-config.ts";
import { ComponentNode, type NodeEnvironment, type NodeSpec } from "./node.ts";
import { Edge } from "./outlet.ts";

/** The targets that one component sends one signal to, in one generation of the graph. */
interface Wiring {
  readonly node: ComponentNode;
  readonly signal: Signal;
  readonly edges: Edge[];
}

/** One generation of the graph: which components there are and how they are wired. Building it changes nothing that runs. */
export interface Graph {
  /** In the order of starting: extensions, then from the ends to the beginnings, receivers last. */
  readonly layers: readonly (readonly ComponentNode[])[];
  readonly nodes: ReadonlyMap<string, ComponentNode>;
  readonly edges: readonly Edge[];
  /** Points every outlet at this generation; one synchronous step, so no batch sees a mixture. */
  commit(nodes?: Iterable<ComponentNode>): void;
}

/** Builds the graph of `config`; a component of `previous` that needs no restart is taken over as it runs. */
export function buildGraph(config: CheckedConfig, env: NodeEnvironment, previous?: Graph): Graph {
  const nodes = new Map<string, ComponentNode>();
  const byReference = new Map(config.components.map((component) => [`${component.kind} ${component.id}`, component]));
  const previousEdges = new Map(previous?.edges.map((edge) => [edgeKey(edge), edge]));

  const nodeOf = (component: CheckedComponent, pipeline?: string): ComponentNode => {
    const spec = specOf(component, pipeline);
    const known = nodes.get(spec.key);
    if (known !== undefined) return known;
    const running = previous?.nodes.get(spec.key);
    // One that has given up gets another chance with each reload.
    const same =
      running !== undefined &&
      running.status !== "permanent_error" &&
      running.spec.fingerprint === spec.fingerprint &&
      running.spec.factory === spec.factory;
    const node = same ? running : new ComponentNode(spec, env);
    nodes.set(spec.key, node);
    return node;
  };

  const extensions = config.extensions.flatMap((id) => {
    const component = byReference.get(`extension ${id}`);
    return component === undefined ? [] : [nodeOf(component)];
  });

  const wirings = new Map<string, Wiring>();
  const wire = (from: ComponentNode, signal: Signal, pipeline: string, to: ComponentNode): void => {
    const key = `${signal} ${from.key}`;
    const wiring = wirings.get(key) ?? { node: from, signal, edges: [] };
    wirings.set(key, wiring);
    const edge = new Edge(pipeline, signal, from.key, to, env.countBytes);
    const before = previousEdges.get(edgeKey(edge));
    wiring.edges.push(before?.target === to ? before : edge);
  };

  for (const pipeline of config.pipelines) {
    const { id, signal } = pipeline;
    const sinks = pipeline.exporters.map((name) =>
      nodeOf((byReference.get(`exporter ${name}`) ?? byReference.get(`connector ${name}`))!),
    );
    const chain = pipeline.processors.map((name) => nodeOf(byReference.get(`processor ${name}`)!, id));
    const sources = pipeline.receivers.map((name) =>
      nodeOf((byReference.get(`receiver ${name}`) ?? byReference.get(`connector ${name}`))!),
    );
    const firsts = chain.length > 0 ? [chain[0]!] : sinks;
    for (const source of sources) for (const first of firsts) wire(source, signal, id, first);
    for (const [i, processor] of chain.entries()) {
      const following = chain[i + 1];
      for (const next of following === undefined ? sinks : [following]) wire(processor, signal, id, next);
    }
  }

  const edges = [...wirings.values()].flatMap((wiring) => wiring.edges);
  return {
    layers: layersOf(extensions, [...nodes.values()], edges),
    nodes,
    edges,
    commit: committing(nodes, wirings),
  };
}

/** On its own: a closure of `buildGraph` keeps all that others of it use, `previous` too, and so every graph that there ever was. */
function committing(
  nodes: ReadonlyMap<string, ComponentNode>,
  wirings: ReadonlyMap<string, Wiring>,
): (only?: Iterable<ComponentNode>) => void {
  return (only = nodes.values()) => {
    for (const node of only) {
      for (const signal of ["metrics", "logs", "traces"] as const) {
        node.outlets[signal].edges = wirings.get(`${signal} ${node.key}`)?.edges ?? [];
      }
    }
  };
}

function specOf(component: CheckedComponent, pipeline: string | undefined): NodeSpec {
  const { kind, id, position, plugin } = component;
  const own = `${kind} "${id}"`;
  return {
    key: pipeline === undefined || kind !== "processor" ? own : `${own} of pipeline "${pipeline}"`,
    kind,
    id,
    get fingerprint() {
      return component.fingerprint;
    },
    factory: component.factory,
    packageName: plugin.packageName,
    version: plugin.version,
    config: component.config,
    startup: component.startup,
    place: position === undefined ? undefined : `${position.file}:${position.line}:${position.col}`,
  };
}

function edgeKey(edge: { pipeline: string; signal: Signal; from: string; to: string }): string {
  return JSON.stringify([edge.pipeline, edge.signal, edge.from, edge.to]);
}

/** Extensions first, then each component after everything that it sends to; all receivers stand in the last layer. */
function layersOf(
  extensions: readonly ComponentNode[],
  nodes: readonly ComponentNode[],
  edges: readonly Edge[],
): readonly (readonly ComponentNode[])[] {
  const targets = new Map<string, ComponentNode[]>();
  for (const edge of edges) {
    const of = targets.get(edge.from) ?? [];
    targets.set(edge.from, of);
    of.push(edge.target);
  }
  const depths = new Map<ComponentNode, number>();
  const depthOf = (node: ComponentNode): number => {
    const known = depths.get(node);
    if (known !== undefined) return known;
    depths.set(node, 0); // The config check has refused cycles; this keeps a bug from looping.
    const depth = Math.max(-1, ...(targets.get(node.key) ?? []).map(depthOf)) + 1;
    depths.set(node, depth);
    return depth;
  };
  const inner = nodes.filter(({ spec }) => spec.kind !== "extension" && spec.kind !== "receiver");
  const deepest = Math.max(-1, ...inner.map(depthOf));
  const layers: ComponentNode[][] = [[...extensions]];
  for (let depth = 0; depth <= deepest; depth++) layers.push(inner.filter((node) => depths.get(node) === depth));
  layers.push(nodes.filter(({ spec }) => spec.kind === "receiver"));
  return layers;
}
