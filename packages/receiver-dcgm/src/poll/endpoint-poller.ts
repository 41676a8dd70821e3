import type { ReceiverContext } from "@tracecore/core";
import type { LogRecord, Resource, Scope } from "@tracecore/core/pdata";
import type { DcgmConfig } from "../config.ts";
import { namedDevices, summary, type Device, type IdentityOptions } from "../emit/device.ts";
import { PointWriter, type SeriesLimit } from "../emit/point-writer.ts";
import type { EngineSession, EngineSource } from "../engine/engine.ts";
import { CLOCK_EVENTS, DeviceEvents } from "../events/device-events.ts";
import type { KernelLog } from "../events/kernel-log.ts";
import type { ComputedCounter } from "../fields/counters-file.ts";
import { DRIVER_VERSION, type ChosenField } from "../fields/select-fields.ts";
import { GpuHealth } from "../health/gpu-health.ts";
import type { OutputMaker } from "../naming/output-maker.ts";
import { sendBatches } from "./batch-sender.ts";
import { DeviceFacts, labelsOf } from "./device-facts.ts";
import { DroppedValues } from "./dropped-values.ts";
import { EventReader } from "./event-reader.ts";
import type { Failures } from "./failures.ts";
import { fieldsToRead } from "./fields-to-read.ts";
import { Freshness } from "./freshness.ts";
import { GpuPresence } from "./gpu-presence.ts";
import { isLibraryError, noGpus, tooManySeries } from "./poll-errors.ts";
import { ProfilingPause } from "./profiling-pause.ts";
import { Schedule } from "./schedule.ts";
import { SelfMetrics } from "./self-metrics.ts";
import { SessionKeeper } from "./session-keeper.ts";
import { SlotStore } from "./slot-store.ts";
import { WatchSet } from "./watch-set.ts";
import { endsSession } from "./watched-plans.ts";

/** Devices are looked for again this often, ms: MIG may change without an event. */
const ENUMERATE_EVERY_MS = 60_000;
/** DCGM checks health each 30 s. */
const HEALTH_EVERY_MS = 30_000;

/** How long the end of the series may wait for the next stage, ms. */
const LAST_WORDS_MS = 2_000;

export interface PollerOptions {
  readonly source: EngineSource;
  /** Whether the engine's clock is this machine's. */
  readonly sameClock: boolean;
  readonly config: DcgmConfig;
  /** Milliseconds between two ticks. */
  readonly tickMs: number;
  readonly ctx: ReceiverContext;
  readonly failures: Failures;
  readonly limit: SeriesLimit;
  readonly maker: OutputMaker;
  readonly fields: readonly ChosenField[];
  readonly computed: readonly ComputedCounter[];
  readonly identity: IdentityOptions;
  readonly resource: Resource;
  readonly scope: Scope;
  readonly kernelLog: KernelLog | undefined;
}

/** Reads one engine again and again. What goes wrong is counted, shown and tried again; nothing stops it. */
export class EndpointPoller {
  readonly #options: PollerOptions;
  readonly #keeper: SessionKeeper;
  readonly #writer: PointWriter;
  readonly #freshness: Freshness;
  readonly #dropped = new DroppedValues();
  readonly #events: DeviceEvents;
  readonly #health: GpuHealth;
  readonly #facts: DeviceFacts;
  readonly #self: SelfMetrics;
  readonly #slots: SlotStore;
  readonly #watches: WatchSet;
  readonly #eventReader: EventReader;
  readonly #presence = new GpuPresence();
  readonly #startNs: bigint;
  #devices: readonly Device[] = [];
  #signature = "";
  readonly #enumeration: Schedule;
  readonly #healthCheck: Schedule;
  /** Events, status and what the receiver says of itself. */
  readonly #main: Schedule;
  #released = false;
  readonly #profiling: ProfilingPause;

