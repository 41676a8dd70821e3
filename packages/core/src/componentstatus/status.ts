import type { ComponentKind } from "../component-id.ts";
import type { Host } from "../host.ts";

/** The states of a component, as the OpenTelemetry Collector names them. */
export type Status =
  | "none"
  | "starting"
  | "ok"
  | "recoverable_error"
  | "permanent_error"
  | "fatal_error"
  | "stopping"
  | "stopped";

/** A change of a component's state. */
export interface StatusEvent {
  readonly status: Exclude<Status, "none">;
  readonly error?: unknown;
}

/** A host that wants to know the status of its components opts in with this method. */
export interface StatusReporter {
  reportComponentStatus(event: StatusEvent): void;
}

/** Which component a status event is about. */
export interface StatusSource {
  readonly kind: ComponentKind;
  readonly id: string;
}

/**
 * A running extension that wants to know the status of every component opts in with this method. It may be called before
 * the others have started and while they stop; what it throws is logged and hurts nobody else.
 */
export interface StatusWatcher {
  componentStatusChanged(source: StatusSource, event: StatusEvent): void;
}

/** Tells the host how the component is. A host that does not ask for it is left alone; this never throws. */
export function reportStatus(host: Host, event: StatusEvent): void {
  const reporter = host as Host & Partial<StatusReporter>;
  try {
    reporter.reportComponentStatus?.(event);
  } catch {
    // A host that fails at this is its own maker's concern; the component has work to do.
  }
}
