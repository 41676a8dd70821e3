import type { Clock } from "@tracecore/core";
import { EngineError } from "../engine/engine-error.ts";
import type {
  EngineSession,
  EngineSource,
  EventSample,
  ProfilingGroup,
  SamplesSince,
  Watch,
  WatchPlan,
} from "../engine/engine.ts";
import { entityGroups, type Entity, type EntityKey } from "../engine/entity.ts";
import type { HealthIncident, HealthReport } from "../engine/health-report.ts";
import type { SampleTable } from "../engine/sample-table.ts";
import { fieldById, type Field } from "../fields/catalogue.ts";
import { lasting, type Fault, type FaultKind } from "./faults.ts";
import { GpuModel, type Disturbance } from "./gpu-model.ts";
import { machineEntities, shareOf } from "./simulated-entities.ts";
import { blank, notSupported, TableWriter, type SimulatedValue } from "./table-writer.ts";

export interface SimulatedOptions {
  readonly gpus: number;
  readonly model: string;
  readonly seed: number;
  readonly mig: boolean;
  readonly faults: readonly Fault[];
  /** After how many milliseconds a hanging call is given up. */
  readonly callTimeoutMs: number;
  readonly clock: Clock;
  /** Tells apart the machines of several endpoints. */
  readonly name?: string;
}

/** An engine without GPUs: it makes plausible values up, and faults when asked. */
export class SimulatedSource implements EngineSource {
  readonly name: string;
  readonly kind = "simulated";
  readonly #options: SimulatedOptions;
  readonly #startMs: number;
  readonly #gpus: readonly GpuModel[];
  readonly #events: EventSample[] = [];
  readonly #reported = new Set<Fault>();
  #faults: readonly Fault[];
  /** Profiling zeros last until somebody pauses and resumes. */
  #healed = new Set<Fault>();
  profilingPaused = false;

  constructor(options: SimulatedOptions) {
    this.#options = options;
    this.name = options.name ?? "simulated";
    this.#startMs = options.clock.nowMs();
    this.#faults = options.faults;
    this.#gpus = Array.from({ length: options.gpus }, (_, id) => new GpuModel(options.seed * 1000 + id));
  }

  /** Adds a fault now; its `after` counts from now. */
  inject(fault: Fault): void {
    this.#faults = [...this.#faults, { ...fault, after: fault.after + this.elapsedMs }];
  }

  get elapsedMs(): number {
    return this.#options.clock.nowMs() - this.#startMs;
  }

  get options(): SimulatedOptions {
    return this.#options;
  }

