import {
  zeroBuildInfo,
  type ComponentKind,
  type ComponentView,
  type ConfigValueView,
  type EdgeView,
  type LogLineView,
  type PipelineView,
  type ServiceView,
} from "@tracecore/core";

/** A service to look at whose state the test sets. */
export interface TestServiceView extends ServiceView {
  ready: boolean;
  readonly state: {
    pipelines: PipelineView[];
    edges: EdgeView[];
    config: ConfigValueView[];
  };
  /** Adds a component, or changes one; without changes it is well. */
  component(kind: ComponentKind, id: string, changes?: Partial<ComponentView>): void;
  /** Writes a line of the log. */
  log(line: Partial<LogLineView> & { readonly message: string }): void;
  /** How many follow the log. */
  readonly followers: number;
}

/** A service that started at the beginning of 2026 and has no components yet. */
export function testServiceView(): TestServiceView {
  const startedUnixMs = Date.UTC(2026, 0, 1);
  const components = new Map<string, ComponentView>();
  const listeners = new Set<(line: LogLineView) => void>();
  const state: TestServiceView["state"] = { pipelines: [], edges: [], config: [] };
  return {
    buildInfo: zeroBuildInfo,
    startedUnixMs,
    ready: true,
    state,
    component(kind, id, changes = {}) {
      const key = `${kind} "${id}"`;
      components.set(changes.key ?? key, {
        key,
        kind,
        id,
        status: "ok",
        sinceUnixMs: startedUnixMs,
        error: undefined,
        unwellForMs: undefined,
        restarts: 0,
        queueRatio: undefined,
        ...changes,
      });
    },
    log(line) {
      const whole: LogLineView = {
        timeUnixMs: startedUnixMs,
        level: "info",
        component: undefined,
        fields: "",
        ...line,
      };
      for (const listener of listeners) listener(whole);
    },
    get followers() {
      return listeners.size;
    },
    components: () => [...components.values()],
    pipelines: () => state.pipelines,
    edges: () => state.edges,
    config: () => state.config,
    followLog(listener) {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
  };
}
