import type { MeterProvider } from "@opentelemetry/api";
import { messageOf, type BuildInfo, type Clock, type Logger } from "@tracecore/core";
import { emptyResource, type Resource } from "@tracecore/core/pdata";
import {
  meterOf,
  noopMeterProvider,
  optionsOf,
  type ExporterTelemetry,
  type FailureRateReader,
} from "@tracecore/core/selftelemetry";
import { PrometheusRegistry } from "@tracecore/prometheus";
import { registerBuildInfo } from "./build-info-metric.ts";
import { createMeterStack, type MeterStack } from "./meter-stack.ts";
import { registerRenamedMetrics, renamedMetrics, type RenamedMetric } from "./renamed-metrics.ts";
import { RestartRate } from "./restart-rate.ts";
import { registerSloMetrics } from "./slo-metrics.ts";
import { AggregateSloSource } from "./slo-source.ts";
import { createSurface, type SurfaceEvents } from "./surface.ts";
import { surfaceInstruments as table } from "./surface-instruments.ts";
import type { EnabledTelemetryConfig, TelemetryConfig } from "./telemetry-config.ts";

export interface SelfTelemetryOptions {
  readonly config: TelemetryConfig;
  readonly buildInfo: BuildInfo;
  /** The source that the build was made from. */
  readonly revision?: string;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Whether every component has started; see `/readyz`. */
  readonly ready?: () => boolean;
  /** Of the process; no label comes from it. */
  readonly resource?: Resource;
  /** Default: those of this release. */
  readonly renamed?: readonly RenamedMetric[];
}

/** Self-telemetry of a process, running. */
export interface SelfTelemetry {
  /** For components. When telemetry is off it does nothing, and the SDK is not loaded. */
  readonly meterProvider: MeterProvider;
  /** The exporters that run from now on; call it again whenever they change. */
  setExporters(exporters: readonly ExporterTelemetry[]): void;
  /** A failed component is started again, whether that works or not. */
  recordRestart(component: string): void;
  /** Where the surface answers; empty when it is off. */
  urls(): readonly string[];
  /** Reads the TLS files again; false when they are bad, and then those from before stay in use. */
  reload(): Promise<boolean>;
  /** Closes the port, then the provider. Never throws; harmless twice. */
  shutdown(): Promise<void>;
}

const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|::1|0:0:0:0:0:0:0:1)$/i;

/**
 * Starts the provider, then the port, then registers what the process says of itself: probes answer before the first
 * component is built. Rejects when the port cannot be had, with everything closed again.
 */
export async function startSelfTelemetry(options: SelfTelemetryOptions): Promise<SelfTelemetry> {
  return options.config.enabled ? startEnabled(options, options.config) : noSelfTelemetry();
}

async function noSelfTelemetry(): Promise<SelfTelemetry> {
  return {
    meterProvider: noopMeterProvider,
    setExporters: () => {},
    recordRestart: () => {},
    urls: () => [],
    reload: () => Promise.resolve(true),
    shutdown: () => Promise.resolve(),
  };
}

async function startEnabled(options: SelfTelemetryOptions, config: EnabledTelemetryConfig): Promise<SelfTelemetry> {
  const { logger, clock, buildInfo, revision = "", renamed = renamedMetrics } = options;
  const stack = await meterStack(options, config);
  const { meterProvider } = stack;
  const surface = createSurface({
    config,
    ready: options.ready,
    registry: stack.registry,
    collect: () => stack.collect(),
    logger,
    clock,
    events: countEvents(meterProvider),
  });
  try {
    await surface.start();
  } catch (error) {
    await closeProvider(stack, logger);
    throw error;
  }
  const restarts = new RestartRate(clock);
  const slo = new AggregateSloSource(clock, { restarts });
  registerSloMetrics(meterProvider, slo);
  registerBuildInfo(meterProvider, { command: buildInfo.command, version: buildInfo.version, revision });
  registerRenamedMetrics(meterProvider, renamed);

  const { host } = config.listen;
  if (config.tls === undefined && config.listen.path === undefined && !LOOPBACK.test(host)) {
    logger.warn(
      `telemetry.listen: ${config.listen.text} is open to the network without TLS. Set telemetry.tls, or listen on localhost`,
    );
  }
  const base = `${config.tls === undefined ? "http" : "https"}://${surface.address?.text.replace(/^:/, "localhost:")}`;
  let stopping: Promise<void> | undefined;
  return {
    meterProvider,
    setExporters(exporters) {
      slo.setReaders(exporters.filter(isReader));
    },
    recordRestart: () => restarts.record(),
    urls: () => [config.paths.metrics, config.paths.healthz, config.paths.readyz].map((path) => base + path),
    reload: () => surface.reloadTls(),
    shutdown: () =>
      (stopping ??= (async () => {
        try {
          await surface.shutdown();
        } catch (error) {
          logger.warn(`cannot close the operator surface cleanly: ${messageOf(error)}`);
        }
        await closeProvider(stack, logger);
      })()),
  };
}

/** With the level `none` there are probes, and no metrics to pay for. */
async function meterStack(
  { clock, logger, resource = emptyResource, renamed = renamedMetrics }: SelfTelemetryOptions,
  { metrics, limits }: EnabledTelemetryConfig,
): Promise<MeterStack> {
  const { level, max_series: maxSeries, max_unknown_kinds: maxUnknownKinds } = metrics;
  if (level !== "none") {
    const collectionTimeoutMs = limits.collection_timeout;
    return createMeterStack({
      level,
      maxUnknownKinds,
      maxSeries,
      collectionTimeoutMs,
      resource,
      clock,
      logger,
      renamed,
    });
  }
  return {
    meterProvider: noopMeterProvider,
    registry: new PrometheusRegistry({
      strategy: "UnderscoreEscapingWithoutSuffixes",
      scopeLabels: false,
      targetInfo: false,
      resourceToTelemetry: false,
      sendTimestamps: false,
      maxSeries: 1,
      metricExpirationMs: Number.POSITIVE_INFINITY,
      clock,
    }),
    collect: () => Promise.resolve([]),
    shutdown: () => Promise.resolve(),
  };
}

async function closeProvider(stack: MeterStack, logger: Logger): Promise<void> {
  try {
    await stack.shutdown();
  } catch (error) {
    logger.warn(`cannot shut the meter provider down: ${messageOf(error)}`);
  }
}

function countEvents(meterProvider: MeterProvider): SurfaceEvents {
  const meter = meterOf(meterProvider);
  const [panics, refused, exits, reloads] = [
    table.scrapePanics,
    table.scrapesRefused,
    table.serveExited,
    table.tlsReloads,
  ].map((definition) => meter.createCounter(definition.name, optionsOf(definition)));
  // A series that begins at 0 lets rate() see the first event.
  for (const endpoint of ["metrics", "healthz", "readyz"]) panics?.add(0, { endpoint });
  refused?.add(0);
  return {
    panic: (endpoint) => panics?.add(1, { endpoint }),
    scrapeRefused: () => refused?.add(1),
    exited: (reason) => exits?.add(1, { reason }),
    tlsReload: (result) => reloads?.add(1, { result }),
  };
}

function isReader(exporter: ExporterTelemetry): exporter is ExporterTelemetry & FailureRateReader {
  const { successCount, failureCount } = exporter as Partial<FailureRateReader>;
  return typeof successCount === "function" && typeof failureCount === "function";
}
