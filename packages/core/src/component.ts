import { TracecoreError } from "./errors.ts";
import type { Host } from "./host.ts";

/** The collector's lifecycle, as the runtime and third parties see it. */
export interface Component {
  start(host: Host): Promise<void>;
  /** Asks it to finish. Safe before `start`, during it, after it failed, and twice. `signal` aborting means time is up. */
  shutdown(signal?: AbortSignal): Promise<void>;
}

/** Builds a component from a function that starts it and gives back what to dispose. */
export function component<T extends AsyncDisposable>(
  start: (host: Host, signal: AbortSignal) => Promise<T>,
): Component & { running(): T } {
  const hardStop = new AbortController();
  let starting: Promise<T> | undefined;
  let running: T | undefined;
  let stopped: Promise<void> | undefined;
  return {
    async start(host) {
      if (starting !== undefined || stopped !== undefined) {
        throw new Error("BUG: a component was started twice, or after its shutdown. Please report it");
      }
      starting = start(host, hardStop.signal);
      const started: Partial<T> | undefined = await starting;
      if (typeof started?.[Symbol.asyncDispose] !== "function") {
        throw new Error("its start call gave nothing back that has [Symbol.asyncDispose]");
      }
      running = started as T;
    },
    shutdown(signal) {
      if (signal?.aborted === true) hardStop.abort(signal.reason);
      else signal?.addEventListener("abort", () => hardStop.abort(signal.reason), { once: true });
      stopped ??= (async () => {
        const started: Partial<T> | undefined = await starting?.catch(() => undefined); // A failed start was reported by start().
        try {
          await started?.[Symbol.asyncDispose]?.();
        } finally {
          hardStop.abort(new Error("the component has stopped"));
        }
      })();
      return stopped;
    },
    running() {
      if (running === undefined) throw new TracecoreError("component-not-started", "the component has not started");
      return running;
    },
  };
}
