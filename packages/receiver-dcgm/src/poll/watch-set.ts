import type { Clock, Logger } from "@tracecore/core";
import type { DcgmConfig } from "../config.ts";
import type { Device } from "../emit/device.ts";
import type { PointWriter } from "../emit/point-writer.ts";
import type { Slot } from "../emit/slot.ts";
import type { EngineError } from "../engine/engine-error.ts";
import type { EngineSession, RefusedField } from "../engine/engine.ts";
import { entityGroups } from "../engine/entity.ts";
import { statuses } from "../engine/status-codes.ts";
import { fieldById } from "../fields/catalogue.ts";
import { isProfiling, type ChosenField } from "../fields/select-fields.ts";
import type { DroppedValues } from "./dropped-values.ts";
import type { Failures } from "./failures.ts";
import type { Freshness } from "./freshness.ts";
import { busyProfiler, forbidden, silentZeros, unreadable } from "./poll-errors.ts";
import { ProfilingWatchdog } from "./profiling-watchdog.ts";
import { readPlans } from "./read-plan.ts";
import { Schedule } from "./schedule.ts";
import type { SelfMetrics } from "./self-metrics.ts";
import type { SlotStore } from "./slot-store.ts";
import { readTable, type ReadContext, type ReadOutcome } from "./table-reader.ts";
import { endsSession, swapPlans, type WatchedPlan } from "./watched-plans.ts";

export interface WatchSetOptions {
  /** Of the engine. */
  readonly name: string;
  readonly config: DcgmConfig;
  readonly tickMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly failures: Failures;
  readonly fields: readonly ChosenField[];
  readonly slots: SlotStore;
  readonly writer: PointWriter;
  readonly freshness: Freshness;
  readonly dropped: DroppedValues;
  readonly self: SelfMetrics;
  /** Hears of each table that was read. */
  readonly onRead: (outcome: ReadOutcome) => void;
}

/** What the engine watches for us, and the reading of it. */
export class WatchSet {
  readonly #options: WatchSetOptions;
  readonly #watchdog = new ProfilingWatchdog();
  #devices: readonly Device[] = [];
  #watched: readonly WatchedPlan[] = [];
  #replan = false;
  /** What each GPU can profile, by its id. */
  #profilingFields: ReadonlyMap<number, ReadonlySet<number>> = new Map();
  /** The engine refused fields that it may give later. */
  #retryWatches = false;
  #profilingPaused = false;
  /** `device field` of the fields that were said to be missing: a reconnect finds the same ones again. */
  readonly #said = new Set<string>();

  constructor(options: WatchSetOptions) {
    this.#options = options;
  }