  has(kind: FaultKind): boolean {
    return lasting(this.#faults, this.elapsedMs).some((fault) => fault.kind === kind);
  }

  lacksProfiling(gpu: number): boolean {
    return this.#faultOf("unsupported", gpu) !== undefined;
  }

  #faultOf(kind: FaultKind, gpu: number): Fault | undefined {
    return lasting(this.#faults, this.elapsedMs).find((fault) => fault.kind === kind && fault.gpu === gpu);
  }

  open(): Promise<EngineSession> {
    if (this.has("engine_lost")) {
      return Promise.reject(
        new EngineError("dcgm-connect-failed", "the simulated engine does not answer", {
          remedy: "The fault engine_lost lasts: wait for its end",
        }),
      );
    }
    return Promise.resolve(new SimulatedSession(this));
  }

  entities(): Entity[] {
    const { gpus, model, seed, mig } = this.#options;
    const lost = new Set<number>();
    for (let id = 0; id < gpus; id++) if (this.#faultOf("gpu_lost", id) !== undefined) lost.add(id);
    const changed = this.has("mig_change");
    return machineEntities({ gpus, model, seed, migLayout: mig || changed ? (changed ? 1 : 0) : undefined, lost });
  }

  /** The value of a field of an entity now, and when it was sampled. */
  sample(entity: Entity, field: Field, intervalMs: number): { timestampUs: number; value: SimulatedValue } {
    const { clock } = this.#options;
    const nowMs = clock.nowMs();
    const { gpu, stale } = this.#gpuOf(entity);
    const frozenMs = stale === undefined ? nowMs : this.#startMs + stale.after;
    const sampledMs = Math.max(this.#startMs, Math.floor(frozenMs / intervalMs) * intervalMs);
    const timestampUs = sampledMs * 1000;
    if (gpu === undefined) return { timestampUs, value: this.#switchValue(entity, field) };
    if (this.#faultOf("gpu_lost", gpu.id) !== undefined) return { timestampUs, value: blank };
    const text = textOf(entity, field);
    if (text !== undefined) return { timestampUs, value: text };
    if (this.profilingPaused && field.family === "profiling") return { timestampUs, value: blank };
    const value = this.#gpus[gpu.id]!.value(
      field.id,
      (sampledMs - this.#startMs) / 1000,
      this.#disturbance(gpu.id),
      shareOf(entity),
    );
    return { timestampUs, value };
  }

  #gpuOf(entity: Entity): { gpu: EntityKey | undefined; stale: Fault | undefined } {
    const gpu = entity.kind === "gpu" ? entity : entity.mig === undefined ? undefined : entity.parent;
    return { gpu, stale: gpu === undefined ? undefined : this.#faultOf("stale", gpu.id) };
  }

  #switchValue({ kind, id }: Entity, { id: fieldId }: Field): SimulatedValue {
    if (kind !== "switch") return notSupported;
    if (fieldId === 858) return 41 + id + ((this.elapsedMs / 1000 / 60) % 3);
    return fieldId === 859 ? 105 : notSupported;
  }

  #disturbance(gpu: number): Disturbance {
    const of = (kind: FaultKind): Fault | undefined => this.#faultOf(kind, gpu);
    const since = (fault: Fault | undefined): number =>
      fault === undefined ? 0 : Math.max(0, (this.elapsedMs - fault.after) / 1000);
    const zero = of("profiling_zero");
    return {
      thermal: of("thermal") !== undefined,
      remapFailed: of("row_remap_failed") !== undefined,
      remapPending: of("row_remap_pending") !== undefined,
      eccErrors: Math.floor(since(of("ecc")) * 5),
      nvlinkErrors: Math.floor(since(of("nvlink_errors")) * 1000),
      profilingZero: zero !== undefined && !this.#healed.has(zero),
      profilingUnsupported: of("unsupported") !== undefined,
    };
  }

  /** The events that have happened by now; each fault that is one happens once. */
  events(): readonly EventSample[] {
    for (const fault of this.#faults) {
      if (this.#reported.has(fault) || this.elapsedMs < fault.after) continue;
      this.#reported.add(fault);
      const code = fault.kind === "gpu_lost" ? 79 : fault.code;
      const fieldId = fault.kind === "sxid" ? 856 : 230;
      if (fault.kind !== "xid" && fault.kind !== "sxid" && fault.kind !== "gpu_lost") continue;
      this.#events.push({
        group: fault.kind === "sxid" ? entityGroups.switch : entityGroups.gpu,
        id: fault.kind === "sxid" ? fault.gpu % 4 : fault.gpu,
        fieldId,
        timestampUs: (this.#startMs + fault.after) * 1000,
        value: BigInt(code),
      });
    }
    return this.#events;
  }

  resumeProfiling(): void {
    this.profilingPaused = false;
    for (const fault of lasting(this.#faults, this.elapsedMs))
      if (fault.kind === "profiling_zero") this.#healed.add(fault);
  }
}

/** Gives the texts of a device that are fields too. */
function textOf(entity: Entity, { id }: Field): string | undefined {
  switch (id) {
    case 1:
      return "570.86.15";
    case 50:
      return entity.name;
    case 53:
      return entity.serial;
    case 54:
      return entity.uuid;
    case 57:
      return entity.pciBusId;
    case 85:
      return entity.vbios;
    default:
      return undefined;
  }
}

class SimulatedSession implements EngineSession {
  readonly versions = { library: "simulated", engine: "simulated", libraryFile: undefined };
  readonly closed: Promise<EngineError | undefined>;
  readonly updateAllFields = undefined;
  readonly #source: SimulatedSource;
  readonly #close: (error: EngineError | undefined) => void;
  readonly #signal = new AbortController();

  constructor(source: SimulatedSource) {
    this.#source = source;
    const { promise, resolve } = Promise.withResolvers<EngineError | undefined>();
    this.closed = promise;
    this.#close = resolve;
  }

  /** Every call goes through here, as every call of a real engine crosses the connection. */
  async #call(): Promise<void> {
    if (this.#source.has("hang")) {
      const { clock, callTimeoutMs } = this.#source.options;
      await clock.sleep(callTimeoutMs, this.#signal.signal);
      throw this.#lost("dcgm-timeout", `the simulated engine has not answered for ${callTimeoutMs} ms`);
    }
    if (this.#signal.signal.aborted || this.#source.has("engine_lost")) {
      throw this.#lost("dcgm-connection-lost", "the simulated engine is gone");
    }
  }

  #lost(code: "dcgm-timeout" | "dcgm-connection-lost", message: string): EngineError {
    const error = new EngineError(code, message);
    this.#signal.abort();
    this.#close(error);
    return error;
  }

  async entities(): Promise<readonly Entity[]> {
    await this.#call();
    return this.#source.entities();
  }

  async profilingGroups(gpuId: number): Promise<readonly ProfilingGroup[]> {
    await this.#call();
    if (this.#source.lacksProfiling(gpuId)) return [];
    return [{ major: 0, minor: 0, fieldIds: [1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012] }];
  }

  async modules(): Promise<readonly { name: string; status: "loaded" }[]> {
    await this.#call();
    return [{ name: "profiling", status: "loaded" }];
  }

  async watch(plan: WatchPlan): Promise<Watch> {
    await this.#call();
    return {
      plan,
      unknownFieldIds: plan.fieldIds.filter((id) => fieldById(id) === undefined),
      refused: [],
      refusedFields: [],
    };
  }

  async read({ plan }: Watch): Promise<SampleTable> {
    return this.#table(plan.entities, plan.fieldIds, plan.intervalMs);
  }

  async readOnce(entities: readonly EntityKey[], fieldIds: readonly number[]): Promise<SampleTable> {
    return this.#table(entities, fieldIds, 1);
  }

  async #table(keys: readonly EntityKey[], fieldIds: readonly number[], intervalMs: number): Promise<SampleTable> {
    await this.#call();
    const writer = new TableWriter(keys.length * fieldIds.length, keys.length * fieldIds.length);
    const entities = this.#source.entities();
    for (const key of keys) {
      const entity = entities.find(({ group, id }) => group === key.group && id === key.id);
      for (const fieldId of fieldIds) {
        const field = fieldById(fieldId);
        if (field === undefined) continue;
        const { timestampUs, value } =
          entity === undefined ? { timestampUs: 0, value: blank } : this.#source.sample(entity, field, intervalMs);
        writer.add(key, fieldId, field.type, timestampUs, value);
      }
    }
    return writer.table();
  }

  async valuesSince({ plan }: Watch, cursor: number): Promise<SamplesSince> {
    await this.#call();
    const samples = this.#source
      .events()
      .filter(
        (event) =>
          event.timestampUs >= cursor &&
          plan.fieldIds.includes(event.fieldId) &&
          plan.entities.some(({ group, id }) => group === event.group && id === event.id),
      );
    const newest = samples.reduce((most, { timestampUs }) => Math.max(most, timestampUs + 1), cursor);
    return { cursor: newest, samples };
  }

  async unwatch(): Promise<void> {
    await this.#call();
  }

  async health(): Promise<HealthReport> {
    await this.#call();
    const incidents: HealthIncident[] = [];
    const checked = this.#source.entities().filter(({ kind }) => kind === "gpu");
    for (const { group, id } of checked) {
      const failed = this.#source.sample({ group, id, kind: "gpu" } as Entity, fieldById(395)!, 1).value === 1;
      if (failed) {
        incidents.push({ group, id, system: "memory", result: "fail", code: 87, message: "A row remapping failed." });
      }
    }
    return { overall: incidents.length > 0 ? "fail" : "pass", incidents, checked };
  }

  async pauseProfiling(): Promise<void> {
    await this.#call();
    this.#source.profilingPaused = true;
  }

  async resumeProfiling(): Promise<void> {
    await this.#call();
    this.#source.resumeProfiling();
  }

  release(): Promise<void> {
    this.#signal.abort();
    this.#close(undefined);
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }
}
