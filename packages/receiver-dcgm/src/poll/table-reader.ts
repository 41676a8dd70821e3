import { entityNumber } from "../emit/device.ts";
import type { PointWriter } from "../emit/point-writer.ts";
import type { GpuTally, Slot } from "../emit/slot.ts";
import { fieldTypes, type SampleCondition, type SampleTable } from "../engine/sample-table.ts";
import type { DroppedValues, DropReason } from "./dropped-values.ts";
import type { Freshness } from "./freshness.ts";

/** After this many reads a device that says that it lacks a field is believed. */
const REFUSALS_TO_BELIEVE = 3;
const TWO_53 = 2 ** 53;

/** What a read found. */
export interface ReadOutcome {
  values: number;
  stale: number;
  errors: number;
  /** The engine says that it does not watch what we watch. */
  notWatched: number;
  noPermission: number;
  /** Another profiler has the counters. */
  inUse: number;
  /** Slots that turned out not to exist on their device, since the last call. */
  readonly refused: Slot[];
  /** By GPU id; of this read only. */
  readonly byGpu: ReadonlyMap<number, Readonly<GpuTally>>;
}

export interface ReadContext {
  readonly writer: PointWriter;
  readonly freshness: Freshness;
  readonly dropped: DroppedValues;
  readonly nowMs: number;
  readonly monotonicMs: number;
  /** Makes the outputs of a slot, at its first value. */
  readonly outputsOf: (slot: Slot) => Slot["outputs"];
  /** Whether values of this slot must not be shown although they are there. */
  readonly withheld: (slot: Slot) => DropReason | undefined;
}

/** The slots of one plan in the order in which they are written, and where to find them. */
export class SlotIndex {
  readonly slots: readonly Slot[];
  /** By GPU id. */
  readonly tallies: ReadonlyMap<number, GpuTally>;
  readonly #byKey = new Map<number, Slot>();
  /** The slot of each row of the last table: rows mostly come in the same order. */
  #hints: (Slot | undefined)[] = [];

  constructor(slots: readonly Slot[]) {
    this.slots = slots;
    const tallies = new Map<number, GpuTally>();
    for (const slot of slots) {
      const { entity } = slot.device;
      this.#byKey.set(keyOf(entityNumber(entity), slot.chosen.field.id), slot);
      if (entity.kind === "gpu" && !tallies.has(entity.id))
        tallies.set(entity.id, { rows: 0, answered: 0, lost: false });
      slot.tally = entity.kind === "gpu" ? tallies.get(entity.id) : undefined;
    }
    this.tallies = tallies;
  }

