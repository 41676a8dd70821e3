import type { ComponentKind, Signal } from "./component-id.ts";
import type { Status } from "./componentstatus/status.ts";
import type { Host } from "./host.ts";
import type { BuildInfo, LogLevel } from "./settings.ts";

/** A component of the running service. */
export interface ComponentView {
  /** As messages name it: `receiver "clock"`, `processor "batch" of pipeline "metrics"`. Edges name it so as well. */
  readonly key: string;
  readonly kind: ComponentKind;
  readonly id: string;
  readonly status: Status;
  /** When it came into this status, milliseconds since 1970. */
  readonly sinceUnixMs: number;
  /** What its last error status said. */
  readonly error: string | undefined;
  /** For how long it has been in an error status, restarts in between included, in milliseconds; undefined while it is well. */
  readonly unwellForMs: number | undefined;
  /** Starts after failures. */
  readonly restarts: number;
  /** Of an exporter with a sending queue: how full it is, 0 to 1. */
  readonly queueRatio: number | undefined;
}

/** A pipeline, with the keys of its components in the order of the config. */
export interface PipelineView {
  readonly id: string;
  readonly signal: Signal;
  readonly receivers: readonly string[];
  readonly processors: readonly string[];
  readonly exporters: readonly string[];
}

/** Items that one component has offered to the next in one pipeline, since the start of that edge. */
export interface EdgeView {
  readonly pipeline: string;
  readonly signal: Signal;
  readonly from: string;
  readonly to: string;
  /** The component took responsibility. */
  readonly accepted: number;
  /** It did not, and the sender still has the items: a retryable error. */
  readonly refused: number;
  /** It did not, and nobody sends them again: lost on this edge or further down. */
  readonly failed: number;
}

/** A value of the effective config. */
export interface ConfigValueView {
  readonly path: string;
  /** Secrets are `[redacted]`. */
  readonly value: unknown;
  /** `default`, `tracecore.yaml:3`, `environment NAME, tracecore.yaml:3`, `--set …`. */
  readonly origin: string;
}

/** A line of the log, as it was written. */
export interface LogLineView {
  readonly timeUnixMs: number;
  readonly level: LogLevel;
  /** `receiver clock`; undefined for lines of the process itself. */
  readonly component: string | undefined;
  readonly message: string;
  /** `key=value key=value`, redacted; empty without fields. */
  readonly fields: string;
}

/** The running service, to look at. Every call gives what is true now. */
export interface ServiceView {
  readonly buildInfo: BuildInfo;
  readonly startedUnixMs: number;
  /** True once every component has had its start, until the shutdown begins. */
  readonly ready: boolean;
  components(): readonly ComponentView[];
  pipelines(): readonly PipelineView[];
  edges(): readonly EdgeView[];
  config(): readonly ConfigValueView[];
  /** Passes on the lines of the log from now on, until it is disposed. */
  followLog(listener: (line: LogLineView) => void): Disposable;
}

/** A host that lets its extensions look at the running service has this. */
export interface ServiceViewer {
  serviceView(): ServiceView;
}

/** What `host` lets an extension see of the running service; undefined where it lets nobody look. */
export function serviceView(host: Host): ServiceView | undefined {
  return (host as Host & Partial<ServiceViewer>).serviceView?.();
}
