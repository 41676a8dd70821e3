import { createNoopMeter, type MeterProvider } from "@opentelemetry/api";

/** Measures nothing. The runtime hands it to components when nobody provides a meter provider. */
export const noopMeterProvider: MeterProvider = { getMeter: () => createNoopMeter() };