  /** Notes the row of each slot. */
  locate(table: SampleTable): number {
    for (const slot of this.slots) slot.row = -1;
    for (const tally of this.tallies.values()) {
      tally.rows = 0;
      tally.answered = 0;
      tally.lost = false;
    }
    let newestUs = 0;
    if (this.#hints.length !== table.rows) this.#hints = Array.from({ length: table.rows });
    for (let row = 0; row < table.rows; row++) {
      const group = table.entityGroup(row);
      const id = table.entityId(row);
      const fieldId = table.fieldId(row);
      let slot = this.#hints[row];
      if (
        slot === undefined ||
        slot.device.entity.id !== id ||
        slot.chosen.field.id !== fieldId ||
        slot.device.entity.group !== group
      ) {
        slot = this.#byKey.get(keyOf(group * 2 ** 32 + id, fieldId));
        this.#hints[row] = slot;
      }
      if (slot === undefined) continue;
      slot.row = row;
      const sampleUs = table.timestampUs(row);
      slot.rowUs = sampleUs;
      if (sampleUs > newestUs) newestUs = sampleUs;
    }
    return newestUs;
  }
}

/** Entity numbers need 36 bits and field ids 16: together they stay below 2^53. */
function keyOf(entity: number, fieldId: number): number {
  return entity * 2 ** 16 + fieldId;
}

/** Writes what a table says of these slots. */
export function readTable(table: SampleTable, index: SlotIndex, intervalMs: number, ctx: ReadContext): ReadOutcome {
  const outcome: ReadOutcome = {
    values: 0,
    stale: 0,
    errors: 0,
    notWatched: 0,
    noPermission: 0,
    inUse: 0,
    refused: [],
    byGpu: index.tallies,
  };
  ctx.freshness.learn(index.locate(table), ctx.nowMs);
  for (const slot of index.slots) {
    if (slot.disabled) continue;
    const gpu = slot.tally;
    const condition = slot.row === -1 ? "no_data" : table.condition(slot.row);
    if (gpu !== undefined) gpu.rows++;
    if (condition !== "ok") {
      if (gpu !== undefined) noteGpu(gpu, condition);
      refuse(slot, condition, outcome, ctx);
      continue;
    }
    if (gpu !== undefined) gpu.answered++;
    slot.refusals = 0;
    if (!isFresh(slot, intervalMs, ctx)) {
      outcome.stale++;
      drop(slot, "stale", ctx);
      continue;
    }
    const raw = table.number(slot.row);
    if (!(raw >= slot.least && raw <= slot.most)) {
      drop(slot, "impossible", ctx);
      continue;
    }
    slot.value = raw;
    const withheld = ctx.withheld(slot);
    if (withheld !== undefined) {
      ctx.dropped.add(slot.chosen.field.id, withheld);
      end(slot, ctx.writer);
      continue;
    }
    outcome.values++;
    write(table, slot, raw, ctx);
  }
  return outcome;
}

function write(table: SampleTable, slot: Slot, raw: number, ctx: ReadContext): void {
  let { outputs } = slot;
  if (outputs === undefined) {
    outputs = ctx.outputsOf(slot);
    slot.outputs = outputs;
  } else if (slot.capped) ctx.writer.refused++;
  const isLarge = (raw >= TWO_53 || raw <= -TWO_53) && table.fieldType(slot.row) === fieldTypes.int64;
  const exact = isLarge ? table.int64(slot.row) : undefined;
  for (const output of outputs ?? []) output.write(ctx.writer, raw, exact);
  slot.live = true;
}

function noteGpu(gpu: GpuTally, condition: SampleCondition): void {
  if (condition === "gpu_lost") gpu.lost = true;
  // A lost GPU gives plain blanks; one that says what it lacks is there.
  else if (condition !== "blank" && condition !== "no_data") gpu.answered++;
}

function refuse(slot: Slot, condition: SampleCondition, outcome: ReadOutcome, ctx: ReadContext): void {
  switch (condition) {
    case "not_supported":
    case "unknown_field":
    case "not_found":
      drop(slot, "not_supported", ctx);
      if (++slot.refusals < REFUSALS_TO_BELIEVE) return;
      slot.disabled = true;
      outcome.refused.push(slot);
      return;
    case "stale":
      outcome.stale++;
      drop(slot, "stale", ctx);
      return;
    case "no_permission":
      outcome.noPermission++;
      drop(slot, "no_permission", ctx);
      return;
    case "not_watched":
      outcome.notWatched++;
      drop(slot, "error", ctx);
      return;
    case "in_use":
    case "paused":
      outcome.inUse++;
      drop(slot, "paused", ctx);
      return;
    case "error":
    case "gpu_lost":
    case "reset_required":
      outcome.errors++;
      drop(slot, "error", ctx);
      return;
    case "blank":
      drop(slot, "blank", ctx);
      return;
    case "no_data":
    case "ok":
      slot.value = Number.NaN;
      end(slot, ctx.writer);
  }
}

function drop(slot: Slot, reason: DropReason, ctx: ReadContext): void {
  slot.value = Number.NaN;
  ctx.dropped.add(slot.chosen.field.id, reason);
  end(slot, ctx.writer);
}

/** Ends the series of a slot that had a value. */
export function end(slot: Slot, writer: PointWriter): void {
  if (!slot.live) return;
  slot.live = false;
  for (const output of slot.outputs ?? []) output.end(writer);
}

/** Notes the sample, and tells whether it is young enough. What does not change any more grows old by the clock of this process. */
function isFresh(slot: Slot, intervalMs: number, ctx: ReadContext): boolean {
  const sampleUs = slot.rowUs;
  if (sampleUs !== slot.sampleUs) {
    slot.sampleUs = sampleUs;
    slot.seenMs = ctx.monotonicMs;
    slot.ageThenMs = ctx.freshness.ageMs(sampleUs, ctx.nowMs);
  }
  return !ctx.freshness.isStale(ageOf(slot, ctx.monotonicMs), intervalMs);
}

/** How old the newest sample of a slot is, ms. */
export function ageOf(slot: Slot, monotonicMs: number): number {
  return slot.ageThenMs + (monotonicMs - slot.seenMs);
}