  constructor(options: PollerOptions) {
    this.#options = options;
    const { source, ctx, config, limit, maker, identity, resource, scope, sameClock, fields, computed } = options;
    const nowNs = ctx.clock.nowUnixNano();
    this.#startNs = nowNs;
    this.#eventReader = new EventReader(ctx.clock.nowMs());
    this.#keeper = new SessionKeeper(source, ctx.clock, config.collection_interval);
    this.#writer = new PointWriter(limit);
    this.#slots = new SlotStore(this.#writer, maker);
    this.#freshness = new Freshness(sameClock);
    this.#events = new DeviceEvents({ maker, resource, scope, startNs: nowNs, windows: config, computed });
    this.#health = new GpuHealth({ make: maker.otel, resource, scope });
    this.#facts = new DeviceFacts(maker.otel, identity, config.serial_numbers);
    this.#self = new SelfMetrics(maker.otel, nowNs, identity.endpoint);
    this.#profiling = new ProfilingPause({
      name: source.name,
      paused: config.profiling === "pause",
      failures: options.failures,
      logger: ctx.settings.telemetry.logger,
    });
    this.#watches = new WatchSet({
      name: source.name,
      config,
      tickMs: options.tickMs,
      clock: ctx.clock,
      logger: ctx.settings.telemetry.logger,
      failures: options.failures,
      fields: fieldsToRead(fields),
      slots: this.#slots,
      writer: this.#writer,
      freshness: this.#freshness,
      dropped: this.#dropped,
      self: this.#self,
      onRead: (outcome) => {
        if (this.#presence.noteRead(this.#devices, outcome)) this.#enumeration.now();
      },
    });
    this.#watches.profilingPaused = this.#profiling.paused;
    this.#enumeration = new Schedule(ENUMERATE_EVERY_MS, options.tickMs);
    this.#healthCheck = new Schedule(HEALTH_EVERY_MS, options.tickMs);
    this.#main = new Schedule(config.collection_interval, options.tickMs);
  }

  /** Which engine it reads. */
  get name(): string {
    return this.#options.source.name;
  }

  /** Gives the performance counters up, or takes them back. Takes effect with the next read. */
  setProfilingPaused(paused: boolean): void {
    this.#profiling.paused = paused;
    this.#watches.profilingPaused = paused;
  }

  get profilingPaused(): boolean {
    return this.#profiling.paused;
  }

  /** Gives every handle up, so that a GPU can be reset. */
  async release(): Promise<void> {
    this.#released = true;
    await this.#keeper.release();
    this.#forgetSession();
  }

  /** Connects again after `release`. */
  resume(): void {
    if (this.#released) this.#keeper.resume();
    this.#released = false;
  }

  get released(): boolean {
    return this.#released;
  }

  /** One tick. Never throws. */
  async tick(signal: AbortSignal): Promise<void> {
    const { ctx, failures } = this.#options;
    const { clock } = ctx;
    const startMs = clock.monotonicMs();
    const writer = this.#writer;
    writer.begin(clock.nowUnixNano());
    const isMain = this.#main.isDue(startMs);
    if (isMain) this.#main.done(startMs);
    if (!isMain && !this.#watches.isDue(startMs)) {
      writer.build();
      return;
    }
    const up = this.#released ? false : await this.#collect(signal, isMain);
    if (!up) this.#endAll();
    if (isMain) this.#writeOwn(up, clock.monotonicMs(), clock.nowMs());
    this.#checkLimit();
    await this.#emit(signal);
    ctx.telemetry.observeLatency(clock.monotonicMs() - startMs);
    failures.report();
  }

  /** Reads what is due; false when there is no session. */
  async #collect(signal: AbortSignal, isMain: boolean): Promise<boolean> {
    const { failures } = this.#options;
    const path = (what: string): string => `${what} ${this.name}`;
    let session: EngineSession;
    try {
      const opened = await this.#keeper.session(signal);
      ({ session } = opened);
      if (opened.isNew) this.#beginSession();
      failures.ok(path("connect"));
    } catch (error) {
      if (!signal.aborted && !this.#released)
        failures.fail(path("connect"), isLibraryError(error) ? "init" : "connect", error);
      return false;
    }
    try {
      await this.#profiling.tell(session);
      if (!(await this.#enumerate(session))) return true;
      await this.#watches.read(session);
      if (isMain) {
        await this.#readEvents(session);
        await this.#readHealth(session);
      }
      return true;
    } catch (error) {
      if (signal.aborted || this.#released) return false;
      if (!endsSession(error)) {
        failures.fail(path("read"), "read", error);
        return true;
      }
      failures.fail(path("connect"), "connect", error);
      this.#keeper.drop(session);
      this.#forgetSession();
      return false;
    }
  }

  #beginSession(): void {
    this.#forgetSession();
    this.#enumeration.now();
    this.#healthCheck.now();
    this.#slots.enableAll();
  }

  /** Watches live in the engine and end with the session. What counters counted to stays, as does the place in the events. */
  #forgetSession(): void {
    this.#watches.forgetSession();
    this.#eventReader.forgetSession();
    this.#signature = "";
    this.#profiling.forgetSession();
    this.#options.failures.forget(`watch ${this.name}`);
  }

  #endAll(): void {
    this.#slots.endAll();
    this.#health.write(this.#writer, [], this.#writer.nowNs);
    this.#facts.end(this.#writer);
  }

  /** Finds the devices and plans what to read of them, when that is due; false when there are none. */
  async #enumerate(session: EngineSession): Promise<boolean> {
    const { failures, ctx, identity } = this.#options;
    const nowMs = ctx.clock.monotonicMs();
    if (!this.#enumeration.isDue(nowMs) && this.#devices.length > 0) {
      await this.#watches.refresh(session, false);
      return true;
    }
    const path = `enumerate ${this.name}`;
    let devices: readonly Device[];
    try {
      const entities = await session.entities();
      devices = namedDevices(
        entities.filter(({ state }) => state !== "detached" && state !== "disabled"),
        identity,
      );
    } catch (error) {
      if (endsSession(error)) throw error;
      failures.fail(path, "enumerate", error);
      return this.#devices.length > 0;
    }
    this.#enumeration.done(nowMs);
    const signature = JSON.stringify(
      devices.map(({ key, entity, attributes }) => [key, entity.group, entity.id, entity.state, attributes]),
    );
    if (signature !== this.#signature) await this.#setDevices(session, devices, signature);
    else await this.#watches.refresh(session, true);
    if (!devices.some(({ entity }) => entity.kind === "gpu")) {
      failures.fail(path, "enumerate", noGpus(this.name));
    } else failures.ok(path);
    return devices.length > 0;
  }

  async #setDevices(session: EngineSession, devices: readonly Device[], signature: string): Promise<void> {
    const { fields, maker, ctx, identity } = this.#options;
    this.#presence.noteDevices(this.#devices, devices, ctx.clock.monotonicMs());
    this.#devices = devices;
    this.#slots.labels =
      maker.exporterNamings.length === 0
        ? new Map()
        : await labelsOf(
            session,
            devices,
            fields
              .filter(
                ({ exporter, counter, field }) =>
                  exporter && (counter?.type === "label" || field.id === DRIVER_VERSION),
              )
              .map(({ field }) => field),
            identity,
          );
    if (maker.hasOtel) this.#facts.set(this.#writer, devices, session.versions);
    this.#events.setDevices(devices, this.#writer);
    await this.#watches.setDevices(session, devices);
    await this.#watchEvents(session);
    this.#signature = signature;
    if (devices.length === 0) return;
    ctx.settings.telemetry.logger.info(`reads ${summary(devices)} of ${this.name}`, {
      engine: session.versions.engine,
      library: session.versions.library,
    });
  }

  async #watchEvents(session: EngineSession): Promise<void> {
    const { config, failures } = this.#options;
    const path = `watch events ${this.name}`;
    try {
      await this.#eventReader.watch(session, this.#devices, config.collection_interval);
      failures.ok(path);
    } catch (error) {
      if (endsSession(error)) throw error;
      failures.fail(path, "watch", error);
    }
  }

  async #readEvents(session: EngineSession): Promise<void> {
    const { clock } = this.#options.ctx;
    const { events, bound } = await this.#eventReader.read(session, this.#devices);
    for (const event of events) this.#events.take(event, clock.nowMs());
    if (bound) this.#presence.noteUnbound(clock.monotonicMs());
    // After an event MIG may be another, or a GPU gone.
    if (bound || events.length > 0) this.#enumeration.now();
  }

  async #readHealth(session: EngineSession): Promise<void> {
    const { config, ctx, failures } = this.#options;
    if (!config.health || !this.#healthCheck.isDue(ctx.clock.monotonicMs())) return;
    this.#healthCheck.done(ctx.clock.monotonicMs());
    const path = `health ${this.name}`;
    try {
      this.#health.setReport(await session.health());
      failures.ok(path);
    } catch (error) {
      if (endsSession(error)) throw error;
      this.#health.setReport(undefined);
      failures.fail(path, "health", error);
    }
  }

  #writeOwn(up: boolean, monotonicMs: number, nowMs: number): void {
    const { maker, kernelLog } = this.#options;
    kernelLog?.read(this.#devices, (event) => this.#events.take(event, nowMs));
    if (up) this.#events.takeClocks(this.#devices, (key) => this.#slots.value(key, CLOCK_EVENTS), nowMs);
    this.#events.write(this.#writer, nowMs, this.#slots.labels, up || kernelLog !== undefined);
    if (!maker.hasOtel) return;
    this.#facts.write(this.#writer);
    if (up) {
      const readings = this.#presence.readings(this.#devices, this.#slots, this.#events.critical);
      this.#health.write(this.#writer, readings, this.#writer.nowNs);
    }
    this.#self.write(this.#writer, {
      up,
      reconnects: Math.max(0, this.#keeper.reconnects),
      ages: this.#slots.ages(monotonicMs),
    });
    this.#dropped.write(this.#writer, maker.otel, this.#startNs, this.#endpointAttribute());
  }

  #endpointAttribute(): Record<string, string> {
    const { endpoint } = this.#options.identity;
    return endpoint === undefined ? {} : { "nvidia.dcgm.endpoint": endpoint };
  }

  #checkLimit(): void {
    const { failures, limit } = this.#options;
    const { refused } = this.#writer;
    if (refused > 0) failures.fail(`cardinality ${this.name}`, "cardinality", tooManySeries(limit.max));
    else failures.ok(`cardinality ${this.name}`);
  }

  async #emit(signal: AbortSignal): Promise<void> {
    const { ctx, failures } = this.#options;
    const records: LogRecord[] = [...this.#events.takeRecords(), ...this.#health.takeRecords()];
    const path = `downstream ${this.name}`;
    try {
      await sendBatches(ctx, this.#writer.build(), records, signal);
      failures.ok(path);
    } catch (error) {
      failures.fail(path, "downstream", error);
    }
  }

  /** Ends every series, after the last tick: an exporter that outlives a reload would show the last values on. */
  async end(): Promise<void> {
    const { clock } = this.#options.ctx;
    this.#writer.begin(clock.nowUnixNano());
    this.#endAll();
    this.#events.setDevices([], this.#writer);
    this.#self.end(this.#writer);
    this.#dropped.end(this.#writer);
    const enough = new AbortController();
    await Promise.race([this.#emit(enough.signal), clock.sleep(LAST_WORDS_MS, enough.signal)]);
    enough.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#keeper[Symbol.asyncDispose]();
  }
}
