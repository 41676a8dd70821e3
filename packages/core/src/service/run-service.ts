import type { MeterProvider } from "@opentelemetry/api";
import type * as z from "zod";
import { systemClock, type Clock } from "../clock/clock.ts";
import type { ComponentKind } from "../component-id.ts";
import type { Status, StatusEvent, StatusWatcher } from "../componentstatus/componentstatus.ts";
import { messageOf } from "../errors.ts";
import { handOver } from "../http/hand-over.ts";
import { attributeInterner } from "../pdata/attributes.ts";
import type { Resource } from "../pdata/resource.ts";
import { internedText } from "../pdata/interned-text.ts";
import { seriesInterner } from "../pdata/series.ts";
import { forgetComponent } from "../selftelemetry/component-registry.ts";
import type { ExporterTelemetry } from "../selftelemetry/producer.ts";
import { zeroBuildInfo, type BuildInfo } from "../settings.ts";
import type { CheckedConfig } from "./config/load-config.ts";
import type { EndpointCarrier } from "../endpoint-carrier.ts";
import { buildGraph, type Graph } from "./graph.ts";
import { InFlight } from "./in-flight.ts";
import type { RootLogger } from "./logger.ts";
import type { ComponentNode, NodeEnvironment } from "./node.ts";
import { noopMeterProvider } from "../selftelemetry/noop-meter-provider.ts";
import type { EdgeCounts } from "./outlet.ts";
import { hostResource } from "./resource.ts";
import { ServiceViews } from "./service-view.ts";
import { Taps, type Tap, type TapListener, type TapRequest } from "./taps.ts";

export interface ServiceOptions {
  readonly config: CheckedConfig;
  readonly logger: RootLogger;
  readonly clock?: Clock;
  readonly buildInfo?: BuildInfo;
  /** Without it components measure into nothing. */
  readonly meterProvider?: MeterProvider;
  /** Without it the service fills in the host and the build. */
  readonly resource?: Resource;
  /** Counts bytes on the edges beside items; default false, since batches in columns have to be measured for it. */
  readonly countBytes?: boolean;
  /** Of the block `telemetry`, so that extensions that show the config know its defaults and secrets. */
  readonly telemetrySchema?: z.ZodType;
  readonly onStatus?: (change: StatusChange) => void;
  /** A component is started anew after a failure; that may fail as well, and then it is called for each try. */
  readonly onRestart?: (component: string) => void;
  /** The set of exporters that report of themselves has changed; one that does not run is among them. */
  readonly onExporters?: (exporters: readonly ExporterTelemetry[]) => void;
  /** Aborts when the process is told to stop while components still start. */
  readonly signal?: AbortSignal;
}

/** A component has changed its state. */
export interface StatusChange {
  readonly component: string;
  readonly event: StatusEvent;
}

export interface ComponentState {
  readonly component: string;
  readonly kind: ComponentKind;
  readonly id: string;
  readonly status: Status;
  readonly error: string | undefined;
}

/** Where the items of a run ended. */
export interface ShutdownSummary {
  /** Items that exporters took responsibility for; one exporter each. */
  readonly delivered: number;
  /** Items left on disk for the next start. */
  readonly persisted: number;
  /** Items that nobody has: failed for good, or given up on. */
  readonly dropped: number;
  readonly durationMs: number;
}

export interface ReloadReport {
  readonly started: readonly string[];
  readonly stopped: readonly string[];
  readonly unchanged: readonly string[];
}

/** A running collector. */
export interface Service extends AsyncDisposable {
  /** True once every start call has returned, until the shutdown begins. */
  readonly ready: boolean;
  /** Changes to `config` with as few restarts as possible. Throws, and changes nothing, when that cannot be done. */
  reload(config: CheckedConfig): Promise<ReloadReport>;
  /** Stops receivers first and exporters last, within the drain timeout. Can be called again. */
  shutdown(): Promise<ShutdownSummary>;
  components(): readonly ComponentState[];
  edges(): readonly EdgeCounts[];
  /** Shows what passes a component to `listener`, through reloads. Throws `tap-unknown-component` or `tap-nothing-flows`. */
  tap(request: TapRequest, listener: TapListener): Tap;
  /** Where components can be looked at. */
  endpoints(): readonly { readonly component: string; readonly url: string }[];
}

