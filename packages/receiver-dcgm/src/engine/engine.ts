import type { EngineError } from "./engine-error.ts";
import type { Entity, EntityKey } from "./entity.ts";
import type { HealthReport } from "./health-report.ts";
import type { SampleTable } from "./sample-table.ts";

/** A place where sessions come from: a host engine at an address, an engine in a child process, or a simulated one. */
export interface EngineSource {
  /** What logs, statuses and the endpoint attribute call it, for example `localhost:5555` or `embedded`. */
  readonly name: string;
  readonly kind: "standalone" | "embedded" | "simulated";
  /**
   * Finds the library, connects and checks that the engine answers and speaks our version. Throws an `EngineError`, and
   * leaves nothing behind then. `signal` gives the attempt up.
   */
  open(signal: AbortSignal): Promise<EngineSession>;
}

/**
 * One connection to one engine. Each method throws an `EngineError`; after the connection is lost all do, and nothing of the
 * session can be used again: groups and watches live in the engine, and a new session makes new ones.
 */
export interface EngineSession extends AsyncDisposable {
  readonly versions: EngineVersions;
  /** Resolves once the session can no longer be used: with the error that ended it, with undefined after `release`. */
  readonly closed: Promise<EngineError | undefined>;

  /** What the engine sees now: GPUs, MIG instances, links, switches, CPUs. Costs driver queries; not for each tick. */
  entities(): Promise<readonly Entity[]>;
  /** The profiling metric groups of one GPU; empty where it has none. Fields of one group can be read in one pass. */
  profilingGroups(gpuId: number): Promise<readonly ProfilingGroup[]>;
  /** Loaded modules of the engine, by name; a name that is missing is unknown to this engine. */
  modules(): Promise<readonly EngineModule[]>;

  /** Has the engine sample each field of each entity. One watch is one call per `read`, so one watch per interval is best. */
  watch(plan: WatchPlan): Promise<Watch>;
  /**
   * The latest sample of each field and entity of the watch, in any order. The table is a view over one buffer of the watch:
   * it holds until the next `read` of this watch. One `read` per watch at a time.
   */
  read(watch: Watch): Promise<SampleTable>;
  /** Reads without a watch, from the driver where `live`; for what is asked rarely, such as names. */
  readOnce(entities: readonly EntityKey[], fieldIds: readonly number[], live: boolean): Promise<SampleTable>;
  /**
   * Every sample of the watch since `cursor` (0: all that is kept), each once when the returned cursor is passed on. For
   * fields that report events, such as XIDs. A new session starts from a cursor of the old one: timestamps are the engine's.
   */
  valuesSince(watch: Watch, cursor: number): Promise<SamplesSince>;
  unwatch(watch: Watch): Promise<void>;

  /** Health of the GPUs and switches by DCGM's own checks. The first call switches them on (30 s updates). */
  health(): Promise<HealthReport>;

  /** Gives the performance counters up for another profiler, engine-wide, and takes them back. */
  pauseProfiling(): Promise<void>;
  resumeProfiling(): Promise<void>;
  /** Has an engine of our own sample now and waits for it; undefined where the engine is shared with others. */
  readonly updateAllFields: (() => Promise<void>) | undefined;

  /**
   * Gives every handle up, so that a GPU can be reset or a driver unloaded: destroys watches and groups, disconnects, stops an
   * engine of our own. Safe twice. Disposing does the same.
   */
  release(): Promise<void>;
}

/** Versions as text, for example `4.6.0`; `build` is what the library says about itself. */
export interface EngineVersions {
  readonly library: string;
  readonly engine: string;
  /** The file that was loaded; undefined where there is none. */
  readonly libraryFile: string | undefined;
}

/** A set of profiling fields that the hardware counts together. */
export interface ProfilingGroup {
  readonly major: number;
  readonly minor: number;
  readonly fieldIds: readonly number[];
}

/** A part of the engine and whether it runs. */
export interface EngineModule {
  readonly name: string;
  readonly status: "not_loaded" | "denylisted" | "failed" | "loaded" | "unloaded" | "paused" | "reloadable" | "unknown";
}

/** What to sample: each field of each entity. */
export interface WatchPlan {
  readonly entities: readonly EntityKey[];
  readonly fieldIds: readonly number[];
  /** Milliseconds between two samples. */
  readonly intervalMs: number;
  /** Milliseconds that the engine keeps samples; 2 to 3 intervals. */
  readonly keepAgeMs: number;
}

/** A plan that the engine carries out. */
export interface Watch {
  readonly plan: WatchPlan;
  /** Fields of the plan that this engine does not know; it samples the others. */
  readonly unknownFieldIds: readonly number[];
  /** Entities of the plan that the engine refused, for example a GPU that is gone; it samples the others. */
  readonly refused: readonly RefusedEntity[];
  /** Fields of the plan that the engine knows and does not sample now, for example profiling where there is none. */
  readonly refusedFields: readonly RefusedField[];
}

/** A field that could not be watched and the engine's reason. */
export interface RefusedField {
  readonly fieldId: number;
  readonly error: EngineError;
}

/** An entity that could not be watched and the engine's reason. */
export interface RefusedEntity extends EntityKey {
  readonly error: EngineError;
}

/** Samples in the order of time per entity and field. */
export interface SamplesSince {
  /** To pass to the next call, µs since 1970 by the engine's clock. */
  readonly cursor: number;
  readonly samples: readonly EventSample[];
}

/** One sample with its value copied out. Blank ones and rows without a sample are left out. */
export interface EventSample extends EntityKey {
  readonly fieldId: number;
  /** µs since 1970 by the engine's clock. */
  readonly timestampUs: number;
  readonly value: bigint | number | string | Uint8Array;
}
