import type { Device } from "../emit/device.ts";
import type { PointWriter } from "../emit/point-writer.ts";
import { Slot } from "../emit/slot.ts";
import type { ChosenField } from "../fields/select-fields.ts";
import { allMappings } from "../naming/mapping.ts";
import { givesWay, type ExtraLabels, type OutputMaker } from "../naming/output-maker.ts";
import type { ReadPlan } from "./read-plan.ts";
import { ageOf, end } from "./table-reader.ts";

/** Keeps what is known of each field of each device, over plans and sessions. */
export class SlotStore {
  readonly #slots = new Map<string, Slot>();
  readonly #writer: PointWriter;
  readonly #maker: OutputMaker;
  /** Label fields of dcgm-exporter, by device key. */
  labels: ReadonlyMap<string, ExtraLabels> = new Map();

  constructor(writer: PointWriter, maker: OutputMaker) {
    this.#writer = writer;
    this.#maker = maker;
  }

  get all(): Iterable<Slot> {
    return this.#slots.values();
  }

  get(deviceKey: string, fieldId: number): Slot | undefined {
    return this.#slots.get(`${deviceKey} ${fieldId}`);
  }

  /** The last raw value, if the last read gave one. */
  value(deviceKey: string, fieldId: number): number | undefined {
    const value = this.get(deviceKey, fieldId)?.value;
    return value === undefined || Number.isNaN(value) ? undefined : value;
  }

  isDisabled(device: Device, { field }: ChosenField): boolean {
    return this.get(device.key, field.id)?.disabled === true;
  }

  /** A new engine may have what the one before had not. */
  enableAll(): void {
    for (const slot of this.#slots.values()) {
      slot.disabled = false;
      slot.refusals = 0;
    }
  }

  /** The slots of a plan, those of important fields first: the limit on series cuts off the end. Notes their keys in `used`. */
  slotsOf({ devices, fields }: ReadPlan, used: Set<string>): readonly Slot[] {
    const slots: Slot[] = [];
    for (const chosen of fields.toSorted((a, b) => rank(a) - rank(b) || a.field.id - b.field.id)) {
      for (const device of devices) {
        const key = `${device.key} ${chosen.field.id}`;
        used.add(key);
        let slot = this.#slots.get(key);
        if (slot === undefined) {
          slot = new Slot(key, device, chosen);
          this.#slots.set(key, slot);
        } else if (slot.capped || JSON.stringify(slot.device.attributes) !== JSON.stringify(device.attributes)) {
          this.dropOutputs(slot);
        }
        slot.device = device;
        slots.push(slot);
      }
    }
    return slots;
  }

  /** Ends the series of slots that no plan has any more. */
  keepOnly(used: ReadonlySet<string>): void {
    for (const [key, slot] of this.#slots) {
      if (used.has(key)) continue;
      this.dropOutputs(slot);
      if (!slot.disabled) this.#slots.delete(key);
    }
  }

  /** Age of the oldest sample of each GPU, ms. */
  ages(monotonicMs: number): Map<Device, number> {
    const ages = new Map<Device, number>();
    for (const slot of this.#slots.values()) {
      if (slot.disabled || slot.sampleUs === 0 || slot.device.entity.kind !== "gpu") continue;
      const age = ageOf(slot, monotonicMs);
      if (age > (ages.get(slot.device) ?? -1)) ages.set(slot.device, age);
    }
    return ages;
  }

  dropOutputs(slot: Slot): void {
    end(slot, this.#writer);
    this.#writer.release(slot.seriesCount);
    slot.outputs = undefined;
    slot.capped = false;
    slot.value = Number.NaN;
  }

  endAll(): void {
    for (const slot of this.#slots.values()) {
      end(slot, this.#writer);
      slot.value = Number.NaN;
    }
  }

  /** What the first value of a slot is written as. */
  outputsOf(slot: Slot): Slot["outputs"] {
    const { device, chosen } = slot;
    const before = this.#writer.refused;
    const keys = new Map<number, string>();
    const hasValue = (fieldId: number): boolean => {
      let key = keys.get(fieldId);
      if (key === undefined) keys.set(fieldId, (key = `${device.key} ${fieldId}`));
      return this.#slots.get(key)?.live === true;
    };
    const outputs = this.#maker.outputs(this.#writer, device, chosen, this.labels.get(device.key) ?? {}, hasValue);
    slot.capped = this.#writer.refused > before;
    return outputs;
  }
}

const ranks = { on: 0, auto: 1, off: 2 } as const;

/** Fields that are on by default come first, those that give way to others last. */
function rank({ field }: ChosenField): number {
  if (givesWay(field.id)) return 3;
  return ranks[allMappings().get(field.id)?.onByDefault ?? "off"];
}
