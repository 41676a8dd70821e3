import type { Clock } from "@tracecore/core";
import { ChildSource } from "../child/child-source.ts";
import type { EngineSource } from "../engine/engine.ts";
import type { LibraryWish } from "../native/library-search.ts";
import { NativeSource } from "../native/native-source.ts";

/** How many host engines this process talks to itself: each that hangs holds one of the four threads that files and DNS need too. */
const MOST_IN_PROCESS = 2;

/** What the options of the receiver say about engines. */
export interface EngineSourceOptions {
  /** Host engines; undefined for an engine of our own. */
  readonly endpoints: readonly string[] | undefined;
  readonly library: LibraryWish;
  /** Where libdcgm runs; an engine of our own always has a process to itself. undefined: by the number of endpoints. */
  readonly isolation: "process" | "none" | undefined;
  readonly connectTimeoutMs: number;
  readonly callTimeoutMs: number;
}

/** The engines to read from. */
export function engineSources(options: EngineSourceOptions, clock: Clock): readonly EngineSource[] {
  const { endpoints, isolation, ...rest } = options;
  if (endpoints === undefined) return [new ChildSource({ ...rest, endpoint: undefined }, clock)];
  const apart = isolation === "process" || (isolation === undefined && endpoints.length > MOST_IN_PROCESS);
  return endpoints.map((endpoint) =>
    apart ? new ChildSource({ ...rest, endpoint }, clock) : new NativeSource({ ...rest, endpoint }, clock),
  );
}
