import { once } from "node:events";
import { resolve } from "node:path";
import { messageOf, systemClock, TracecoreError } from "@tracecore/core";
import {
  catchFaults,
  hostResource,
  startService,
  type CheckedConfig,
  type ConfigSource,
  type RootLogger,
  type Service,
} from "@tracecore/core/service";
import {
  startSelfTelemetry,
  telemetryOptions,
  type SelfTelemetry,
  type TelemetryConfig,
} from "@tracecore/selftelemetry";
import { openAdminSocket, type AdminSocket } from "./admin/admin-socket.ts";
import { banner, summaryLine } from "./banner.ts";
import { buildInfo } from "./build-info.ts";
import { reportProblems, type ConfigRequest, type LoadedConfig } from "./config-files.ts";
import type { Console } from "./console.ts";
import { exitCodes } from "./exit-codes.ts";
import { registerServiceMetrics } from "./service-metrics.ts";
import { stopSignals, type HangupSignals } from "./process-signals.ts";
import { watchSources } from "./watch-sources.ts";
import { sizeHeap } from "./heap-growth.ts";

export interface CollectorRun {
  readonly config: CheckedConfig;
  readonly sources: readonly ConfigSource[];
  readonly request: ConfigRequest;
  /** Reads the config anew, for a reload. */
  readonly load: () => Promise<LoadedConfig>;
  readonly logger: RootLogger;
  readonly console: Console;
  /** Whether people read the log: then a banner and a last line stand beside it. */
  readonly readable: boolean;
  /** Listening since the command began. */
  readonly hangups: HangupSignals;
  /** What the command line says of the admin socket; it wins over the config. */
  readonly adminSocket: string | undefined;
  /** Whether the command line says the level of the log, so that the config does not. */
  readonly levelIsFixed: boolean;
  readonly runForMs: number | undefined;
  readonly watch: boolean;
}

/**
 * Runs one collector from start to end (specification §6): self-telemetry first, so that probes answer from the moment on
 * which the process commits, then the components, ready only when every start has returned; the same backwards at the end.
 */
export async function runCollector(run: CollectorRun): Promise<number> {
  const { config, console, logger, request } = run;
  using signals = stopSignals(logger);
  using _faults = catchFaults((error) =>
    logger.error(`BUG: an error that no component owns: ${messageOf(error)}. Please report it`),
  );
  logger.debug("starting", { version: buildInfo.version });

  let service: Service | undefined;
  const options = config.telemetry as TelemetryConfig;
  const countBytes = options.enabled && options.metrics.level === "detailed";
  const telemetry = await selfTelemetry(run, () => service?.ready === true);
  let admin: AdminSocket | undefined;
  try {
    admin = await adminSocket(run, () => service);
    service = await startService({
      config,
      logger,
      buildInfo,
      meterProvider: telemetry.meterProvider,
      resource: hostResource(buildInfo, resolve(console.cwd, request.files[0] ?? "tracecore.yaml")),
      onRestart: (component) => telemetry.recordRestart(component),
      onExporters: (exporters) => telemetry.setExporters(exporters),
      countBytes,
      telemetrySchema: telemetryOptions,
      signal: signals.signal,
    });
  } catch (error) {
    await admin?.[Symbol.asyncDispose]();
    await telemetry.shutdown();
    logger.flush();
    if (signals.signal.aborted) {
      logger.info("stopped while it started");
      return signals.again ? exitCodes.interrupted : exitCodes.ok;
    }
    throw error instanceof TracecoreError
      ? error
      : new TracecoreError("start-failed", "cannot start", { cause: error });
  }
  registerServiceMetrics(telemetry.meterProvider, service, { countBytes });
  if (run.runForMs !== undefined) {
    void systemClock.sleep(run.runForMs, signals.signal).then(() => signals.stop());
  }
  announce(service, telemetry, run);

  void sizeHeap(systemClock, logger, signals.signal);
  const reloads = watchReloads(service, telemetry, run);
  if (!signals.signal.aborted) await once(signals.signal, "abort");
  // First of all: from here on /readyz says no, and the drain budget counts.
  const stopped = service.shutdown();
  await reloads[Symbol.asyncDispose]();
  const summary = await stopped;
  await admin?.[Symbol.asyncDispose]();
  await telemetry.shutdown();
  logger.flush();
  if (run.readable) console.err(`${summaryLine(summary)}\n`);
  else logger.info(summaryLine(summary), { ...summary });
  // What a second signal was told holds, even where the end came before it took effect.
  return signals.again ? exitCodes.interrupted : exitCodes.ok;
}

