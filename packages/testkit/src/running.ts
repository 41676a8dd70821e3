import { manualClock, type Component, type ManualClock, type ServiceView } from "@tracecore/core";
import type { StatusEvent } from "@tracecore/core/componentstatus";
import { testHost, testLogger, type TestLog } from "./settings.ts";

/** How long a component may take to stop, in milliseconds of real time: one whose backend is away would try for ever. */
const STOP_MS = 2000;

/** What every component under test shows. */
export interface Running extends AsyncDisposable {
  readonly clock: ManualClock;
  readonly logs: readonly TestLog[];
  readonly statuses: readonly StatusEvent[];
  /** The error of the last status event that had one. */
  readonly lastError: unknown;
  /** Stops it as the end of the drain budget does: its signal aborts. */
  stopHard(): Promise<void>;
}

/** Starts `component` on a test host. Later failures reject the disposal. */
export async function start(
  make: (parts: { clock: ManualClock; logger: ReturnType<typeof testLogger> }) => Component,
  view?: ServiceView,
): Promise<Running> {
  const clock = manualClock();
  const logger = testLogger();
  const host = testHost();
  const component = make({ clock, logger });
  try {
    await component.start(view === undefined ? host : Object.assign(host, { serviceView: () => view }));
  } catch (error) {
    await component.shutdown();
    throw error;
  }
  return {
    clock,
    logs: logger.lines,
    statuses: host.events,
    get lastError() {
      return host.events.findLast(({ error }) => error !== undefined)?.error;
    },
    stopHard: () => component.shutdown(AbortSignal.abort(new Error("the time to stop is up"))),
    [Symbol.asyncDispose]: () => component.shutdown(AbortSignal.timeout(STOP_MS)),
  };
}
