import type { ReceiverContext } from "@tracecore/core";
import type { LogRecord, Resource, Scope } from "@tracecore/core/pdata";
import type { DcgmConfig } from "../config.ts";
import { namedDevices, type Device, type IdentityOptions } from "../emit/device.ts";
import { PointWriter, type SeriesLimit } from "../emit/point-writer.ts";
import type { Slot } from "../emit/slot.ts";
import type { EngineSession, EngineSource } from "../engine/engine.ts";
import { entityGroups } from "../engine/entity.ts";
import { DeviceEvents } from "../events/device-events.ts";
import type { KernelLog } from "../events/kernel-log.ts";
import { fieldById } from "../fields/catalogue.ts";
import { isProfiling, type ChosenField } from "../fields/select-fields.ts";
import { GpuHealth } from "../health/gpu-health.ts";
import { statusFields } from "../health/gpu-status.ts";
import { allMappings } from "../naming/mapping.ts";
import type { OutputMaker } from "../naming/output-maker.ts";
import { sendBatches } from "./batch-sender.ts";
import { DeviceFacts, labelsOf } from "./device-facts.ts";
import { DroppedValues } from "./dropped-values.ts";
import { EventReader } from "./event-reader.ts";
import type { Failures } from "./failures.ts";
import { Freshness } from "./freshness.ts";
import { ENERGY, GpuPresence } from "./gpu-presence.ts";
import {
  busyProfiler,
  forbidden,
  isLibraryError,
  noGpus,
  silentZeros,
  tooManySeries,
  unreadable,
} from "./poll-errors.ts";
import { ProfilingWatchdog } from "./profiling-watchdog.ts";
import { readPlans } from "./read-plan.ts";
import { Schedule } from "./schedule.ts";
import { SelfMetrics } from "./self-metrics.ts";
import { SessionKeeper } from "./session-keeper.ts";
import { SlotStore } from "./slot-store.ts";
import { ageOf, readTable, type ReadContext } from "./table-reader.ts";
import { endsSession, swapPlans, type WatchedPlan } from "./watched-plans.ts";

