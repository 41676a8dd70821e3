import type * as z from "zod";
import type { Clock } from "./clock/clock.ts";
import { component, type Component } from "./component.ts";
import type { ComponentKind, Signal } from "./component-id.ts";
import type { Consumer, Consumers, NextConsumers } from "./consumer.ts";
import { discard } from "./consumer.ts";
import { systemClock } from "./clock/clock.ts";
import { TracecoreError } from "./errors.ts";
import type { Host } from "./host.ts";
import type { MetricSet } from "./metric-set.ts";
import { scope as makeScope, type Scope } from "./pdata/scope.ts";
import { exporterTelemetry, processorTelemetry, receiverTelemetry } from "./selftelemetry/component-telemetry.ts";
import type {
  ExporterCarrier,
  ExporterTelemetry,
  FailureRateReader,
  ProcessorTelemetry,
  ReceiverTelemetry,
} from "./selftelemetry/producer.ts";
import type { CreateSettings } from "./settings.ts";

/** How far a component may be relied on; a signal that is not listed is not supported. */
export type Stability = "development" | "alpha" | "beta" | "stable" | "deprecated";

/** What every `start` gets beside its config. */
export interface ComponentContext {
  readonly settings: CreateSettings;
  readonly host: Host;
  readonly clock: Clock;
  /** Aborts when the time for stopping is up. Pass it to every I/O call. Disposing, in contrast, asks you to finish. */
  readonly signal: AbortSignal;
  /** The scope to put on telemetry that the component makes itself. */
  readonly scope: Scope;
  /** Says that the component lost `items` that it had taken, so that the loss is counted. */
  readonly dropped: (items: number) => void;
  /** After how long those who gave it a batch that it has not taken go on without it, in milliseconds: they have it still. */
  readonly consumeTimeoutMs?: number | undefined;
}

/** What components that send data on get. */
export interface SourceContext extends ComponentContext {
  readonly next: NextConsumers;
}

export interface ReceiverContext extends SourceContext {
  /** Made by the create call, so that a receiver that cannot start has its series too. The adapter disposes it. */
  readonly telemetry: ReceiverTelemetry;
}

export interface ProcessorContext extends SourceContext {
  /** Made by the create call; see {@link ReceiverContext.telemetry}. */
  readonly telemetry: ProcessorTelemetry;
}

/** Connectors count nothing of themselves: the edges on both of their sides are counted. */
export type ConnectorContext = SourceContext;

export interface ExporterContext extends ComponentContext {
  /** Made by the create call; see {@link ReceiverContext.telemetry}. Count each consume call with it. */
  readonly telemetry: ExporterTelemetry & FailureRateReader;
}

/** A running component that takes data. */
export type Sink = Partial<Consumers> & AsyncDisposable;

/** What the runtime gives beyond the settings; tests may leave it out. */
export interface CreateOptions {
  readonly clock?: Clock;
  readonly scope?: Scope;
  readonly dropped?: (items: number) => void;
  readonly consumeTimeoutMs?: number | undefined;
}

/** One thing that a component needs and that was tried, for `tracecore doctor`. */
export interface Finding {
  /** What was tried, in a few words: `library`, `GPUs`. */
  readonly check: string;
  /** `skipped` where it could not be tried, because of what failed before it. */
  readonly state: "ok" | "warning" | "failed" | "skipped";
  readonly detail: string;
  /** What to do, as a full sentence. */
  readonly remedy?: string | undefined;
}

interface Definition<C extends z.ZodType> {
  /** The name in config files, `snake_case`. */
  readonly type: string;
  readonly stability: Partial<Record<Signal, Stability>>;
  /** One schema: types, defaults, validation, JSON Schema and the README table come from it. */
  readonly config: C;
  /** What the component emits, if it emits metrics of its own. */
  readonly metrics?: MetricSet;
  /** How this build differs, for `tracecore components`: for example which native library was found. */
  readonly variant?: () => string | undefined;
  /** Tries on this machine what a component with this config needs: libraries, devices, permissions, addresses. */
  diagnose?(config: z.output<C>, signal: AbortSignal): Promise<readonly Finding[]>;
}

