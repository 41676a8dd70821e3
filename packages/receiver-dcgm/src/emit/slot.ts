import type { ChosenField } from "../fields/select-fields.ts";
import { allMappings, type Mapping } from "../naming/mapping.ts";
import type { Device } from "./device.ts";
import type { Output } from "./outputs.ts";

/** How a GPU answered a read. */
export interface GpuTally {
  rows: number;
  /** Rows with a value, or that said why there is none. */
  answered: number;
  lost: boolean;
}

/** A field of a device, and what is known of its values. */
export class Slot {
  readonly key: string;
  device: Device;
  readonly chosen: ChosenField;
  readonly mapping: Mapping | undefined;
  /** Values outside of these are no values: what is left of them after sentinels and statuses is an error of the driver. */
  readonly least: number;
  readonly most: number;
  /** Made with the first value; may lack some at the limit on series. */
  outputs: readonly Output[] | undefined;
  /** Where the answers of its GPU are counted. */
  tally: GpuTally | undefined;
  /** The raw value of the last read; NaN where it had none. */
  value: number = Number.NaN;
  /** Time of the newest sample, µs by the engine's clock. */
  sampleUs = 0;
  /** When that sample was taken, ms of the monotonic clock. */
  takenMs: number = Number.NEGATIVE_INFINITY;
  /** Reads in a row that said that the device does not have the field. */
  refusals = 0;
  /** The device does not have the field, or not for us. */
  disabled = false;
  /** Its series have a value. */
  live = false;
  /** Some outputs were refused at the limit on series. */
  capped = false;

  constructor(key: string, device: Device, chosen: ChosenField) {
    this.key = key;
    this.device = device;
    this.chosen = chosen;
    this.mapping = allMappings().get(chosen.field.id);
    [this.least, this.most] = possibleRange(this.mapping);
  }

  get seriesCount(): number {
    let count = 0;
    for (const output of this.outputs ?? []) count += output.seriesCount;
    return count;
  }
}

function possibleRange(mapping: Mapping | undefined): [number, number] {
  const { MAX_VALUE, MIN_VALUE } = Number;
  if (mapping === undefined) return [-MAX_VALUE, MAX_VALUE];
  // Zero of a sensor that is not there.
  if (mapping.transform.kind === "nonzero") return [MIN_VALUE, MAX_VALUE];
  if (mapping.factor.divide === 100) return [0, 100];
  return [mapping.instrument === "counter" ? 0 : -MAX_VALUE, MAX_VALUE];
}