function adminSocket(run: CollectorRun, service: () => Service | undefined): Promise<AdminSocket | undefined> {
  const { config, console, logger, request } = run;
  const files = configFiles(request).map((file) => resolve(console.cwd, file));
  return openAdminSocket({
    setting: run.adminSocket ?? config.runtime.admin_socket,
    limits: config.runtime.taps,
    service,
    who: { pid: process.pid, version: buildInfo.version, config: files },
    env: console.env,
    logger: logger.forComponent("admin"),
    clock: systemClock,
  });
}

/** Starts the operator surface; a failure says where the config asks for it. */
async function selfTelemetry({ config, logger }: CollectorRun, ready: () => boolean): Promise<SelfTelemetry> {
  try {
    return await startSelfTelemetry({
      config: config.telemetry as TelemetryConfig,
      buildInfo,
      logger: logger.forComponent("telemetry"),
      clock: systemClock,
      ready,
    });
  } catch (error) {
    const { document } = config;
    const place = document.position(["telemetry", "listen"], "key") ?? document.position(["telemetry"], "key");
    const where = place === undefined ? "" : ` (${place.file}:${place.line}:${place.col})`;
    throw new TracecoreError("start-failed", `cannot start self-telemetry${where}`, { cause: error });
  }
}

function announce(
  service: Service,
  telemetry: SelfTelemetry,
  { config, console, logger, readable, request }: CollectorRun,
): void {
  logger.info("tracecore running", { version: buildInfo.version, pid: process.pid });
  if (!readable) return;
  console.err(`${banner(config, service, telemetry, configFiles(request)).join("\n")}\n`);
}

function configFiles({ files }: ConfigRequest): readonly string[] {
  return files.length === 0 ? ["tracecore.yaml"] : files;
}

/** Reloads on SIGHUP and, with --watch, when a config file has changed. Whatever is wrong, the running config goes on. */
function watchReloads(service: Service, telemetry: SelfTelemetry, run: CollectorRun): AsyncDisposable {
  const { logger, console, hangups, load } = run;
  let known = run.sources;
  let current = run.config;
  let busy = Promise.resolve();
  let count = 0;

  const reload = async (name: string): Promise<void> => {
    try {
      await telemetry.reload();
      const loaded = await load();
      known = loaded.sources;
      reportProblems(loaded, run);
      if (loaded.config === undefined) {
        logger.error(`${name} refused: the config has errors; the running config goes on`);
        return;
      }
      const report = await service.reload(loaded.config);
      if (JSON.stringify(loaded.config.telemetry) !== JSON.stringify(current.telemetry)) {
        logger.warn("the telemetry block has changed; that takes effect with the next start");
      }
      const { admin_socket, taps } = loaded.config.runtime;
      if (
        admin_socket !== current.runtime.admin_socket ||
        JSON.stringify(taps) !== JSON.stringify(current.runtime.taps)
      ) {
        logger.warn("runtime.admin_socket or runtime.taps has changed; that takes effect with the next start");
      }
      current = loaded.config;
      if (!run.levelIsFixed) logger.setLevel(current.runtime.log_level);
      logger.info(`${name} done`, { ...report });
    } catch (error) {
      logger.error(`${name} failed: ${messageOf(error)}; the running config goes on`);
    }
  };
  const ask = (why: string): void => {
    // The number keeps two answers apart, for people and for the log, which counts equal lines instead of writing them.
    count++;
    const name = `reload ${count} (${why})`;
    busy = busy.then(() => reload(name));
  };
  hangups.listen(() => ask("SIGHUP"));
  const watcher = run.watch
    ? watchSources(
        systemClock,
        () => known,
        console.cwd,
        () => ask("file change"),
      )
    : undefined;
  return {
    async [Symbol.asyncDispose]() {
      hangups.listen(() => {});
      await watcher?.[Symbol.asyncDispose]();
      await busy;
    },
  };
}
