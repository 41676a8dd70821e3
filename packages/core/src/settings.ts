import type { MeterProvider } from "@opentelemetry/api";
import type { Resource } from "./pdata/resource.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

/** Writes log lines for one component. `fields` are added to the line; a secret in them prints as [redacted]. */
export interface Logger {
  log(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void;
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** Which program runs. */
export interface BuildInfo {
  readonly command: string;
  readonly description: string;
  readonly version: string;
}

/** What a component reports with. */
export interface TelemetrySettings {
  readonly logger: Logger;
  /** Unset by contract when nobody provides one; the runtime fills in a no-op before a component sees it. */
  readonly meterProvider?: MeterProvider | undefined;
  /** host.name, service.name, service.version, service.instance.id and what the config adds. */
  readonly resource: Resource;
}

/** What a factory's create call gets beside the config. */
export interface CreateSettings {
  /** `type` or `type/name`. */
  readonly id: string;
  readonly telemetry: TelemetrySettings;
  readonly buildInfo: BuildInfo;
}

/** A build that does not say what it is; legal in tests. */
export const zeroBuildInfo: BuildInfo = { command: "", description: "", version: "" };
