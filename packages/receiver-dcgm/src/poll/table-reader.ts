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
  /** Whether values of this slot must not be shown although they are there; undefined where all may be. */
  readonly withheld: ((slot: Slot) => DropReason | undefined) | undefined;
}

/**
 * The slots of one plan in the order in which they are written, and what the last table holds for each: columns by the
 * slot's place, which one pass over the rows fills. Rows of libdcgm lie 4 kB apart, so each is touched once.
 */
export class SlotIndex {
  readonly slots: readonly Slot[];
  /** By GPU id. */
  readonly tallies: ReadonlyMap<number, GpuTally>;
  /** The row of each slot; -1 for none. */
  readonly rows: Int32Array;
  /** The time of that row's sample, µs by the engine's clock. */
  readonly sampleUs: Float64Array;
  /** Its value; not a number where the row has none. */
  readonly values: Float64Array;
  /** What its value must lie between to be one. */
  readonly least: Float64Array;
  readonly most: Float64Array;
  readonly #byKey = new Map<number, number>();
  readonly #tallies: readonly GpuTally[];
  /** What each row of the last table was, and its slot: rows mostly come in the same order. */
  #rowSlots = new Int32Array(0);
  #rowGroups = new Uint32Array(0);
  #rowIds = new Uint32Array(0);
  #rowFields = new Uint16Array(0);

  constructor(slots: readonly Slot[]) {
    this.slots = slots;
    this.rows = new Int32Array(slots.length);
    this.sampleUs = new Float64Array(slots.length);
    this.values = new Float64Array(slots.length);
    this.least = Float64Array.from(slots, ({ least }) => least);
    this.most = Float64Array.from(slots, ({ most }) => most);
    const tallies = new Map<number, GpuTally>();
    for (const [place, slot] of slots.entries()) {
      const { entity } = slot.device;
      this.#byKey.set(keyOf(entityNumber(entity), slot.chosen.field.id), place);
      if (entity.kind === "gpu" && !tallies.has(entity.id))
        tallies.set(entity.id, { rows: 0, answered: 0, lost: false });
      slot.tally = entity.kind === "gpu" ? tallies.get(entity.id) : undefined;
    }
    this.tallies = tallies;
    this.#tallies = [...tallies.values()];
  }

  /** Fills the columns. Returns the time of the newest sample. */
  take(table: SampleTable): number {
    const { rows, sampleUs, values } = this;
    rows.fill(-1);
    for (const tally of this.#tallies) {
      tally.rows = 0;
      tally.answered = 0;
      tally.lost = false;
    }
    if (this.#rowSlots.length !== table.rows) this.#forgetRows(table.rows);
    const rowSlots = this.#rowSlots;
    const rowGroups = this.#rowGroups;
    const rowIds = this.#rowIds;
    const rowFields = this.#rowFields;
    let newestUs = 0;
    for (let row = 0; row < rowSlots.length; row++) {
      const group = table.entityGroup(row);
      const id = table.entityId(row);
      const fieldId = table.fieldId(row);
      if (rowFields[row] !== fieldId || rowIds[row] !== id || rowGroups[row] !== group) {
        rowFields[row] = fieldId;
        rowIds[row] = id;
        rowGroups[row] = group;
        rowSlots[row] = this.#byKey.get(keyOf(group * 2 ** 32 + id, fieldId)) ?? -1;
      }
      const place = rowSlots[row]!;
      if (place === -1) continue;
      rows[place] = row;
      const us = table.timestampUs(row);
      sampleUs[place] = us;
      if (us > newestUs) newestUs = us;
      values[place] = table.condition(row) === "ok" ? table.number(row) : Number.NaN;
    }
    return newestUs;
  }

  #forgetRows(count: number): void {
    this.#rowSlots = new Int32Array(count).fill(-1);
    this.#rowGroups = new Uint32Array(count);
    this.#rowIds = new Uint32Array(count);
    // No field has the number 0.
    this.#rowFields = new Uint16Array(count);
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
  ctx.freshness.learn(index.take(table), ctx.nowMs);
  const { slots, rows, sampleUs, values, least, most } = index;
  for (let place = 0; place < slots.length; place++) {
    const slot = slots[place]!;
    if (slot.disabled) continue;
    const row = rows[place]!;
    const raw = row === -1 ? Number.NaN : values[place]!;
    const gpu = slot.tally;
    if (gpu !== undefined) gpu.rows++;
    if (Number.isNaN(raw)) {
      const condition = row === -1 ? "no_data" : table.condition(row);
      // A value that is not a number is one that cannot be.
      if (condition !== "ok") {
        if (gpu !== undefined) noteGpu(gpu, condition);
        refuse(slot, condition, outcome, ctx);
        continue;
      }
    }
    if (gpu !== undefined) gpu.answered++;
    slot.refusals = 0;
    if (!isFresh(slot, sampleUs[place]!, intervalMs, ctx)) {
      outcome.stale++;
      drop(slot, "stale", ctx);
      continue;
    }
    if (!(raw >= least[place]! && raw <= most[place]!)) {
      drop(slot, "impossible", ctx);
      continue;
    }
    slot.value = raw;
    const withheld = ctx.withheld?.(slot);
    if (withheld !== undefined) {
      ctx.dropped.add(slot.chosen.field.id, withheld);
      end(slot, ctx.writer);
      continue;
    }
    outcome.values++;
    write(table, row, slot, raw, ctx);
  }
  return outcome;
}

const noOutputs: NonNullable<Slot["outputs"]> = [];

function write(table: SampleTable, row: number, slot: Slot, raw: number, ctx: ReadContext): void {
  let { outputs } = slot;
  if (outputs === undefined) {
    outputs = ctx.outputsOf(slot) ?? noOutputs;
    slot.outputs = outputs;
  } else if (slot.capped) ctx.writer.refused++;
  const isLarge = (raw >= TWO_53 || raw <= -TWO_53) && table.fieldType(row) === fieldTypes.int64;
  const exact = isLarge ? table.int64(row) : undefined;
  // Most have one; an iterator for each value would be garbage.
  for (let at = 0; at < outputs.length; at++) outputs[at]!.write(ctx.writer, raw, exact);
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
function isFresh(slot: Slot, sampleUs: number, intervalMs: number, ctx: ReadContext): boolean {
  if (sampleUs !== slot.sampleUs) {
    slot.sampleUs = sampleUs;
    slot.takenMs = ctx.monotonicMs - ctx.freshness.ageMs(sampleUs, ctx.nowMs);
  }
  return !ctx.freshness.isStale(ctx.monotonicMs - slot.takenMs, intervalMs);
}

/** How old the newest sample of a slot is, ms. */
export function ageOf(slot: Slot, monotonicMs: number): number {
  return monotonicMs - slot.takenMs;
}
