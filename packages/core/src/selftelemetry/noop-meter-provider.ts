import type { Counter, Meter, MeterProvider, Observable } from "@opentelemetry/api";

const nothing = (): void => {};
const instrument: Counter & Observable & { record(): void } = {
  add: nothing,
  record: nothing,
  addCallback: nothing,
  removeCallback: nothing,
};
const make = (): typeof instrument => instrument;
const meter: Meter = {
  createGauge: make,
  createHistogram: make,
  createCounter: make,
  createUpDownCounter: make,
  createObservableGauge: make,
  createObservableCounter: make,
  createObservableUpDownCounter: make,
  addBatchObservableCallback: nothing,
  removeBatchObservableCallback: nothing,
};

/**
 * Measures nothing; the runtime hands it to components when nobody provides a meter provider. The API package has one too,
 * but loading it costs 27 ms of the start of a process that measures nothing.
 */
export const noopMeterProvider: MeterProvider = { getMeter: () => meter };
