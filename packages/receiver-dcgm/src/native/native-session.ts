import type { Clock } from "@tracecore/core";
import type {
  EngineModule,
  EngineSession,
  EngineVersions,
  EventSample,
  ProfilingGroup,
  SamplesSince,
  Watch,
  WatchPlan,
} from "../engine/engine.ts";
import { EngineError } from "../engine/engine-error.ts";
import type { Entity, EntityKey } from "../engine/entity.ts";
import type { HealthReport } from "../engine/health-report.ts";
import type { SampleTable } from "../engine/sample-table.ts";
import { statuses } from "../engine/status-codes.ts";
import type { CallGate } from "./call-gate.ts";
import { eventSample } from "./event-sample.ts";
import type { LibraryUse } from "./library-use.ts";
import { dropWatch, makeGroup, makeWatch, ReadBuffer, type NativeWatch } from "./native-watch.ts";
import { readEntities } from "./read-entities.ts";
import { hasHealth, healthBuffer, readHealth, switchHealthOn } from "./read-health.ts";
import { readModules, readProfilingGroups } from "./read-features.ts";
import type { Struct } from "./struct.ts";

/** Flag of `dcgmEntitiesGetLatestValues`: from the driver, past the engine's cache. */
const LIVE = 1;

/** What a session is made of, once its connection has been checked. */
export interface SessionParts {
  readonly use: LibraryUse;
  readonly gate: CallGate;
  readonly handle: bigint;
  readonly versions: EngineVersions;
  readonly clock: Clock;
  /** Whether the engine runs in this process and is ours alone. */
  readonly embedded: boolean;
}

/** A connection to an engine through libdcgm. */
export class NativeSession implements EngineSession {
  readonly versions: EngineVersions;
  readonly closed: Promise<EngineError | undefined>;
  readonly updateAllFields: (() => Promise<void>) | undefined;
  readonly #parts: SessionParts;
  readonly #close: (error: EngineError | undefined) => void;
  readonly #watches = new Set<NativeWatch>();
  #health: { group: bigint; struct: Struct; checked: readonly EntityKey[] } | undefined;
  #enumeration: bigint | undefined;
  #events: EventSample[] = [];
  #released: Promise<void> | undefined;

  constructor(parts: SessionParts) {
    const { promise, resolve } = Promise.withResolvers<EngineError | undefined>();
    this.#parts = parts;
    this.versions = parts.versions;
    this.closed = promise;
    this.#close = resolve;
    this.updateAllFields = parts.embedded ? () => parts.gate.call("dcgmUpdateAllFields", parts.handle, 1) : undefined;
    void parts.gate.lost.then(resolve);
  }

  async entities(): Promise<readonly Entity[]> {
    const { gate, use, handle } = this.#parts;
    const found = await readEntities({ gate, use, handle, readOnce: (...args) => this.readOnce(...args) });
    await this.#forgetHealthOf(found.filter(hasHealth));
    return found;
  }

