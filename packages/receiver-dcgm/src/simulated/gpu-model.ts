import { notSupported, type SimulatedValue } from "./table-writer.ts";

const MIB_TOTAL = 81_559;
const MIB_RESERVED = 551;
const POWER_LIMIT = 700;

/** Equal seeds give equal numbers (mulberry32). */
function noise(seed: number): number {
  let t = (seed + 0x6d2b_79f5) | 0;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}

/** A smooth wave between 0 and 1 with some noise on it. */
function wave(seed: number, seconds: number, period: number): number {
  const phase = noise(seed) * 2 * Math.PI;
  const slow = Math.sin((2 * Math.PI * seconds) / period + phase);
  const fast = noise(seed * 7919 + Math.floor(seconds)) - 0.5;
  return Math.min(1, Math.max(0, 0.5 + 0.45 * slow + 0.1 * fast));
}

/** What a fault does to the values of a GPU. */
export interface Disturbance {
  readonly thermal: boolean;
  readonly remapFailed: boolean;
  readonly remapPending: boolean;
  /** Errors since the fault began. */
  readonly eccErrors: number;
  readonly nvlinkErrors: number;
  readonly profilingZero: boolean;
  readonly profilingUnsupported: boolean;
}

/** A made-up GPU that trains a model: its values hang together, move, and depend on nothing but the time. */
export class GpuModel {
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** The raw value of a field, in DCGM's unit, `seconds` after the start. `share` is the part of the GPU an instance has. */
  value(fieldId: number, seconds: number, trouble: Disturbance, share = 1): SimulatedValue {
    const busy = this.#busy(seconds);
    const profiling = this.#profiling(fieldId, busy, seconds);
    if (profiling !== undefined) {
      if (trouble.profilingUnsupported) return notSupported;
      return trouble.profilingZero ? 0 : profiling;
    }
    const power = this.#power(seconds);
    const temperature = 34 + (power / POWER_LIMIT) * 32 + noise(this.#seed) * 4 + (trouble.thermal ? 25 : 0);
    const slowed = trouble.thermal ? 0.55 : 1;
    const usedMib = share * (MIB_TOTAL - MIB_RESERVED) * (0.25 + 0.65 * wave(this.#seed + 1, seconds, 900));
    switch (fieldId) {
      case 66:
      case 84:
      case 300:
        return 1;
      case 67:
      case 74:
      case 346:
      case 388:
      case 389:
      case 390:
      case 391:
      case 392:
      case 526:
      case 1501:
      case 1507:
        return 0;
      case 55:
        return this.#seed % 256;
      case 5:
        return 12_080;
      case 203:
        return 100 * busy;
      case 206:
      case 207:
        return 0;
      case 204:
        return 62 * busy;
      case 250:
        return MIB_TOTAL * share;
      case 251:
        return (MIB_TOTAL - MIB_RESERVED) * share - usedMib;
      case 252:
        return usedMib;
      case 253:
        return MIB_RESERVED * share;
      case 254:
        return usedMib / ((MIB_TOTAL - MIB_RESERVED) * share);
      case 90:
        return 131_072;
      case 92:
        return 7;
      case 93:
        return 131_065;
      case 100:
        return 15 * Math.round(((345 + 1635 * Math.min(1, busy * 1.6)) * slowed) / 15);
      case 101:
        return 2619;
      case 102:
        return 1545;
      case 110:
      case 113:
        return 1980;
      case 111:
      case 114:
        return 2619;
      case 115:
        return 1545;
      case 112:
        return (busy < 0.05 ? 0x1 : 0) | (power > POWER_LIMIT * 0.97 ? 0x4 : 0) | (trouble.thermal ? 0x48 : 0);
      case 190:
        return busy < 0.05 ? 2 : 0;
      case 240:
      case 1420:
        return Math.floor(seconds * 2e6 * (1 + noise(this.#seed)));
      case 241:
      case 1423:
        return trouble.thermal ? Math.floor(seconds * 4e8) : 0;
      case 242:
      case 243:
      case 244:
      case 245:
      case 246:
      case 247:
      case 1421:
      case 1422:
      case 1424:
        return 0;
      case 140:
        return temperature + 9;
      case 150:
        return temperature;
      case 151:
        return 95;
      case 152:
      case 158:
        return 87;
      case 159:
        return 92;
      case 153:
        return Math.max(0, 87 - temperature);
      case 155:
      case 157:
        return power;
      case 156:
        return Math.floor(this.#energyJoules(seconds) * 1000);
      case 160:
      case 162:
      case 163:
      case 164:
        return POWER_LIMIT;
      case 161:
        return 200;
      case 202:
        return Math.floor(seconds / 7200);
      case 235:
      case 237:
        return 5;
      case 236:
      case 238:
        return 16;
      case 310:
        return Math.floor(seconds / 3600) + trouble.eccErrors;
      case 312:
        return 3 + Math.floor(seconds / 3600) + trouble.eccErrors;
      case 311:
      case 313:
        return Math.floor(trouble.eccErrors / 10);
      case 393:
        return trouble.remapFailed ? 9 : trouble.remapPending ? 1 : 0;
      case 394:
        return 1;
      case 395:
        return trouble.remapFailed ? 1 : 0;
      case 396:
        return trouble.remapPending ? 1 : 0;
      case 385:
        return 640;
      case 386:
      case 387:
        return 0;
      case 409:
      case 419:
      case 429:
        return trouble.nvlinkErrors;
      case 439:
        return Math.floor(trouble.nvlinkErrors / 100);
      case 449:
        return 340_000 * wave(this.#seed + 2, seconds, 45) * busy;
      case 1523:
        return trouble.remapFailed ? 1 : 0;
      case 170:
        return 3;
      case 174:
        return 0b0001_10_10_10_10;
      case 175:
        return 1;
      default:
        return notSupported;
    }
  }

  #profiling(fieldId: number, busy: number, seconds: number): number | undefined {
    switch (fieldId) {
      case 1001:
        return Math.min(1, busy * 1.02);
      case 1002:
        return busy * 0.88;
      case 1003:
        return busy * 0.41;
      case 1004:
        return busy * 0.63;
      case 1005:
        return busy * 0.55;
      case 1006:
        return 0;
      case 1007:
        return busy * 0.18;
      case 1008:
        return busy * 0.07;
      case 1009:
        return 1.1e9 * busy * (0.8 + 0.4 * noise(this.#seed + Math.floor(seconds)));
      case 1010:
        return 2.3e9 * busy * (0.8 + 0.4 * noise(this.#seed + 1 + Math.floor(seconds)));
      case 1011:
      case 1012:
        return 1.7e11 * busy * wave(this.#seed + 2, seconds, 45);
      default:
        return undefined;
    }
  }

  /** Share of time in use: jobs that come and go, a wave on top. */
  #busy(seconds: number): number {
    const job = Math.floor((seconds + noise(this.#seed) * 600) / 600);
    const intensity = noise(this.#seed * 131 + job);
    if (intensity < 0.15) return 0.01;
    return Math.min(1, (0.55 + 0.45 * intensity) * (0.75 + 0.25 * wave(this.#seed, seconds, 30)));
  }

  #power(seconds: number): number {
    return 72 + (POWER_LIMIT - 72) * this.#busy(seconds) * 0.96;
  }

  #joules = 0;
  #countedTo = 0;

  /** Summed up in steps of a second, so that power and energy agree. */
  #energyJoules(seconds: number): number {
    if (seconds < this.#countedTo) return this.#joules;
    for (; this.#countedTo + 1 <= seconds; this.#countedTo++) this.#joules += this.#power(this.#countedTo);
    return this.#joules;
  }
}
