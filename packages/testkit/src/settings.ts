import type { MeterProvider } from "@opentelemetry/api";
import type { Component, CreateSettings, Host, Logger, LogLevel } from "@tracecore/core";
import { zeroBuildInfo } from "@tracecore/core";
import type { StatusEvent } from "@tracecore/core/componentstatus";
import { resource } from "@tracecore/core/pdata";
import { noopMeterProvider } from "@tracecore/core/selftelemetry";

/** A log line that a component wrote. */
export interface TestLog {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>> | undefined;
}

/** A logger that keeps its lines. */
export function testLogger(): Logger & { readonly lines: readonly TestLog[] } {
  const lines: TestLog[] = [];
  const at = (level: LogLevel) => (message: string, fields?: Readonly<Record<string, unknown>>) => {
    lines.push({ level, message, fields });
  };
  return {
    lines,
    log: (level, message, fields) => at(level)(message, fields),
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
  };
}

/** A host that keeps the status events it is told. */
export interface TestHost extends Host {
  reportComponentStatus(event: StatusEvent): void;
  readonly events: readonly StatusEvent[];
}

export function testHost(extensions: ReadonlyMap<string, Component> = new Map()): TestHost {
  const events: StatusEvent[] = [];
  return {
    events,
    getExtensions: () => extensions,
    reportComponentStatus(event) {
      events.push(event);
    },
  };
}

/** Settings as the runtime makes them, for one component under test. */
export function testSettings(
  id: string,
  changes: { logger?: Logger; meterProvider?: MeterProvider } = {},
): CreateSettings {
  return {
    id,
    buildInfo: zeroBuildInfo,
    telemetry: {
      logger: changes.logger ?? testLogger(),
      meterProvider: changes.meterProvider ?? noopMeterProvider,
      resource: resource({
        "host.name": "test-host",
        "service.name": "tracecore",
        "service.version": "0.0.0",
        "service.instance.id": "00000000-0000-5000-8000-000000000000",
      }),
    },
  };
}
