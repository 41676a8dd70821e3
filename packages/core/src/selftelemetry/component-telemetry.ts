import type { MeterProvider } from "@opentelemetry/api";
import { messageOf, TracecoreError } from "../errors.ts";
import type { CreateSettings } from "../settings.ts";
import { meterOf, optionsOf, type TelemetryRole } from "./component-registry.ts";
import type { HandleOptions } from "./component-states.ts";
import { newExporter, newProcessor, newReceiver } from "./handles.ts";
import { initErrors } from "./instruments.ts";
import {
  noopExporterTelemetry,
  noopProcessorTelemetry,
  noopReceiverTelemetry,
  type ExporterTelemetry,
  type FailureRateReader,
  type ProcessorTelemetry,
  type ReceiverTelemetry,
} from "./producer.ts";

/** What these constructors read of a component's settings. */
export type TelemetryOwner = Pick<CreateSettings, "id" | "telemetry">;

const nothingToDispose = { [Symbol.dispose]: (): void => {} };

/** The self-telemetry of a receiver; never null: without a usable meter provider it does nothing, and says so once. */
export function receiverTelemetry(
  settings: TelemetryOwner,
  options: HandleOptions = {},
): ReceiverTelemetry & Disposable {
  return make("receiver", settings, options, newReceiver, noopReceiverTelemetry);
}

/** The self-telemetry of an exporter; see {@link receiverTelemetry}. */
export function exporterTelemetry(
  settings: TelemetryOwner,
  options: HandleOptions = {},
): ExporterTelemetry & FailureRateReader & Disposable {
  return make("exporter", settings, options, newExporter, noopExporterTelemetry);
}

/** The self-telemetry of a processor; see {@link receiverTelemetry}. */
export function processorTelemetry(
  settings: TelemetryOwner,
  options: HandleOptions = {},
): ProcessorTelemetry & Disposable {
  return make("processor", settings, options, newProcessor, noopProcessorTelemetry);
}

/** Which component could not set its self-telemetry up, and why. */
export interface InitError {
  readonly role: TelemetryRole;
  readonly componentId: string;
  /** One of the canonical reasons. */
  readonly reason: string;
}

/** Counts a component that runs without self-telemetry. It never throws: this must not be what fails a caller. */
export function recordInitError(
  meterProvider: MeterProvider | undefined,
  { role, componentId, reason }: InitError,
): void {
  if (meterProvider === undefined) return;
  try {
    const counter = meterOf(meterProvider).createCounter(initErrors.name, optionsOf(initErrors));
    counter.add(1, { role, component_id: componentId, reason });
  } catch {
    // The component's own warning has been logged; there is nobody else to tell.
  }
}

function make<T extends object>(
  role: TelemetryRole,
  { id, telemetry: { logger, meterProvider } }: TelemetryOwner,
  options: HandleOptions,
  construct: (id: string, meterProvider: MeterProvider | undefined, options: HandleOptions) => T & Disposable,
  noop: T,
): T & Disposable {
  try {
    return construct(id, meterProvider, { logger, ...options });
  } catch (error) {
    const reason = reasonOf(error);
    logger.warn(`runs without self-telemetry: ${messageOf(error)}`, { reason });
    recordInitError(meterProvider, { role, componentId: id, reason });
    return { ...noop, ...nothingToDispose };
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof TracecoreError && error.code === "nil-meter-provider") return "nil_provider";
  if (error instanceof TracecoreError && error.code === "unsupported-meter-provider") return "unsupported_sdk";
  return "instrument_register";
}