  /** Profiling fields are left out while it is paused. Takes effect with the next read. */
  set profilingPaused(paused: boolean) {
    if (paused !== this.#profilingPaused) this.#replan = true;
    this.#profilingPaused = paused;
  }

  isDue(nowMs: number): boolean {
    return this.#watched.some(({ schedule }) => schedule.isDue(nowMs));
  }

  /** Watches end with their session. */
  forgetSession(): void {
    this.#watched = [];
  }

  /** Watches these devices from now on. */
  async setDevices(session: EngineSession, devices: readonly Device[]): Promise<void> {
    this.#devices = devices;
    this.#profilingFields = await profilingFields(session, devices);
    await this.#plan(session);
  }

  /** Makes watches anew that are to be other ones; `retry` also tries again what the engine refused. */
  async refresh(session: EngineSession, retry: boolean): Promise<void> {
    if (retry && this.#retryWatches) {
      this.#retryWatches = false;
      this.#replan = true;
      await this.#discard(session, ({ watch }) => watch.refusedFields.length > 0);
    }
    if (this.#replan) await this.#plan(session);
  }

  async #plan(session: EngineSession): Promise<void> {
    const { config, clock, failures } = this.#options;
    this.#replan = false;
    const { fields: all } = this.#options;
    const fields = this.#profilingPaused ? all.filter(({ field }) => !isProfiling(field)) : all;
    const plans = readPlans(this.#devices, fields, {
      intervalMs: config.collection_interval,
      intervals: config.intervals,
      wants: (device, chosen) => !this.#options.slots.isDisabled(device, chosen),
      canProfile: ({ gpu }, fieldId) => this.#profilingFields.get(gpu?.id ?? -1)?.has(fieldId) === true,
    });
    const used = new Set<string>();
    const scheduleOf = (plan: (typeof plans)[number]) =>
      new Schedule(plan.intervalMs, this.#options.tickMs, clock.monotonicMs());
    const slotsOf = (plan: (typeof plans)[number]) => this.#options.slots.slotsOf(plan, used);
    const result = await swapPlans(session, this.#watched, plans, slotsOf, scheduleOf);
    this.#watched = result.watched;
    this.#options.self.watchFailures += result.failed.length + result.refused.length;
    this.#options.slots.keepOnly(used);
    this.#noteRefusedFields();
    const path = `watch ${this.#options.name}`;
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

  /** Gives watches up so that they are made anew. */
  async #discard(session: EngineSession, test: (one: WatchedPlan) => boolean): Promise<void> {
    const gone = this.#watched.filter(test);
    this.#watched = this.#watched.filter((one) => !test(one));
    for (const { watch } of gone) await session.unwatch(watch).catch(() => {}); // It ends with the session at the latest.
  }

  /** Fields that the engine does not know or will not sample: those that are missing for good are not asked for again. */
  #noteRefusedFields(): void {
    const { failures, logger } = this.#options;
    const missing = new Set<number>();
    let trouble: RefusedField | undefined;
    for (const { watch, index } of this.#watched) {
      const ids = new Set(watch.unknownFieldIds);
      for (const refused of watch.refusedFields) {
        if (isMissing(refused.error)) ids.add(refused.fieldId);
        else trouble ??= refused;
      }
      for (const slot of index.slots) {
        const { id } = slot.chosen.field;
        if (slot.disabled || !ids.has(id)) continue;
        slot.disabled = true;
        if (this.#isNews("engine", id)) missing.add(id);
      }
    }
    if (missing.size > 0) {
      const message = `the engine does not have ${missing.size} of the fields; they are left out`;
      const ids = [...missing].toSorted((a, b) => a - b).join(",");
      logger.info(message, { endpoint: this.#options.name, field_ids: ids });
    }
    const path = `fields ${this.#options.name}`;
    if (trouble === undefined) failures.ok(path);
    else {
      const isProfiler = isProfiling(fieldById(trouble.fieldId)!);
      failures.fail(path, isProfiler ? "profiling" : "watch", trouble.error);
      this.#retryWatches = true;
    }
  }

  /** Reads what is due. */
  async read(session: EngineSession): Promise<void> {
    const { clock, writer, freshness, dropped, slots } = this.#options;
    const nowMs = clock.monotonicMs();
    const context: ReadContext = {
      writer,
      freshness,
      dropped,
      nowMs: clock.nowMs(),
      monotonicMs: nowMs,
      outputsOf: (slot) => slots.outputsOf(slot),
      withheld:
        this.#watchdog.broken.size === 0
          ? undefined
          : ({ device, chosen }) =>
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
    if (read.some(lostItsWatch)) {
      await this.#discard(session, lostItsWatch);
      this.#replan = true;
    }
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
    const path = `read ${this.#options.name}`;
    if (read.some(bad)) failures.fail(path, "read", unreadable(this.#options.name, read));
    else if (!this.#watched.some(bad)) failures.ok(path);

    const count = (key: "noPermission" | "inUse"): number =>
      this.#watched.reduce((sum, { outcome }) => sum + (outcome?.[key] ?? 0), 0);
    const rights = `permissions ${this.#options.name}`;
    const forbiddenValues = count("noPermission");
    if (forbiddenValues === 0) failures.ok(rights);
    else if (read.length > 0) failures.fail(rights, "read", forbidden(this.#options.name, forbiddenValues));
    const profiler = `profiler ${this.#options.name}`;
    if (count("inUse") === 0) failures.ok(profiler);
    else if (read.length > 0) failures.fail(profiler, "profiling", busyProfiler(this.#options.name));

    const refused: Slot[] = [];
    for (const { outcome } of read) {
      if (outcome === undefined) continue;
      this.#options.onRead(outcome);
      refused.push(...outcome.refused);
    }
    this.#noteRefusals(refused);
  }

  /** Says once per device what it does not have, and asks for it no more. */
  #noteRefusals(refused: readonly Slot[]): void {
    if (refused.length === 0) return;
    this.#replan = true;
    const byDevice = new Map<Device, Slot[]>();
    for (const slot of refused) {
      this.#options.slots.dropOutputs(slot);
      byDevice.set(slot.device, [...(byDevice.get(slot.device) ?? []), slot]);
    }
    const { logger } = this.#options;
    for (const [{ entity, key }, refusedSlots] of byDevice) {
      const slots = refusedSlots.filter(({ chosen }) => this.#isNews(key, chosen.field.id));
      if (slots.length === 0) continue;
      const ids = slots.map(({ chosen }) => chosen.field.id).toSorted((a, b) => a - b);
      const message = `${entity.kind} ${entity.id} does not have ${slots.length} of the fields; they are left out`;
      // What is on only where the hardware has it is missing by design.
      const isExpected = slots.every(({ mapping }) => mapping?.onByDefault === "auto");
      logger.log(isExpected ? "debug" : "info", message, { endpoint: this.#options.name, field_ids: ids.join(",") });
    }
  }

  #isNews(who: string, fieldId: number): boolean {
    const key = `${who} ${fieldId}`;
    if (this.#said.has(key)) return false;
    this.#said.add(key);
    return true;
  }

  async #checkProfiling(session: EngineSession): Promise<void> {
    const { failures } = this.#options;
    const found = this.#watchdog.look(this.#options.slots.all);
    const path = `profiling values ${this.#options.name}`;
    if (this.#watchdog.broken.size === 0) failures.ok(path);
    if (found.length === 0) return;
    failures.fail(path, "profiling", silentZeros(this.#options.name, found.length));
    this.#options.self.profilingHeals++;
    try {
      // A pause and a resume set the counters up anew.
      await session.pauseProfiling();
      await session.resumeProfiling();
    } catch (error) {
      if (endsSession(error)) throw error;
    }
    await this.#discard(session, ({ plan }) => plan.profiling);
    this.#replan = true;
  }
}

/** What each GPU can profile; nothing where the engine cannot tell. */
async function profilingFields(
  session: EngineSession,
  devices: readonly Device[],
): Promise<ReadonlyMap<number, ReadonlySet<number>>> {
  const found = new Map<number, ReadonlySet<number>>();
  for (const { entity } of devices) {
    if (entity.kind !== "gpu" || entity.state === "lost") continue;
    try {
      const groups = await session.profilingGroups(entity.id);
      found.set(entity.id, new Set(groups.flatMap(({ fieldIds }) => fieldIds)));
    } catch (error) {
      if (endsSession(error)) throw error; // Otherwise the GPU, or the engine, has no profiling.
    }
  }
  return found;
}

/** Statuses that say that something is not there, as opposed to not to be had now. */
const missingStatuses: ReadonlySet<number | undefined> = new Set([
  statuses.notSupported,
  statuses.profilingNotSupported,
  statuses.moduleNotLoaded,
  statuses.unknownField,
]);

function lostItsWatch({ outcome }: WatchedPlan): boolean {
  return (outcome?.notWatched ?? 0) > 0;
}

function isMissing({ status }: EngineError): boolean {
  return missingStatuses.has(status);
}

function isInstance(group: number): boolean {
  return group === entityGroups.gpu_instance || group === entityGroups.compute_instance;
}
