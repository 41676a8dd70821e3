import type { Clock, ComponentView, ServiceView } from "@tracecore/core";
import type { Status } from "@tracecore/core/componentstatus";
import type { ComponentHealth } from "./config.ts";

/** The health of the collector, a pipeline or a component. */
export interface Health {
  readonly healthy: boolean;
  readonly status: Status;
  readonly error?: string | undefined;
  readonly sinceUnixMs: number;
  /** By name: `pipeline:traces`, `extensions`, `receiver:otlp`. */
  readonly parts?: ReadonlyMap<string, Health>;
}

/** The collector, to be asked how it is. */
export interface Patient {
  readonly startedUnixMs: number;
  whole(): Health;
  /** Undefined when there is no such pipeline. */
  pipeline(id: string): Health | undefined;
  pipelines(): readonly string[];
}

/** Looks at a service with these rules; without a view, as outside of a service, the extension knows of itself only. */
export function patientOf(view: ServiceView | undefined, rules: ComponentHealth, clock: Clock): Patient {
  const startedUnixMs = view?.startedUnixMs ?? clock.nowMs();
  let wasReady = false;
  return {
    startedUnixMs,
    // Until every component has had its start, and once the shutdown has begun, the whole is not healthy.
    whole() {
      if (view === undefined) return { healthy: true, status: "ok", sinceUnixMs: startedUnixMs };
      const health = collectorHealth(view, rules);
      if (view.ready) {
        wasReady = true;
        return health;
      }
      return { ...health, healthy: false, status: wasReady ? "stopping" : "starting", error: undefined };
    },
    pipeline: (id) => view && pipelineHealth(view, id, rules),
    pipelines: () => view?.pipelines().map(({ id }) => id) ?? [],
  };
}

/** The health of the whole collector, with a part for the extensions and for each pipeline. */
export function collectorHealth(view: ServiceView, rules: ComponentHealth): Health {
  const components = byKey(view);
  const extensions = [...components.values()].filter(({ kind }) => kind === "extension");
  const parts = new Map<string, Health>();
  if (extensions.length > 0) parts.set("extensions", together(extensions, rules, view));
  for (const { id } of view.pipelines()) parts.set(`pipeline:${id}`, pipelineHealth(view, id, rules)!);
  return { ...worst([...parts.values()], rules, view.startedUnixMs), parts };
}

/** The health of a pipeline, with a part for each of its components; undefined when there is none of this ID. */
export function pipelineHealth(view: ServiceView, id: string, rules: ComponentHealth): Health | undefined {
  const pipeline = view.pipelines().find((one) => one.id === id);
  if (pipeline === undefined) return undefined;
  const components = byKey(view);
  const keys = [...pipeline.receivers, ...pipeline.processors, ...pipeline.exporters];
  return together(
    [...new Set(keys)].flatMap((key) => components.get(key) ?? []),
    rules,
    view,
  );
}

function byKey(view: ServiceView): Map<string, ComponentView> {
  return new Map(view.components().map((component) => [component.key, component]));
}

function together(components: readonly ComponentView[], rules: ComponentHealth, view: ServiceView): Health {
  const parts = new Map(components.map((one) => [`${one.kind}:${one.id}`, componentHealth(one, rules)]));
  return { ...worst([...parts.values()], rules, view.startedUnixMs), parts };
}

function componentHealth(component: ComponentView, rules: ComponentHealth): Health {
  const { error, sinceUnixMs, unwellForMs } = component;
  // One that is restarted after a failure has not got over it yet.
  const restarting = unwellForMs !== undefined && !component.status.endsWith("_error");
  const status = restarting ? "recoverable_error" : component.status;
  return { healthy: isHealthy(status, unwellForMs ?? 0, rules), status, error, sinceUnixMs };
}

function isHealthy(status: Status, unwellForMs: number, rules: ComponentHealth): boolean {
  switch (status) {
    case "ok":
      return true;
    case "recoverable_error":
      return !rules.include_recoverable_errors || unwellForMs < rules.recovery_duration;
    case "permanent_error":
      return !rules.include_permanent_errors;
    default:
      return false;
  }
}

/** What stands for several: the status that says most, and healthy only when all are. */
function worst(all: readonly Health[], rules: ComponentHealth, startedUnixMs: number): Omit<Health, "parts"> {
  const recoverableFirst = rules.include_recoverable_errors && !rules.include_permanent_errors;
  const errors: Status[] = recoverableFirst
    ? ["recoverable_error", "permanent_error"]
    : ["permanent_error", "recoverable_error"];
  const order: Status[] = ["fatal_error", ...errors, "stopped", "stopping", "starting", "none", "ok"];
  let first: Health = { healthy: true, status: "ok", sinceUnixMs: startedUnixMs };
  for (const one of all) if (order.indexOf(one.status) < order.indexOf(first.status)) first = one;
  const { status, error, sinceUnixMs } = first;
  return { healthy: all.every(({ healthy }) => healthy), status, error, sinceUnixMs };
}
