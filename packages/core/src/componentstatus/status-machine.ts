import type { Status, StatusEvent } from "./status.ts";

/** Where each state may go (Collector: service/internal/status). A move that is not listed is ignored and told to the caller. */
const moves: Record<Status, readonly Status[]> = {
  none: ["starting"],
  starting: ["ok", "recoverable_error", "permanent_error", "fatal_error", "stopping"],
  ok: ["ok", "recoverable_error", "permanent_error", "fatal_error", "stopping"],
  recoverable_error: ["ok", "recoverable_error", "permanent_error", "fatal_error", "stopping"],
  permanent_error: ["stopping"],
  fatal_error: [],
  stopping: ["recoverable_error", "permanent_error", "fatal_error", "stopped"],
  stopped: [],
};

/** The state of one component instance. */
export interface StatusMachine {
  readonly current: Status;
  /** The error of the current state, if it has one. */
  readonly error: unknown;
  /** Moves on and calls the watcher; returns false, and changes nothing, when the move is not allowed. */
  move(event: StatusEvent): boolean;
}

/** Makes the state machine of one instance; `watch` hears of every move, a repeated `ok` included. */
export function createStatusMachine(watch: (event: StatusEvent) => void = () => {}): StatusMachine {
  let current: Status = "none";
  let error: unknown;
  return {
    get current() {
      return current;
    },
    get error() {
      return error;
    },
    move(event) {
      if (!moves[current].includes(event.status)) return false;
      current = event.status;
      error = event.error;
      watch(event);
      return true;
    },
  };
}