/** Devices are looked for again this often, ms: MIG may change without an event. */
const ENUMERATE_EVERY_MS = 60_000;
/** DCGM checks health each 30 s. */
const HEALTH_EVERY_MS = 30_000;
const UTILIZATION = 203;

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
  readonly #watchdog = new ProfilingWatchdog();
  readonly #slots: SlotStore;
  readonly #eventReader: EventReader;
  readonly #presence = new GpuPresence();
  /** What is read: the chosen fields, and those that status and watchdog look at. */
  readonly #fields: readonly ChosenField[];
  readonly #startNs: bigint;
  #devices: readonly Device[] = [];
  #signature = "";
  #watched: readonly WatchedPlan[] = [];
  readonly #enumeration: Schedule;
  readonly #healthCheck: Schedule;
  /** Events, status and what the receiver says of itself. */
  readonly #main: Schedule;
  #replan = false;
  #released = false;
  #profilingPaused: boolean;
  /** What the engine was told about profiling. */
  #toldPaused = false;

  constructor(options: PollerOptions) {
    this.#options = options;
    const { source, ctx, config, limit, maker, identity, resource, scope, sameClock, fields } = options;
    const nowNs = ctx.clock.nowUnixNano();
    this.#startNs = nowNs;
    this.#eventReader = new EventReader(ctx.clock.nowMs());
    this.#keeper = new SessionKeeper(source, ctx.clock, config.collection_interval);
    this.#writer = new PointWriter(limit);
    this.#slots = new SlotStore(this.#writer, maker);
    this.#freshness = new Freshness(sameClock);
    this.#events = new DeviceEvents({ maker, resource, scope, startNs: nowNs, xidWindowMs: config.xid_window });
    this.#health = new GpuHealth({ make: maker.otel, resource, scope });
    this.#facts = new DeviceFacts(maker.otel, identity, config.serial_numbers);
    this.#self = new SelfMetrics(maker.otel, nowNs, identity.endpoint);
    this.#profilingPaused = config.profiling === "pause";
    this.#fields = withInternal(fields);
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
    this.#profilingPaused = paused;
    this.#replan = true;
  }

  get profilingPaused(): boolean {
    return this.#profilingPaused;
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
    const { ctx, failures, config } = this.#options;
    const { clock } = ctx;
    const startMs = clock.monotonicMs();
    const writer = this.#writer;
    writer.begin(clock.nowUnixNano());
    const isMain = this.#main.isDue(startMs);
    if (isMain) this.#main.done(startMs);
    if (!isMain && !this.#watched.some(({ schedule }) => schedule.isDue(startMs))) {
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
      await this.#tellProfiling(session);
      if (!(await this.#enumerate(session))) return true;
      await this.#read(session);
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
    this.#watched = [];
    this.#eventReader.forgetSession();
    this.#signature = "";
    this.#toldPaused = false;
    this.#options.failures.forget(`watch ${this.name}`);
  }

  #endAll(): void {
    this.#slots.endAll();
    this.#health.write(this.#writer, [], this.#writer.nowNs);
    this.#facts.end(this.#writer);
  }

  async #tellProfiling(session: EngineSession): Promise<void> {
    const { failures, ctx } = this.#options;
    if (this.#toldPaused === this.#profilingPaused) return;
    const path = `profiling ${this.name}`;
    try {
      if (this.#profilingPaused) await session.pauseProfiling();
      else await session.resumeProfiling();
      this.#toldPaused = this.#profilingPaused;
      ctx.settings.telemetry.logger.info(
        this.#profilingPaused ? "gave the profiling counters up" : "took the profiling counters back",
        { endpoint: this.name },
      );
      failures.ok(path);
    } catch (error) {
      if (endsSession(error)) throw error;
      this.#toldPaused = this.#profilingPaused;
      failures.fail(path, "profiling", error);
    }
  }

  /** Finds the devices and plans what to read of them, when that is due; false when there are none. */
  async #enumerate(session: EngineSession): Promise<boolean> {
    const { failures, ctx, identity } = this.#options;
    const nowMs = ctx.clock.monotonicMs();
    if (!this.#enumeration.isDue(nowMs) && this.#devices.length > 0) {
      if (this.#replan) await this.#plan(session);
      return true;
    }
    const path = `enumerate ${this.name}`;
    let devices: readonly Device[];
    try {
      const entities = await session.entities();
      devices = namedDevices(
        entities.filter(({ state }) => state !== "detached" && state !== "disabled" && state !== "unsupported"),
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
    else if (this.#replan) await this.#plan(session);
    if (!devices.some(({ entity }) => entity.kind === "gpu")) {
      failures.fail(path, "enumerate", noGpus(this.name));
    } else failures.ok(path);
    return devices.length > 0;
  }

  async #setDevices(session: EngineSession, devices: readonly Device[], signature: string): Promise<void> {
    const { fields, maker, ctx } = this.#options;
    this.#presence.noteDevices(this.#devices, devices, ctx.clock.monotonicMs());
    this.#devices = devices;
    this.#slots.labels =
      maker.exporterNamings.length === 0
        ? new Map()
        : await labelsOf(
            session,
            devices,
            fields
              .filter(({ exporter, counter, field }) => exporter && (counter?.type === "label" || field.id === 1))
              .map(({ field }) => field),
          );
    if (maker.hasOtel) this.#facts.set(this.#writer, devices, session.versions);
    this.#events.setDevices(devices, this.#writer);
    await this.#plan(session);
    await this.#watchEvents(session);
    this.#signature = signature;
    if (devices.length === 0) return;
    ctx.settings.telemetry.logger.info(`reads ${summary(devices)} of ${this.name}`, {
      engine: session.versions.engine,
      library: session.versions.library,
    });
  }

  async #plan(session: EngineSession): Promise<void> {
    const { config, ctx, failures } = this.#options;
    this.#replan = false;
    const fields = this.#profilingPaused ? this.#fields.filter(({ field }) => !isProfiling(field)) : this.#fields;
    const plans = readPlans(this.#devices, fields, {
      intervalMs: config.collection_interval,
      intervals: config.intervals,
      wants: (device, chosen) => !this.#slots.isDisabled(device, chosen),
    });
    const used = new Set<string>();
    const scheduleOf = (plan: (typeof plans)[number]) =>
      new Schedule(plan.intervalMs, this.#options.tickMs, ctx.clock.monotonicMs());
    const slotsOf = (plan: (typeof plans)[number]) => this.#slots.slotsOf(plan, used);
    const result = await swapPlans(session, this.#watched, plans, slotsOf, scheduleOf);
    this.#watched = result.watched;
    this.#self.watchFailures += result.failed.length + result.refused.length;
    this.#slots.keepOnly(used);
    const path = `watch ${this.name}`;
    const lost = result.failed.find(({ error }) => endsSession(error));
    if (lost !== undefined) throw lost.error;
    const instances = result.refused.filter(({ group }) => isInstance(group));
    const [failedPlan] = result.failed;
    const [refused] = result.refused;
    if (failedPlan !== undefined) {
      failures.fail(path, failedPlan.plan.profiling ? "profiling" : "watch", failedPlan.error);
    } else if (refused !== undefined) {
      failures.fail(path, instances.length > 0 ? "mig" : "watch", refused.error);
    } else failures.ok(path);
    if (failedPlan !== undefined) this.#replan = true;
  }

  async #read(session: EngineSession): Promise<void> {
    const { ctx } = this.#options;
    const nowMs = ctx.clock.monotonicMs();
    const context: ReadContext = {
      writer: this.#writer,
      freshness: this.#freshness,
      dropped: this.#dropped,
      nowMs: ctx.clock.nowMs(),
      monotonicMs: nowMs,
      outputsOf: (slot) => this.#slots.outputsOf(slot),
      withheld: ({ device, chosen }) =>
        isProfiling(chosen.field) && this.#watchdog.broken.has(device.gpu?.uuid ?? device.key)
          ? "profiling_zero"
          : undefined,
    };
    const read: WatchedPlan[] = [];
    for (const one of this.#watched) {
      if (!one.schedule.isDue(nowMs)) continue;
      one.schedule.done(nowMs);
      const table = await session.read(one.watch);
      one.outcome = readTable(table, one.index, one.plan.intervalMs, context);
      read.push(one);
    }
    this.#noteOutcomes(read);
    if (read.some(({ plan }) => plan.profiling)) await this.#checkProfiling(session);
    if (this.#replan) await this.#plan(session);
  }

  /** One failure per tick and kind, however many plans and values it is about. */
  #noteOutcomes(read: readonly WatchedPlan[]): void {
    const { failures } = this.#options;
    const bad = (one: WatchedPlan): boolean => {
      const { stale = 0, errors = 0, notWatched = 0 } = one.outcome ?? {};
      return stale + errors + notWatched > 0;
    };
    const path = `read ${this.name}`;
    if (read.some(bad)) failures.fail(path, "read", unreadable(this.name, read));
    else if (!this.#watched.some(bad)) failures.ok(path);

    const count = (key: "noPermission" | "inUse"): number =>
      this.#watched.reduce((sum, { outcome }) => sum + (outcome?.[key] ?? 0), 0);
    const rights = `permissions ${this.name}`;
    const forbiddenValues = count("noPermission");
    if (forbiddenValues === 0) failures.ok(rights);
    else if (read.length > 0) failures.fail(rights, "read", forbidden(this.name, forbiddenValues));
    const profiler = `profiler ${this.name}`;
    if (count("inUse") === 0) failures.ok(profiler);
    else if (read.length > 0) failures.fail(profiler, "profiling", busyProfiler(this.name));

    const refused: Slot[] = [];
    for (const { outcome } of read) {
      if (outcome === undefined) continue;
      if (this.#presence.noteRead(this.#devices, outcome)) this.#enumeration.now();
      refused.push(...outcome.refused);
    }
    this.#noteRefusals(refused);
    const lostWatches = read.filter(({ outcome }) => (outcome?.notWatched ?? 0) > 0);
    if (lostWatches.length === 0) return;
    this.#watched = this.#watched.filter((one) => !lostWatches.includes(one));
    this.#replan = true;
  }

  /** Says once per device what it does not have, and asks for it no more. */
  #noteRefusals(refused: readonly Slot[]): void {
    if (refused.length === 0) return;
    this.#replan = true;
    const byDevice = new Map<Device, Slot[]>();
    for (const slot of refused) {
      this.#slots.dropOutputs(slot);
      byDevice.set(slot.device, [...(byDevice.get(slot.device) ?? []), slot]);
    }
    const { logger } = this.#options.ctx.settings.telemetry;
    for (const [{ entity }, slots] of byDevice) {
      const ids = slots.map(({ chosen }) => chosen.field.id).toSorted((a, b) => a - b);
      const message = `${entity.kind} ${entity.id} does not have ${slots.length} of the fields; they are left out`;
      // What is on only where the hardware has it is missing by design.
      const isExpected = slots.every(({ mapping }) => mapping?.onByDefault === "auto");
      logger.log(isExpected ? "debug" : "info", message, { endpoint: this.name, field_ids: ids.join(",") });
    }
  }

  async #checkProfiling(session: EngineSession): Promise<void> {
    const { failures } = this.#options;
    const found = this.#watchdog.look(this.#slots.all);
    const path = `profiling values ${this.name}`;
    if (this.#watchdog.broken.size === 0) failures.ok(path);
    if (found.length === 0) return;
    failures.fail(path, "profiling", silentZeros(this.name, found.length));
    this.#self.profilingHeals++;
    try {
      // A pause and a resume set the counters up anew.
      await session.pauseProfiling();
      await session.resumeProfiling();
    } catch (error) {
      if (endsSession(error)) throw error;
    }
    this.#watched = this.#watched.filter(({ plan }) => !plan.profiling);
    this.#replan = true;
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
    this.#events.write(this.#writer, nowMs, this.#slots.labels);
    if (!maker.hasOtel) return;
    this.#facts.write(this.#writer);
    if (up) {
      const readings = this.#presence.readings(this.#devices, this.#slots, this.#events.critical);
      this.#health.write(this.#writer, readings, this.#writer.nowNs);
    }
    this.#self.write(this.#writer, {
      up,
      reconnects: Math.max(0, this.#keeper.reconnects),
      ages: this.#ages(monotonicMs),
    });
    this.#dropped.write(this.#writer, maker.otel, this.#startNs, this.#endpointAttribute());
  }

  #endpointAttribute(): Record<string, string> {
    const { endpoint } = this.#options.identity;
    return endpoint === undefined ? {} : { "nvidia.dcgm.endpoint": endpoint };
  }

  /** Age of the oldest sample of each GPU, ms. */
  #ages(monotonicMs: number): Map<Device, number> {
    const ages = new Map<Device, number>();
    for (const slot of this.#slots.all) {
      if (slot.disabled || slot.sampleUs === 0 || slot.device.entity.kind !== "gpu") continue;
      const age = ageOf(slot, monotonicMs);
      if (age > (ages.get(slot.device) ?? -1)) ages.set(slot.device, age);
    }
    return ages;
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

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#keeper[Symbol.asyncDispose]();
  }
}

/** The fields that are read for hw.status and the watchdog although nobody asked to see them. */
function withInternal(fields: readonly ChosenField[]): readonly ChosenField[] {
  const known = new Set(fields.map(({ field }) => field.id));
  const internal = [...statusFields, ENERGY, UTILIZATION].filter((id) => !known.has(id));
  const readable = fields.filter(({ field }) => {
    const isNumber = field.type === "int64" || field.type === "double";
    return (
      isNumber &&
      allMappings().get(field.id)?.transform.kind !== "events" &&
      field.level !== "NONE" &&
      field.level !== "GLOBAL"
    );
  });
  return [
    ...readable,
    ...internal.map((id): ChosenField => ({ field: fieldById(id)!, otel: false, exporter: false, counter: undefined })),
  ];
}

function isInstance(group: number): boolean {
  return group === entityGroups.gpu_instance || group === entityGroups.compute_instance;
}

function summary(devices: readonly Device[]): string {
  const counts = new Map<string, number>();
  for (const { entity } of devices) counts.set(entity.kind, (counts.get(entity.kind) ?? 0) + 1);
  return [...counts].map(([kind, count]) => `${count} ${kind}`).join(", ");
}