/** Starts everything that `config` wires. A failed start stops what had started and names the culprit. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const {
    logger,
    clock = systemClock,
    buildInfo = zeroBuildInfo,
    signal: stopStarting = new AbortController().signal,
  } = options;
  const resource = options.resource ?? hostResource(buildInfo, "");
  const meterProvider = options.meterProvider ?? noopMeterProvider;
  let { config } = options;
  attributeInterner.limit = config.runtime.interned_series;
  seriesInterner.limit = config.runtime.interned_series;
  internedText.series = config.runtime.interned_series;

  /** By ID, the newest last: while a reload is under way there may be an old and a new one. */
  const extensions = new Map<string, ComponentNode[]>();
  const tell = (watch: () => void, what = "a status watcher failed"): void => {
    try {
      watch();
    } catch (error) {
      logger.error(`${what}: ${messageOf(error)}`);
    }
  };
  const hardStop = new AbortController();
  const inFlight = new InFlight(clock, config.runtime.consume_timeout);
  const retired = { delivered: 0, dropped: 0 };
  let ready = false;
  let stopping: Promise<ShutdownSummary> | undefined;
  let changing: Promise<unknown> = Promise.resolve();

  const views = new ServiceViews({
    clock,
    logger,
    buildInfo,
    telemetrySchema: options.telemetrySchema,
    ready: () => ready,
    graph: () => graph,
    config: () => config,
  });
  const env: NodeEnvironment = {
    clock,
    view: views.view,
    inFlight,
    stopStarting,
    countBytes: options.countBytes ?? false,
    get startTimeoutMs() {
      return config.runtime.start_timeout;
    },
    get stopTimeoutMs() {
      return config.runtime.stop_timeout;
    },
    get restart() {
      const { initial_interval, max_interval, multiplier } = config.runtime.restart;
      return { initialIntervalMs: initial_interval, maxIntervalMs: max_interval, multiplier };
    },
    settings: ({ id, kind }) => ({
      id,
      buildInfo,
      telemetry: { logger: logger.forComponent(`${kind} ${id}`), meterProvider, resource },
    }),
    extensions: () =>
      new Map(
        [...extensions].flatMap(([id, nodes]) => {
          const component = nodes.findLast((node) => node.component !== undefined)?.component;
          return component === undefined ? [] : [[id, component]];
        }),
      ),
    statusChanged(node, event) {
      views.statusChanged(node, event); // First: those who hear of it may look.
      const { kind, id } = node.spec;
      if (kind === "extension") {
        const others = (extensions.get(id) ?? []).filter((other) => other !== node);
        if (event.status === "stopped") extensions.set(id, others);
        else if (event.status === "starting") extensions.set(id, [...others, node]);
      }
      if (kind === "exporter" && (event.status === "ok" || event.status === "stopped")) announceExporters();
      for (const { running } of [...extensions.values()].flat()) {
        const watcher = running as Partial<StatusWatcher> | undefined;
        tell(() => watcher?.componentStatusChanged?.({ kind, id }, event));
      }
      tell(() => options.onStatus?.({ component: node.key, event }));
    },
    restarted(node) {
      views.restarted(node);
      options.onRestart?.(node.key);
    },
  };

  let graph = buildGraph(config, env);
  const taps = new Taps(() => graph);
  const announceExporters = (): void => options.onExporters?.(selfReporting(graph));

  const stopNodes = async (layers: readonly (readonly ComponentNode[])[]): Promise<void> => {
    for (const layer of layers.toReversed()) await Promise.all(layer.map((node) => node.stop(hardStop.signal)));
  };
  /** Starts layer by layer; on a failure stops what it had started and throws. */
  const startNodes = async (layers: readonly (readonly ComponentNode[])[]): Promise<void> => {
    const begun: ComponentNode[][] = [];
    try {
      for (const layer of layers) {
        const started: ComponentNode[] = [];
        begun.push(started);
        for (const node of layer) {
          stopStarting.throwIfAborted();
          started.push(node);
          const starting = node.start();
          // Who may fail must not hold up the others either, however long it takes.
          if (node.spec.startup === "fail") await starting;
          else await firstOf(starting, clock, PATIENCE_MS);
        }
      }
    } catch (error) {
      await stopNodes(begun);
      throw error;
    }
  };

  graph.commit();
  try {
    await startNodes(graph.layers);
  } catch (error) {
    await inFlight[Symbol.asyncDispose]();
    throw error;
  }
  announceExporters();
  ready = true;

  /** Ends the series of those of `nodes` whose ID `kept` does not have. */
  const forgetAllBut = (kept: Graph, nodes: readonly ComponentNode[]): void => {
    const ids = new Set([...kept.nodes.values()].map(({ spec }) => `${spec.kind} ${spec.id}`));
    for (const { kind, id } of nodes.map(({ spec }) => spec)) {
      if (!ids.has(`${kind} ${id}`)) forgetComponent(meterProvider, kind, id);
    }
  };

  const reload = async (next: CheckedConfig): Promise<ReloadReport> => {
    if (stopping !== undefined) throw new Error("the collector is stopping");
    const before = graph;
    const previousConfig = config;
    config = next;
    const after = buildGraph(next, env, before);
    const isNew = (node: ComponentNode): boolean => before.nodes.get(node.key) !== node;
    const isGone = (node: ComponentNode): boolean => after.nodes.get(node.key) !== node;
    const added = after.layers.map((layer) => layer.filter(isNew));
    const removed = before.layers.map((layer) => layer.filter(isGone));
    after.commit(added.flat()); // Only the new components: what runs keeps its way until all of them have started.
    // What is on its way out gives its ports away; if the new graph does not come up, it has them back.
    const leaving = handOver(new Set(removed.flat().map(({ spec }) => `${spec.kind} "${spec.id}"`)));
    try {
      await startNodes(added);
    } catch (error) {
      leaving[Symbol.dispose]();
      config = previousConfig;
      // What the failed graph carried was taken by somebody or lost all the same.
      for (const edge of after.edges) if (!before.edges.includes(edge)) edge.retireInto(retired);
      for (const node of added.flat()) node.retireInto(retired);
      forgetAllBut(before, added.flat());
      throw error;
    }
    after.commit();
    graph = after;
    taps.rewire();
    await stopNodes(removed);
    for (const edge of before.edges) if (!after.edges.includes(edge)) edge.retireInto(retired);
    for (const node of removed.flat()) node.retireInto(retired);
    await Promise.all([...after.nodes.values()].filter((node) => !isNew(node)).map((node) => node.reloaded()));
    forgetAllBut(after, removed.flat());
    announceExporters();
    const keys = (nodes: readonly ComponentNode[]): string[] => nodes.map(({ key }) => key);
    return {
      started: keys(added.flat()),
      stopped: keys(removed.flat()),
      unchanged: keys([...after.nodes.values()].filter((node) => !isNew(node))),
    };
  };

  const shutdown = async (): Promise<ShutdownSummary> => {
    ready = false;
    const startedMs = clock.monotonicMs();
    const budget = new AbortController();
    const watchdog = (async () => {
      await clock.sleep(config.runtime.drain_timeout, budget.signal);
      if (budget.signal.aborted) return;
      logger.error(`the drain timeout of ${config.runtime.drain_timeout} ms is over; what is left is cut off`, {
        waiting: inFlight.size,
      });
      hardStop.abort(new Error("the drain timeout is over"));
      inFlight.abandon("the collector stops");
    })();
    // A reload that is under way comes to its end first; the budget counts from the signal on, also for that.
    await changing.catch(() => {});
    await stopNodes(graph.layers);
    budget.abort();
    await watchdog;
    await inFlight[Symbol.asyncDispose]();
    taps.end("the collector has stopped");
    for (const edge of graph.edges) edge.retireInto(retired);
    for (const node of graph.nodes.values()) node.retireInto(retired);
    return {
      delivered: retired.delivered,
      persisted: 0,
      dropped: retired.dropped,
      durationMs: clock.monotonicMs() - startedMs,
    };
  };

  return {
    get ready() {
      return ready;
    },
    reload(next) {
      // One change at a time, in the order they were asked for.
      const turn = changing.catch(() => {}).then(() => reload(next));
      changing = turn;
      return turn;
    },
    shutdown() {
      stopping ??= shutdown();
      return stopping;
    },
    components: () =>
      [...graph.nodes.values()].map((node) => ({
        component: node.key,
        kind: node.spec.kind,
        id: node.spec.id,
        status: node.status,
        error: node.error === undefined ? undefined : messageOf(node.error),
      })),
    edges: () => graph.edges,
    tap: (request, listener) => taps.attach(request, listener),
    endpoints: () =>
      [...graph.nodes.values()].flatMap(({ key, running }) => {
        const carrier = running as Partial<EndpointCarrier> | undefined;
        let urls: readonly string[] = [];
        tell(() => (urls = [...(carrier?.endpoints?.() ?? [])]), `${key} cannot say where it listens`);
        return urls.map((url) => ({ component: key, url }));
      }),
    async [Symbol.asyncDispose]() {
      await (stopping ??= shutdown());
    },
  };
}

/** How long the others wait for a component whose start may fail, in milliseconds. */
const PATIENCE_MS = 1000;

/** Resolves with `work`, which must not reject, or after `ms`. */
async function firstOf(work: Promise<void>, clock: Clock, ms: number): Promise<void> {
  const done = new AbortController();
  await Promise.race([work, clock.sleep(ms, done.signal)]);
  done.abort();
}

function selfReporting(graph: Graph): ExporterTelemetry[] {
  return [...graph.nodes.values()].flatMap(({ exporterTelemetry }) => exporterTelemetry);
}
