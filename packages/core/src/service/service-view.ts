import type * as z from "zod";
import type { Clock } from "../clock/clock.ts";
import type { ComponentKind } from "../component-id.ts";
import type { StatusEvent } from "../componentstatus/componentstatus.ts";
import { withoutUrlSecrets } from "../config/url-secrets.ts";
import { messageOf } from "../errors.ts";
import type { FailureRateReader } from "../selftelemetry/producer.ts";
import type { ComponentView, ConfigValueView, PipelineView, ServiceView } from "../service-view.ts";
import type { BuildInfo } from "../settings.ts";
import { TreeDocument } from "./config/config-document.ts";
import { explainConfig, originText } from "./config/explain-config.ts";
import type { CheckedConfig } from "./config/load-config.ts";
import type { Graph } from "./graph.ts";
import type { RootLogger } from "./logger.ts";
import type { ComponentNode } from "./node.ts";

/** When a component came into the state that it is in. */
interface History {
  status: string;
  sinceUnixMs: number;
  /** Of the monotonic clock. */
  unwellSinceMs: number | undefined;
  restarts: number;
}

/** What a view looks at. */
export interface ViewedService {
  readonly clock: Clock;
  readonly logger: RootLogger;
  readonly buildInfo: BuildInfo;
  readonly telemetrySchema: z.ZodType | undefined;
  readonly ready: () => boolean;
  readonly graph: () => Graph;
  readonly config: () => CheckedConfig;
}

/** Remembers what extensions may see of a service beyond its present state. */
export class ServiceViews {
  readonly view: ServiceView;
  readonly #service: ViewedService;
  readonly #histories = new WeakMap<ComponentNode, History>();

  constructor(service: ViewedService) {
    this.#service = service;
    this.view = {
      buildInfo: service.buildInfo,
      startedUnixMs: service.clock.nowMs(),
      get ready() {
        return service.ready();
      },
      components: () => [...service.graph().nodes.values()].map((node) => this.#componentView(node)),
      pipelines: () => pipelineViews(service.graph(), service.config()),
      edges: () => service.graph().edges,
      config: () => configValues(service.config(), service.telemetrySchema),
      followLog: (listener) => service.logger.follow(listener),
    };
  }

  statusChanged(node: ComponentNode, { status }: StatusEvent): void {
    const { clock } = this.#service;
    const history = this.#history(node);
    if (history.status !== status) {
      history.status = status;
      history.sinceUnixMs = clock.nowMs();
    }
    if (status === "ok") history.unwellSinceMs = undefined;
    else if (status.endsWith("_error")) history.unwellSinceMs ??= clock.monotonicMs();
  }

  restarted(node: ComponentNode): void {
    this.#history(node).restarts++;
  }

  #history(node: ComponentNode): History {
    let history = this.#histories.get(node);
    if (history === undefined) {
      const sinceUnixMs = this.#service.clock.nowMs();
      history = { status: "none", sinceUnixMs, unwellSinceMs: undefined, restarts: 0 };
      this.#histories.set(node, history);
    }
    return history;
  }

  #componentView(node: ComponentNode): ComponentView {
    const { sinceUnixMs, unwellSinceMs, restarts } = this.#history(node);
    const now = this.#service.clock.monotonicMs();
    return {
      key: node.key,
      kind: node.spec.kind,
      id: node.spec.id,
      status: node.status,
      sinceUnixMs,
      error: node.error === undefined ? undefined : withoutUrlSecrets(messageOf(node.error)),
      unwellForMs: unwellSinceMs === undefined ? undefined : now - unwellSinceMs,
      restarts,
      queueRatio: queueRatio(node),
    };
  }
}

function queueRatio(node: ComponentNode): number | undefined {
  for (const telemetry of node.exporterTelemetry) {
    const ratio = (telemetry as Partial<FailureRateReader>).queueDepthRatio?.();
    if (ratio !== undefined) return ratio;
  }
  return undefined;
}

function pipelineViews(graph: Graph, config: CheckedConfig): PipelineView[] {
  const keyOf = (kinds: readonly ComponentKind[], id: string): string =>
    kinds.map((kind) => `${kind} "${id}"`).find((key) => graph.nodes.has(key)) ?? `${kinds[0]} "${id}"`;
  return config.pipelines.map(({ id, signal, receivers, processors, exporters }) => ({
    id,
    signal,
    receivers: receivers.map((name) => keyOf(["receiver", "connector"], name)),
    processors: processors.map((name) => `processor "${name}" of pipeline "${id}"`),
    exporters: exporters.map((name) => keyOf(["exporter", "connector"], name)),
  }));
}

/** Of the config in force: walking a large one takes some milliseconds, and many pages may ask. */
const lastValues = new WeakMap<CheckedConfig, readonly ConfigValueView[]>();

function configValues(config: CheckedConfig, telemetrySchema: z.ZodType | undefined): readonly ConfigValueView[] {
  let values = lastValues.get(config);
  if (values === undefined) lastValues.set(config, (values = readValues(config, telemetrySchema)));
  return values;
}

function readValues(config: CheckedConfig, telemetrySchema: z.ZodType | undefined): ConfigValueView[] {
  // A program that embeds the service may have made its config without a document.
  if (!(config.document instanceof TreeDocument)) return [];
  return explainConfig(config, telemetrySchema).map(({ path, value, origin }) => ({
    path,
    value,
    origin: originText(origin),
  }));
}
