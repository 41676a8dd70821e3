import type { Signal } from "../../component-id.ts";
import { report, type Check } from "./check-block.ts";
import type { DefinedComponents } from "./check-components.ts";
import type { CheckedPipeline } from "./checked-config.ts";
import { listNames } from "./did-you-mean.ts";
import type { ConfigPath } from "./problem.ts";

interface Use {
  readonly pipeline: CheckedPipeline;
  /** Where the connector stands in a list of the pipeline. */
  readonly path: ConfigPath;
}
interface Connector {
  readonly id: string;
  /** Undefined when the plugin was not found. */
  readonly routes: ReadonlySet<string> | undefined;
  /** Pipelines that it takes data from: it stands among their exporters. */
  readonly from: Use[];
  /** Pipelines that it gives data to: it stands among their receivers. */
  readonly to: Use[];
}

/** Checks that each connector joins pipelines whose signals it can join, and that no data goes round in a circle. */
export function checkConnectors(
  state: Check,
  pipelines: readonly CheckedPipeline[],
  components: DefinedComponents,
): void {
  const connectors = connectorsOf(pipelines, components);
  for (const connector of connectors.values()) {
    const { id, from, to } = connector;
    const use = from[0] ?? to[0];
    if (use === undefined) continue;
    if (from.length === 0 || to.length === 0) {
      // A pipeline that has problems of its own may be the other side.
      if (pipelines.length < countPipelines(state)) continue;
      report(state, use.path, "value", {
        code: "connector-one-sided",
        message: `the connector "${id}" is only among the ${to.length === 0 ? "exporters" : "receivers"} of pipelines`,
        remedy: `Add it to the ${to.length === 0 ? "receivers" : "exporters"} of another pipeline.`,
      });
    } else checkRoutes(state, connector);
  }
  reportCycle(state, pipelines, connectors);
}

function connectorsOf(pipelines: readonly CheckedPipeline[], components: DefinedComponents): Map<string, Connector> {
  const connectors = new Map<string, Connector>();
  const useOf = (id: string): Connector | undefined => {
    const component = components.get(`connector ${id}`);
    if (component === undefined) return undefined;
    let connector = connectors.get(id);
    if (connector === undefined) {
      const factory = component.plugin?.factory;
      const routes = factory?.kind === "connector" ? factory.routes.map(({ from, to }) => `${from} ${to}`) : undefined;
      connector = { id, routes: routes && new Set(routes), from: [], to: [] };
      connectors.set(id, connector);
    }
    return connector;
  };
  for (const pipeline of pipelines) {
    for (const [index, id] of pipeline.exporters.entries()) {
      useOf(id)?.from.push({ pipeline, path: ["pipelines", pipeline.id, "exporters", index] });
    }
    for (const [index, id] of pipeline.receivers.entries()) {
      useOf(id)?.to.push({ pipeline, path: ["pipelines", pipeline.id, "receivers", index] });
    }
  }
  return connectors;
}

/** Each pipeline on one side needs at least one on the other that the connector can join it with. */
function checkRoutes(state: Check, { id, routes, from, to }: Connector): void {
  if (routes === undefined) return;
  const fromSignals = new Set(from.map(({ pipeline }) => pipeline.signal));
  const toSignals = new Set(to.map(({ pipeline }) => pipeline.signal));
  const able = listNames([...routes].map((route) => route.replace(" ", " to ")));
  const remedy = able === "" ? "Remove it." : `It leads from ${able}.`;
  for (const { pipeline, path } of from) {
    if ([...toSignals].some((signal) => routes.has(`${pipeline.signal} ${signal}`))) continue;
    const message = `the connector "${id}" does not lead from ${pipeline.signal} to ${[...toSignals].join(" or ")}`;
    report(state, path, "value", { code: "connector-route-not-supported", message, remedy });
  }
  for (const { pipeline, path } of to) {
    if ([...fromSignals].some((signal) => routes.has(`${signal} ${pipeline.signal}`))) continue;
    const message = `the connector "${id}" does not lead from ${[...fromSignals].join(" or ")} to ${pipeline.signal}`;
    report(state, path, "value", { code: "connector-route-not-supported", message, remedy });
  }
}

interface Step {
  readonly name: string;
  readonly next: () => readonly Step[];
  /** Of a pipeline; undefined for a connector. */
  readonly exporters?: readonly string[];
}

/** Finds a circle by a walk in depth; pipelines and the ways through connectors are its steps. */
function reportCycle(
  state: Check,
  pipelines: readonly CheckedPipeline[],
  connectors: ReadonlyMap<string, Connector>,
): void {
  const steps = new Map<string, Step>();
  const once = (key: string, make: () => Step): Step => {
    let step = steps.get(key);
    if (step === undefined) steps.set(key, (step = make()));
    return step;
  };
  const pipelineStep = (pipeline: CheckedPipeline): Step =>
    once(`pipeline ${pipeline.id}`, () => ({
      name: pipeline.id,
      exporters: pipeline.exporters,
      next: () =>
        pipeline.exporters.flatMap((id) => {
          const connector = connectors.get(id);
          return connector === undefined ? [] : [connectorStep(connector, pipeline.signal)];
        }),
    }));
  const connectorStep = (connector: Connector, signal: Signal): Step =>
    once(`connector ${connector.id} ${signal}`, () => ({
      name: connector.id,
      next: () =>
        connector.to
          .filter(({ pipeline }) => connector.routes?.has(`${signal} ${pipeline.signal}`) ?? false)
          .map(({ pipeline }) => pipelineStep(pipeline)),
    }));

  const done = new Set<Step>();
  for (const pipeline of pipelines) {
    const way: { readonly step: Step; readonly next: Iterator<Step> }[] = [];
    const onWay = new Set<Step>();
    const enter = (step: Step): void => {
      way.push({ step, next: step.next()[Symbol.iterator]() });
      onWay.add(step);
    };
    if (!done.has(pipelineStep(pipeline))) enter(pipelineStep(pipeline));
    for (let top = way.at(-1); top !== undefined; top = way.at(-1)) {
      const { value: step } = top.next.next() as IteratorResult<Step, undefined>;
      if (step === undefined) {
        way.pop();
        onWay.delete(top.step);
        done.add(top.step);
      } else if (onWay.has(step)) {
        const circle = way.map((entered) => entered.step).slice(way.findIndex((entered) => entered.step === step));
        reportCircle(state, circle);
        return;
      } else if (!done.has(step)) enter(step);
    }
  }
}

/** The circle begins at a connector, as there it can be cut: where it stands in the pipeline before it. */
function reportCircle(state: Check, circle: readonly Step[]): void {
  const start = circle.findIndex(({ exporters }) => exporters === undefined);
  const ordered = [...circle.slice(start), ...circle.slice(0, start), ...circle.slice(start, start + 1)];
  const { name: pipeline = "", exporters = [] } = circle.at(start - 1) ?? {};
  const path: ConfigPath = ["pipelines", pipeline, "exporters", exporters.indexOf(ordered[0]?.name ?? "")];
  report(state, path, "value", {
    code: "pipeline-cycle",
    message: `data would go round in a circle: ${listNames(
      ordered.map(({ name }) => name),
      24,
    ).replaceAll(", ", " -> ")}`,
    remedy: "Take one of the connectors out of the exporters of a pipeline.",
  });
}

function countPipelines({ document }: Check): number {
  const node = document.node(["pipelines"]);
  return node?.kind === "map" ? node.entries.size : 0;
}