  profilingGroups(gpuId: number): Promise<readonly ProfilingGroup[]> {
    return readProfilingGroups(this.#parts.gate, this.#parts.handle, gpuId);
  }

  modules(): Promise<readonly EngineModule[]> {
    return readModules(this.#parts.gate, this.#parts.handle);
  }

  async watch(plan: WatchPlan): Promise<Watch> {
    const watch = await makeWatch(this.#parts.gate, this.#parts.handle, plan);
    this.#watches.add(watch);
    return watch;
  }

  async read(watch: Watch): Promise<SampleTable> {
    const own = this.#own(watch);
    if ((await this.#fill(own.buffer, 0)) === 0) return own.buffer.table;
    // One unknown field spoils the answer for all. The engine may also have stumbled: a second try tells.
    if ((await this.#fill(own.buffer, 0)) === 0) return own.buffer.table;
    own.forget(await this.#spoiling(own));
    const status = await this.#fill(own.buffer, 0);
    if (status !== 0) throw this.#parts.gate.failure("dcgmEntitiesGetLatestValues", status);
    return own.buffer.table;
  }

  async readOnce(entities: readonly EntityKey[], fieldIds: readonly number[], live: boolean): Promise<SampleTable> {
    const buffer = new ReadBuffer(entities, fieldIds);
    const status = await this.#fill(buffer, live ? LIVE : 0);
    if (status !== 0) throw this.#parts.gate.failure("dcgmEntitiesGetLatestValues", status);
    return buffer.table;
  }

  async valuesSince(watch: Watch, cursor: number): Promise<SamplesSince> {
    const own = this.#own(watch);
    try {
      return await this.#since(own.group, own.fieldGroups, cursor);
    } catch (error) {
      if (this.#parts.gate.loss !== undefined) throw error;
      return this.#sinceEach(own, cursor, error);
    }
  }

  async unwatch(watch: Watch): Promise<void> {
    const own = this.#own(watch);
    this.#watches.delete(own);
    await dropWatch(this.#parts.gate, this.#parts.handle, own);
  }

  async health(): Promise<HealthReport> {
    const { gate, handle, use } = this.#parts;
    if (this.#health === undefined) {
      const keys = (await this.entities()).filter(hasHealth).map(({ group, id }) => ({ group, id }));
      const { group, entities } = await makeGroup(gate, handle, keys);
      await switchHealthOn(gate, handle, group);
      this.#health = { group, struct: healthBuffer(use.library.major), checked: entities };
    }
    const { group, struct, checked } = this.#health;
    return readHealth(gate, handle, group, struct, checked);
  }

  pauseProfiling(): Promise<void> {
    return this.#parts.gate.call("dcgmProfPause", this.#parts.handle);
  }

  resumeProfiling(): Promise<void> {
    return this.#parts.gate.call("dcgmProfResume", this.#parts.handle);
  }

  release(): Promise<void> {
    return (this.#released ??= this.#release());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }

  async #since(group: bigint, fieldGroups: readonly bigint[], cursor: number): Promise<SamplesSince> {
    const { gate, handle, use } = this.#parts;
    this.#enumeration ??= use.library.registerEnumeration((entityGroup, id, value) => {
      const sample = eventSample(entityGroup, id, value);
      if (sample !== undefined) this.#events.push(sample);
    });
    const samples: EventSample[] = [];
    // Each call answers up to a moment of its own; the earliest is that up to which all are complete.
    let next = Number.POSITIVE_INFINITY;
    for (const fieldGroup of fieldGroups) {
      this.#events = [];
      const until = new BigUint64Array(1);
      const since = BigInt(cursor);
      await gate.call("dcgmGetValuesSince_v2", handle, group, fieldGroup, since, until, this.#enumeration, null);
      samples.push(...this.#events);
      next = Math.min(next, Number(until[0]!));
    }
    return complete(samples, next, cursor);
  }

  /** The library stops at the first entity that it cannot answer for; asked one by one, that one keeps nothing from the others. */
  async #sinceEach({ entities, fieldGroups }: NativeWatch, cursor: number, failure: unknown): Promise<SamplesSince> {
    const { gate, handle } = this.#parts;
    const samples: EventSample[] = [];
    let next = Number.POSITIVE_INFINITY;
    for (const entity of entities) {
      const { group } = await makeGroup(gate, handle, [entity]);
      try {
        const since = await this.#since(group, fieldGroups, cursor);
        samples.push(...since.samples);
        next = Math.min(next, since.cursor);
      } catch (error) {
        if (gate.loss !== undefined) throw error;
      }
      await gate.try("dcgmGroupDestroy", handle, group);
    }
    if (!Number.isFinite(next)) throw failure;
    return complete(samples, next, cursor);
  }

  /** The group of health checks keeps to what there was when it was made; where that has changed the next call makes a new one. */
  async #forgetHealthOf(now: readonly EntityKey[]): Promise<void> {
    const health = this.#health;
    const same =
      now.length === health?.checked.length &&
      now.every(({ group, id }, index) => {
        const then = health.checked[index]!;
        return then.group === group && then.id === id;
      });
    if (health === undefined || same) return;
    this.#health = undefined;
    await this.#parts.gate.try("dcgmGroupDestroy", this.#parts.handle, health.group);
  }

  #own(watch: Watch): NativeWatch {
    if (!this.#watches.has(watch as NativeWatch)) {
      throw this.#parts.gate.loss ?? new RangeError("BUG: the watch is not one of this session");
    }
    return watch as NativeWatch;
  }

  /** Reads into the buffer; gives the status that an unknown field causes instead of throwing it. */
  async #fill({ blocks }: ReadBuffer, flags: number): Promise<number> {
    const { gate, handle } = this.#parts;
    for (const { pairs, entityCount, fields, values } of blocks) {
      const status = await gate.try(
        "dcgmEntitiesGetLatestValues",
        handle,
        pairs,
        entityCount,
        fields,
        fields.length,
        flags,
        values,
      );
      if (status === statuses.generic) return status;
      if (status === statuses.functionNotFound) throw gate.lose(this.#skewed());
      if (status !== 0) throw gate.failure("dcgmEntitiesGetLatestValues", status);
    }
    return 0;
  }

  /** Which fields of a watch the engine cannot answer for any more; asked one by one, for one entity. */
  async #spoiling(watch: NativeWatch): Promise<number[]> {
    const [entity] = watch.entities;
    const spoiling: number[] = [];
    for (const fieldId of watch.fieldIds) {
      if ((await this.#fill(new ReadBuffer([entity!], [fieldId]), 0)) !== 0) spoiling.push(fieldId);
    }
    return spoiling;
  }

  #skewed(): EngineError {
    const { library, engine } = this.versions;
    return new EngineError(
      "dcgm-version-skew",
      `the engine (${engine}) does not know how libdcgm ${library} asks for values`,
      {
        call: "dcgmEntitiesGetLatestValues",
        status: statuses.functionNotFound,
        remedy: "Update the engine, or name an older libdcgm in the option library",
      },
    );
  }

  async #release(): Promise<void> {
    const { gate, handle, use, clock, embedded } = this.#parts;
    try {
      if (gate.loss === undefined) {
        for (const watch of this.#watches) await dropWatch(gate, handle, watch);
        if (this.#health !== undefined) await gate.try("dcgmGroupDestroy", handle, this.#health.group);
      }
    } catch {
      // The session is over; the engine drops what belonged to it when the connection goes.
    }
    this.#watches.clear();
    // Tells that the session ends on purpose, before anybody can take it for a loss.
    this.#close(gate.loss);
    const disconnect = (): Promise<number> => use.call(embedded ? "dcgmStopEmbedded" : "dcgmDisconnect", [handle]);
    const { overdue } = gate;
    if (overdue === undefined) await gate.end(disconnect);
    // Closing now would queue behind the stuck call; without it the engine would keep the groups of a living connection.
    else void overdue.back.then(disconnect, disconnect).catch(() => {});
    this.#unregister();
    await use.release(clock);
  }

  /** A call that is stuck may yet call back, and there are only so many pointers. */
  #unregister(): void {
    const { gate, use } = this.#parts;
    const enumeration = this.#enumeration;
    if (enumeration === undefined) return;
    const unregister = (): void => use.library.unregister(enumeration);
    if (gate.overdue === undefined) unregister();
    else void gate.overdue.back.then(unregister, unregister);
  }
}

function complete(samples: readonly EventSample[], next: number, cursor: number): SamplesSince {
  if (!Number.isFinite(next)) return { cursor, samples: [] };
  return { cursor: next, samples: samples.filter(({ timestampUs }) => timestampUs < next) };
}