export interface ReceiverDefinition<C extends z.ZodType> extends Definition<C> {
  start(config: z.output<C>, ctx: ReceiverContext): Promise<AsyncDisposable> | AsyncDisposable;
}
export interface ProcessorDefinition<C extends z.ZodType> extends Definition<C> {
  start(config: z.output<C>, ctx: ProcessorContext): Promise<Sink> | Sink;
}
export interface ExporterDefinition<C extends z.ZodType> extends Definition<C> {
  start(config: z.output<C>, ctx: ExporterContext): Promise<Sink> | Sink;
}
/** From which signal to which a connector leads. */
export interface ConnectorRoute {
  readonly from: Signal;
  readonly to: Signal;
  readonly stability: Stability;
}
export interface ConnectorDefinition<C extends z.ZodType> extends Omit<Definition<C>, "stability"> {
  readonly routes: readonly ConnectorRoute[];
  start(config: z.output<C>, ctx: ConnectorContext): Promise<Sink> | Sink;
}
export interface ExtensionDefinition<C extends z.ZodType> extends Omit<Definition<C>, "stability" | "metrics"> {
  readonly stability: Stability;
  start(config: z.output<C>, ctx: ComponentContext): Promise<AsyncDisposable> | AsyncDisposable;
}

interface Factory<K extends ComponentKind> extends Omit<Definition<z.ZodType>, "stability"> {
  readonly kind: K;
}

/** A component that takes data; `consumers` is there once it has started. */
export interface SinkComponent extends Component {
  running(): Sink;
}
/** An exporter; what it reports of itself is there from the create call on. */
export type ExporterComponent = SinkComponent & ExporterCarrier;
/** A component that only brings data in, or stands outside pipelines. */
export interface SourceComponent extends Component {
  running(): AsyncDisposable;
}

export interface ReceiverFactory extends Factory<"receiver"> {
  readonly stability: Partial<Record<Signal, Stability>>;
  /** One instance for all the signals that `next` has. */
  create(settings: CreateSettings, config: unknown, next: Partial<Consumers>, options?: CreateOptions): SourceComponent;
  createMetrics(settings: CreateSettings, config: unknown, next: Consumers["metrics"]): SourceComponent;
  createLogs(settings: CreateSettings, config: unknown, next: Consumers["logs"]): SourceComponent;
  createTraces(settings: CreateSettings, config: unknown, next: Consumers["traces"]): SourceComponent;
}
export interface ProcessorFactory extends Factory<"processor"> {
  readonly stability: Partial<Record<Signal, Stability>>;
  create(settings: CreateSettings, config: unknown, next: Partial<Consumers>, options?: CreateOptions): SinkComponent;
  createMetrics(settings: CreateSettings, config: unknown, next: Consumers["metrics"]): SinkComponent;
  createLogs(settings: CreateSettings, config: unknown, next: Consumers["logs"]): SinkComponent;
  createTraces(settings: CreateSettings, config: unknown, next: Consumers["traces"]): SinkComponent;
}
export interface ExporterFactory extends Factory<"exporter"> {
  readonly stability: Partial<Record<Signal, Stability>>;
  create(settings: CreateSettings, config: unknown, options?: CreateOptions): ExporterComponent;
  createMetrics(settings: CreateSettings, config: unknown): ExporterComponent;
  createLogs(settings: CreateSettings, config: unknown): ExporterComponent;
  createTraces(settings: CreateSettings, config: unknown): ExporterComponent;
}
export interface ConnectorFactory extends Factory<"connector"> {
  readonly routes: readonly ConnectorRoute[];
  create(settings: CreateSettings, config: unknown, next: Partial<Consumers>, options?: CreateOptions): SinkComponent;
}
export interface ExtensionFactory extends Factory<"extension"> {
  readonly stability: Stability;
  create(settings: CreateSettings, config: unknown, options?: CreateOptions): SourceComponent;
}

/** Any plugin. */
export type ComponentFactory =
  | ReceiverFactory
  | ProcessorFactory
  | ExporterFactory
  | ConnectorFactory
  | ExtensionFactory;

export function defineReceiver<C extends z.ZodType>(definition: ReceiverDefinition<C>): ReceiverFactory {
  const create: ReceiverFactory["create"] = (settings, config, next, options) => {
    const telemetry = receiverTelemetry(settings, { clock: options?.clock });
    const start = async (host: Host, signal: AbortSignal) =>
      definition.start(config as z.output<C>, {
        ...context("receiver", definition.type, settings, host, signal, options),
        next: nextConsumers(next),
        telemetry,
      });
    return owning(component(start), telemetry);
  };
  return { ...definition, kind: "receiver", create, ...perSignal(definition, create) };
}

