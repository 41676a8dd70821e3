import { AsyncLocalStorage } from "node:async_hooks";

/** Gets what a component throws where nobody waits for it: in a timer, an event listener, a forgotten promise. */
export interface FaultHandler {
  fault(error: unknown): void;
}

const current = new AsyncLocalStorage<FaultHandler>();

/** Runs `work` so that everything it starts, timers and promises included, is put down to `handler`. */
export function runAs<T>(handler: FaultHandler, work: () => T): T {
  return current.run(handler, work);
}

/**
 * Keeps the process alive when a component throws where nobody catches. What cannot be put down to a component goes to
 * `stray`. The async context of the throwing code is still current in these two events, which is what makes it work.
 */
export function catchFaults(stray: (error: unknown) => void): Disposable {
  const onFault = (error: unknown): void => {
    const handler = current.getStore();
    if (handler === undefined) stray(error);
    else handler.fault(error);
  };
  process.on("uncaughtException", onFault);
  process.on("unhandledRejection", onFault);
  return {
    [Symbol.dispose]() {
      process.off("uncaughtException", onFault);
      process.off("unhandledRejection", onFault);
    },
  };
}
