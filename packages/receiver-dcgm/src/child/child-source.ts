import type { Clock } from "@tracecore/core";
import type {
  EngineModule,
  EngineSession,
  EngineSource,
  EngineVersions,
  ProfilingGroup,
  SamplesSince,
  Watch,
  WatchPlan,
} from "../engine/engine.ts";
import type { EngineError } from "../engine/engine-error.ts";
import type { Entity, EntityKey } from "../engine/entity.ts";
import type { HealthReport } from "../engine/health-report.ts";
import type { SampleTable } from "../engine/sample-table.ts";
import type { NativeOptions } from "../native/native-source.ts";
import { EngineProcess } from "./engine-client.ts";
import { unpackTable } from "./packed-table.ts";
import { refusals, type Opened, type PlainRequest, type Watched } from "./protocol.ts";

/** Time for an engine of our own to find its GPUs, milliseconds; eight take more than two seconds. */
const START_MS = 30_000;
/** A call that is late is reported by the process itself; this long after that it is the process that hangs. */
const GRACE_MS = 2_000;
/** Requests that make many calls get the time of so many. */
const MANY_CALLS = 10;

/** An engine that is reached through a process of its own, which may crash or hang without taking the collector along. */
export class ChildSource implements EngineSource {
  readonly name: string;
  readonly kind: "standalone" | "embedded";
  readonly #options: NativeOptions;
  readonly #clock: Clock;

  constructor(options: NativeOptions, clock: Clock) {
    this.name = options.endpoint ?? "embedded";
    this.kind = options.endpoint === undefined ? "embedded" : "standalone";
    this.#options = options;
    this.#clock = clock;
  }

  async open(signal: AbortSignal): Promise<EngineSession> {
    const engine = new EngineProcess(this.#clock);
    const stop = (): void => engine.kill();
    signal.addEventListener("abort", stop, { once: true });
    try {
      signal.throwIfAborted();
      const patience = this.#options.connectTimeoutMs + this.#options.callTimeoutMs + START_MS;
      const opened = (await engine.ask({ do: "open", options: this.#options }, patience)) as Opened;
      return new ChildSession(engine, opened, this.#options.callTimeoutMs);
    } catch (error) {
      engine.kill();
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }
}

interface ChildWatch extends Watch {
  readonly number: number;
}

class ChildSession implements EngineSession {
  readonly versions: EngineVersions;
  readonly closed: Promise<EngineError | undefined>;
  readonly updateAllFields: (() => Promise<void>) | undefined;
  readonly #engine: EngineProcess;
  readonly #callMs: number;
  #released: Promise<void> | undefined;

  constructor(engine: EngineProcess, { versions, canUpdate }: Opened, callTimeoutMs: number) {
    this.#engine = engine;
    this.#callMs = callTimeoutMs + GRACE_MS;
    this.versions = versions;
    this.closed = engine.closed;
    this.updateAllFields = canUpdate ? () => this.#plain<void>("updateAllFields") : undefined;
  }

  entities(): Promise<readonly Entity[]> {
    return this.#plain("entities");
  }

  modules(): Promise<readonly EngineModule[]> {
    return this.#plain("modules");
  }

  profilingGroups(gpuId: number): Promise<readonly ProfilingGroup[]> {
    return this.#engine.ask({ do: "profilingGroups", gpuId }, this.#callMs) as Promise<readonly ProfilingGroup[]>;
  }

  async watch(plan: WatchPlan): Promise<Watch> {
    const answer = (await this.#engine.ask({ do: "watch", plan }, this.#callMs * MANY_CALLS)) as Watched;
    const made: ChildWatch = {
      number: answer.watch,
      plan,
      unknownFieldIds: answer.unknownFieldIds,
      ...refusals(answer),
    };
    return made;
  }

  async read(watch: Watch): Promise<SampleTable> {
    return tableIn(await this.#engine.ask({ do: "read", watch: numberOf(watch) }, this.#callMs * 2));
  }

  async readOnce(entities: readonly EntityKey[], fieldIds: readonly number[], live: boolean): Promise<SampleTable> {
    return tableIn(await this.#engine.ask({ do: "readOnce", entities, fieldIds, live }, this.#callMs));
  }

  valuesSince(watch: Watch, cursor: number): Promise<SamplesSince> {
    const request = { do: "valuesSince", watch: numberOf(watch), cursor } as const;
    return this.#engine.ask(request, this.#callMs * 2) as Promise<SamplesSince>;
  }

  async unwatch(watch: Watch): Promise<void> {
    await this.#engine.ask({ do: "unwatch", watch: numberOf(watch) }, this.#callMs * MANY_CALLS);
  }

  health(): Promise<HealthReport> {
    return this.#plain("health");
  }

  async pauseProfiling(): Promise<void> {
    await this.#plain("pauseProfiling");
  }

  async resumeProfiling(): Promise<void> {
    await this.#plain("resumeProfiling");
  }

  release(): Promise<void> {
    return (this.#released ??= this.#release());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }

  #plain<T>(name: PlainRequest): Promise<T> {
    return this.#engine.ask({ do: name }, this.#callMs * MANY_CALLS) as Promise<T>;
  }

  async #release(): Promise<void> {
    this.#engine.closing();
    try {
      await this.#engine.ask({ do: "release" }, this.#callMs);
    } catch {
      // Whatever it could not give back is taken from it.
    }
    await this.#engine.end();
  }
}

function numberOf(watch: Watch): number {
  return (watch as ChildWatch).number;
}

/** The number of rows, then the rows. */
function tableIn(answer: unknown): SampleTable {
  const bytes = answer as Buffer;
  return unpackTable(bytes.subarray(4), bytes.readUInt32LE(0));
}