export function defineProcessor<C extends z.ZodType>(definition: ProcessorDefinition<C>): ProcessorFactory {
  const create: ProcessorFactory["create"] = (settings, config, next, options) => {
    const telemetry = processorTelemetry(settings, { clock: options?.clock });
    const start = async (host: Host, signal: AbortSignal) =>
      definition.start(config as z.output<C>, {
        ...context("processor", definition.type, settings, host, signal, options),
        next: nextConsumers(next),
        telemetry,
      });
    return owning(component(start), telemetry);
  };
  return { ...definition, kind: "processor", create, ...perSignal(definition, create) };
}

export function defineExporter<C extends z.ZodType>(definition: ExporterDefinition<C>): ExporterFactory {
  const create: ExporterFactory["create"] = (settings, config, options) => {
    const telemetry = exporterTelemetry(settings, { clock: options?.clock });
    const start = async (host: Host, signal: AbortSignal) =>
      definition.start(config as z.output<C>, {
        ...context("exporter", definition.type, settings, host, signal, options),
        telemetry,
      });
    return { ...owning(component(start), telemetry), selfExporter: () => telemetry };
  };
  const one = perSignal(definition, (settings, config) => create(settings, config));
  return { ...definition, kind: "exporter", create, ...one };
}

export function defineConnector<C extends z.ZodType>(definition: ConnectorDefinition<C>): ConnectorFactory {
  return {
    ...definition,
    kind: "connector",
    create: (settings, config, next, options) =>
      component(async (host, signal) =>
        definition.start(config as z.output<C>, {
          ...context("connector", definition.type, settings, host, signal, options),
          next: nextConsumers(next),
        }),
      ),
  };
}

export function defineExtension<C extends z.ZodType>(definition: ExtensionDefinition<C>): ExtensionFactory {
  return {
    ...definition,
    kind: "extension",
    create: (settings, config, options) =>
      component(async (host, signal) =>
        definition.start(config as z.output<C>, context("extension", definition.type, settings, host, signal, options)),
      ),
  };
}

/** The component, whose self-telemetry ends when it has stopped. */
function owning<C extends Component>(made: C, telemetry: Disposable): C {
  return {
    ...made,
    async shutdown(signal?: AbortSignal) {
      try {
        await made.shutdown(signal);
      } finally {
        telemetry[Symbol.dispose]();
      }
    },
  };
}

function context(
  kind: ComponentKind,
  type: string,
  settings: CreateSettings,
  host: Host,
  signal: AbortSignal,
  { clock = systemClock, scope, dropped = () => {}, consumeTimeoutMs }: CreateOptions = {},
): ComponentContext {
  const ownScope = scope ?? makeScope({ name: `tracecore/${kind}/${type}`, version: settings.buildInfo.version });
  return { settings, host, clock, signal, scope: ownScope, dropped, consumeTimeoutMs };
}

/** The create call of each signal, refused where the definition does not list the signal. */
function perSignal<C>(
  { type, stability }: { type: string; stability: Partial<Record<Signal, Stability>> },
  create: (settings: CreateSettings, config: unknown, next: Partial<Consumers>) => C,
): Record<
  "createMetrics" | "createLogs" | "createTraces",
  (settings: CreateSettings, config: unknown, next?: Consumer<never>) => C
> {
  const forSignal = (signal: Signal) => (settings: CreateSettings, config: unknown, next?: Consumer<never>) => {
    if (stability[signal] === undefined) {
      throw new TracecoreError("signal-not-supported", `"${type}" does not support ${signal}`, {
        remedy: `Supported: ${Object.keys(stability).join(", ")}`,
      });
    }
    return create(settings, config, next === undefined ? {} : { [signal]: next });
  };
  return { createMetrics: forSignal("metrics"), createLogs: forSignal("logs"), createTraces: forSignal("traces") };
}

function nextConsumers(next: Partial<Consumers> & Partial<NextConsumers>): NextConsumers {
  if (next.wired !== undefined && next.dropped !== undefined) return next as NextConsumers;
  const { metrics, logs, traces } = next;
  const none = discard;
  return {
    metrics: metrics ?? none,
    logs: logs ?? none,
    traces: traces ?? none,
    wired: (signal) => next[signal] !== undefined,
    dropped: () => {},
  };
}
