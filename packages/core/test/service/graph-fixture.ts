import * as z from "zod";
import {
  defineConnector,
  defineExporter,
  defineProcessor,
  defineReceiver,
  manualClock,
  type Batch,
  type ComponentFactory,
  type ComponentKind,
  type Consumer,
  type ManualClock,
  type NextConsumers,
  type Signal,
  type Sink,
} from "@tracecore/core";
import { emptyResource, emptyScope, metricFamily, MetricsBuilder, series, type Metrics } from "@tracecore/core/pdata";
import type { CheckedComponent, CheckedConfig } from "../../src/service/config/load-config.ts";
import { createLogger, type RootLogger } from "../../src/service/logger.ts";
import { startService, type Service, type ServiceOptions, type StatusChange } from "../../src/service/run-service.ts";

/** A batch of `count` gauge points. */
export function points(count: number): Metrics {
  const builder = new MetricsBuilder(1n);
  const family = metricFamily(emptyResource, emptyScope, {
    name: "test.value",
    description: "",
    unit: "1",
    kind: "gauge",
    monotonic: false,
    temporality: "unspecified",
  });
  for (let i = 0; i < count; i++) builder.addNumber(series(family, { i }), i);
  return builder.build();
}

/** What a test component does; every part may be left out. */
export interface Behaviour {
  start?: (next: NextConsumers) => void | Promise<void>;
  consume?: (batch: Batch, next: NextConsumers, signal: AbortSignal) => void | Promise<void>;
  stop?: (signal: AbortSignal) => void | Promise<void>;
}

/** A graph made in a test, with a log of what happened to its components. */
export interface TestGraph {
  readonly clock: ManualClock;
  readonly log: string[];
  readonly lines: string[];
  readonly logger: RootLogger;
  readonly statuses: StatusChange[];
  /** What a receiver sends with; there once it has started. */
  readonly next: Map<string, NextConsumers>;
  component(
    kind: ComponentKind,
    id: string,
    behaviour?: Behaviour,
    changes?: Partial<CheckedComponent>,
  ): CheckedComponent;
  config(
    components: readonly CheckedComponent[],
    pipelines: Readonly<Record<string, string>>,
    extensions?: readonly string[],
  ): CheckedConfig;
  start(config: CheckedConfig, options?: Partial<ServiceOptions>): Promise<Service>;
}

const signals = { metrics: "stable", logs: "stable", traces: "stable" } as const;

export function testGraph(): TestGraph {
  const clock = manualClock();
  const log: string[] = [];
  const lines: string[] = [];
  const logger = createLogger({
    format: "text",
    level: "info",
    clock,
    write: (line) => lines.push(line.slice(25).trimEnd()),
  });
  const statuses: StatusChange[] = [];
  const next = new Map<string, NextConsumers>();

  const factory = (kind: ComponentKind, id: string, behaviour: Behaviour): ComponentFactory => {
    const run = async (own: NextConsumers | undefined, signal: AbortSignal): Promise<Sink> => {
      if (own !== undefined) next.set(id, own);
      await behaviour.start?.(own!);
      log.push(`start ${id}`);
      const consumer: Consumer<Batch> = {
        async consume(batch, until) {
          if (behaviour.consume === undefined) {
            const after: Consumer<Batch> | undefined = own?.[batch.signal];
            await after?.consume(batch, until);
          } else await behaviour.consume(batch, own!, until);
        },
      };
      return {
        metrics: consumer,
        logs: consumer,
        traces: consumer,
        async [Symbol.asyncDispose]() {
          await behaviour.stop?.(signal);
          log.push(`stop ${id}`);
        },
      };
    };
    const type = "test";
    const config = z.strictObject({});
    switch (kind) {
      case "receiver":
        return defineReceiver({ type, stability: signals, config, start: (_config, ctx) => run(ctx.next, ctx.signal) });
      case "processor":
        return defineProcessor({
          type,
          stability: signals,
          config,
          start: (_config, ctx) => run(ctx.next, ctx.signal),
        });
      case "connector":
        return defineConnector({
          type,
          routes: [{ from: "metrics", to: "metrics", stability: "stable" }],
          config,
          start: (_config, ctx) => run(ctx.next, ctx.signal),
        });
      default:
        return defineExporter({
          type,
          stability: signals,
          config,
          start: (_config, ctx) => run(undefined, ctx.signal),
        });
    }
  };

  return {
    clock,
    log,
    lines,
    logger,
    statuses,
    next,
    component(kind, id, behaviour = {}, changes = {}) {
      const made = factory(kind, id, behaviour);
      return {
        kind,
        id,
        factory: made,
        plugin: { factory: made, packageName: `test-${kind}`, version: "1.0.0", file: "" },
        config: {},
        fingerprint: id,
        startup: "fail",
        position: { file: "test.yaml", line: 1, col: 1 },
        ...changes,
      };
    },
    config(components, pipelines, extensions = []) {
      const list = (text: string | undefined): string[] => (text ?? "").split(" ").filter((id) => id !== "");
      return {
        components,
        unused: [],
        pipelines: Object.entries(pipelines).map(([id, text]) => {
          const [receivers, processors, exporters] = text.split(">");
          return {
            id,
            signal: id.split("/")[0] as Signal,
            receivers: list(receivers),
            processors: list(processors),
            exporters: list(exporters),
          };
        }),
        extensions,
        telemetry: {},
        runtime: {
          drain_timeout: 10_000,
          start_timeout: 30_000,
          stop_timeout: 5000,
          consume_timeout: 30_000,
          restart: { initial_interval: 1000, max_interval: 60_000, multiplier: 2 },
          interned_series: 200_000,
          admin_socket: "off",
          taps: { max_clients: 4, buffer: 4 * 2 ** 20 },
          log_level: "info",
          log_format: "text",
        },
        document: undefined as never,
      };
    },
    start: (config, options) =>
      startService({
        config,
        clock,
        logger,
        onStatus: (change) => statuses.push(change),
        ...options,
      }),
  };
}

export const never: AbortSignal = new AbortController().signal;
