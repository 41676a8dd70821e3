import type { StateTest } from "../emit/outputs.ts";
import type { Transform } from "./mapping.ts";

/** The bits of field 112. */
export const clockEventReasons: Readonly<Record<string, number>> = {
  idle: 0x1,
  application_clocks: 0x2,
  sw_power_cap: 0x4,
  hw_slowdown: 0x8,
  sync_boost: 0x10,
  sw_thermal: 0x20,
  hw_thermal: 0x40,
  hw_power_brake: 0x80,
  display_clocks: 0x100,
};

/** The parts of field 174: two bits each, 1 for yes and 2 for no; the last one has four bits, 1 for none and more for a cause. */
const fabricConditions = [
  { state: "degraded_bandwidth", shift: 0, mask: 0x3 },
  { state: "route_recovery", shift: 2, mask: 0x3 },
  { state: "route_unhealthy", shift: 4, mask: 0x3 },
  { state: "access_timeout_recovery", shift: 6, mask: 0x3 },
  { state: "incorrect_configuration", shift: 8, mask: 0xf },
] as const;

/** The states that a value stands for. */
export function stateTests(transform: Transform): readonly StateTest[] {
  switch (transform.kind) {
    case "bits":
      return Object.entries(clockEventReasons).map(([state, bit]) => ({ state, holds: (raw) => (raw & bit) !== 0 }));
    case "fabric_mask":
      return fabricConditions.map(({ state, shift, mask }) => ({
        state,
        holds: (raw) => {
          const part = (raw >>> shift) & mask;
          if (part === 0) return undefined;
          return mask === 0x3 ? part === 1 : part > 1;
        },
      }));
    case "enum":
      return transform.states.map((state, value) => ({ state, holds: (raw) => raw === value }));
    case "scale":
    case "nonzero":
    case "events":
      return [];
  }
}
