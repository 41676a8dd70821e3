import { randomBytes } from "node:crypto";
import type { RefusedEntity, RefusedField, Watch, WatchPlan } from "../engine/engine.ts";
import type { EntityKey } from "../engine/entity.ts";
import { SampleTable } from "../engine/sample-table.ts";
import { statuses } from "../engine/status-codes.ts";
import type { CallGate } from "./call-gate.ts";
import { layouts } from "./layouts.ts";

/** What `dcgmEntitiesGetLatestValues` takes at most, and a field group, whose limit of 128 is never reached. */
const MOST_ENTITIES = 1024;
const MOST_FIELDS = 128;
const MOST_GROUPED_FIELDS = 127;
/** `dcgmGroupCreate` of a group without members. */
const GROUP_EMPTY = 1;
/** Bytes of an entity in a request, and of a sample in the answer. */
const PAIR_BYTES = layouts.dcgmGroupEntityPair_t.size;
export const ROW_BYTES: number = layouts.dcgmFieldValue_v2.size;

/** A part of a read that fits into one call. */
interface Block {
  readonly pairs: Uint8Array;
  readonly entityCount: number;
  readonly fields: Uint16Array;
  readonly values: Uint8Array;
}

/** The requests and the one buffer for the samples of some fields of some entities. */
export class ReadBuffer {
  readonly table: SampleTable;
  readonly blocks: readonly Block[];

  constructor(entities: readonly EntityKey[], fieldIds: readonly number[]) {
    const bytes = new Uint8Array(entities.length * fieldIds.length * ROW_BYTES);
    this.table = new SampleTable(bytes, entities.length * fieldIds.length, ROW_BYTES);
    const blocks: Block[] = [];
    let at = 0;
    for (const some of chunks(entities, MOST_ENTITIES)) {
      const pairs = pairsOf(some);
      for (const fields of chunks(fieldIds, MOST_FIELDS)) {
        const length = some.length * fields.length * ROW_BYTES;
        const values = bytes.subarray(at, at + length);
        blocks.push({ pairs, entityCount: some.length, fields: Uint16Array.from(fields), values });
        at += length;
      }
    }
    this.blocks = blocks;
  }
}

/** A group of entities, groups of fields and the watches that join them, as the engine holds them. */
export class NativeWatch implements Watch {
  readonly plan: WatchPlan;
  readonly group: bigint;
  readonly refused: readonly RefusedEntity[];
  readonly refusedFields: readonly RefusedField[];
  readonly fieldGroups: readonly bigint[];
  readonly #entities: readonly EntityKey[];
  #fieldIds: readonly number[];
  #unknown: readonly number[];
  #buffer: ReadBuffer | undefined;

  constructor(parts: {
    plan: WatchPlan;
    group: bigint;
    fieldGroups: readonly bigint[];
    entities: readonly EntityKey[];
    fieldIds: readonly number[];
    unknown: readonly number[];
    refused: readonly RefusedEntity[];
    refusedFields: readonly RefusedField[];
  }) {
    this.plan = parts.plan;
    this.group = parts.group;
    this.fieldGroups = parts.fieldGroups;
    this.refused = parts.refused;
    this.refusedFields = parts.refusedFields;
    this.#entities = parts.entities;
    this.#fieldIds = parts.fieldIds;
    this.#unknown = parts.unknown;
  }

  get unknownFieldIds(): readonly number[] {
    return this.#unknown;
  }

  get fieldIds(): readonly number[] {
    return this.#fieldIds;
  }

  get entities(): readonly EntityKey[] {
    return this.#entities;
  }

  get buffer(): ReadBuffer {
    return (this.#buffer ??= new ReadBuffer(this.#entities, this.#fieldIds));
  }

  /** Leaves fields out of reads that the engine turned out not to know. */
  forget(fieldIds: readonly number[]): void {
    this.#unknown = [...this.#unknown, ...fieldIds];
    this.#fieldIds = this.#fieldIds.filter((id) => !fieldIds.includes(id));
    this.#buffer = undefined;
  }
}

/** Makes a group of those entities that the engine takes. */
export async function makeGroup(
  gate: CallGate,
  handle: bigint,
  wanted: readonly EntityKey[],
): Promise<{ group: bigint; entities: EntityKey[]; refused: RefusedEntity[] }> {
  const id = new BigUint64Array(1);
  await gate.call("dcgmGroupCreate", handle, GROUP_EMPTY, uniqueName(), id);
  const entities: EntityKey[] = [];
  const refused: RefusedEntity[] = [];
  for (const key of wanted) {
    const status = await gate.try("dcgmGroupAddEntity", handle, id[0]!, key.group, key.id);
    if (status === 0) entities.push(key);
    else refused.push({ group: key.group, id: key.id, error: gate.failure("dcgmGroupAddEntity", status) });
  }
  return { group: id[0]!, entities, refused };
}

/** Has the engine carry a plan out, without what it does not know or refuses. */
export async function makeWatch(gate: CallGate, handle: bigint, plan: WatchPlan): Promise<NativeWatch> {
  const { group, entities, refused } = await makeGroup(gate, handle, plan.entities);
  const fieldIds: number[] = [];
  const unknown: number[] = [];
  const refusedFields: RefusedField[] = [];
  const fieldGroups: bigint[] = [];
  // Counters for profiling are refused as a whole where a GPU has none or another profiler holds them.
  const profiling = plan.fieldIds.filter(isProfiling);
  const others = plan.fieldIds.filter((id) => !isProfiling(id));
  for (const wanted of [...chunks(others, MOST_GROUPED_FIELDS), ...chunks(profiling, MOST_GROUPED_FIELDS)]) {
    const known = await knownFields(gate, handle, wanted);
    unknown.push(...wanted.filter((id) => !known.includes(id)));
    if (known.length === 0 || entities.length === 0) continue;
    const { status, fieldGroup } = await makeFieldGroup(gate, handle, known);
    if (status !== 0) throw gate.failure("dcgmFieldGroupCreate", status);
    const [everyUs, keepS] = [BigInt(Math.round(plan.intervalMs * 1000)), plan.keepAgeMs / 1000];
    const watched = await gate.try("dcgmWatchFields", handle, group, fieldGroup, everyUs, keepS, 0);
    if (watched === 0) {
      fieldGroups.push(fieldGroup);
      fieldIds.push(...known);
    } else {
      const error = gate.failure("dcgmWatchFields", watched);
      refusedFields.push(...known.map((fieldId) => ({ fieldId, error })));
      await gate.try("dcgmFieldGroupDestroy", handle, fieldGroup);
    }
  }
  return new NativeWatch({ plan, group, fieldGroups, entities, fieldIds, unknown, refused, refusedFields });
}

/** Takes a watch back; what the engine no longer has is gone already. */
export async function dropWatch(gate: CallGate, handle: bigint, { group, fieldGroups }: NativeWatch): Promise<void> {
  for (const fieldGroup of fieldGroups) {
    await gate.try("dcgmUnwatchFields", handle, group, fieldGroup);
    await gate.try("dcgmFieldGroupDestroy", handle, fieldGroup);
  }
  await gate.try("dcgmGroupDestroy", handle, group);
}

/** Those fields that the engine knows: one unknown id makes it refuse the whole group, so halves are tried. */
async function knownFields(gate: CallGate, handle: bigint, ids: readonly number[]): Promise<readonly number[]> {
  const { status, fieldGroup } = await makeFieldGroup(gate, handle, ids);
  if (status === 0) {
    await gate.try("dcgmFieldGroupDestroy", handle, fieldGroup);
    return ids;
  }
  if (status !== statuses.badParam) throw gate.failure("dcgmFieldGroupCreate", status);
  if (ids.length <= 1) return [];
  const middle = ids.length >>> 1;
  const first = await knownFields(gate, handle, ids.slice(0, middle));
  return [...first, ...(await knownFields(gate, handle, ids.slice(middle)))];
}

/** A group of fields under a name that nobody has: names are the engine's, not the connection's. */
async function makeFieldGroup(
  gate: CallGate,
  handle: bigint,
  ids: readonly number[],
): Promise<{ status: number; fieldGroup: bigint }> {
  const id = new BigUint64Array(1);
  for (let attempt = 0; ; attempt++) {
    const fields = Uint16Array.from(ids);
    const status = await gate.try("dcgmFieldGroupCreate", handle, ids.length, fields, uniqueName(), id);
    if (status !== statuses.duplicateKey || attempt === 2) return { status, fieldGroup: id[0]! };
  }
}

function uniqueName(): string {
  return `tracecore-${process.pid}-${randomBytes(6).toString("hex")}`;
}

function isProfiling(fieldId: number): boolean {
  return fieldId > 1000 && fieldId < 1100;
}

function pairsOf(entities: readonly EntityKey[]): Uint8Array {
  const { entityGroupId, entityId } = layouts.dcgmGroupEntityPair_t;
  const bytes = new Uint8Array(entities.length * PAIR_BYTES);
  const view = new DataView(bytes.buffer);
  for (const [index, { group, id }] of entities.entries()) {
    view.setUint32(index * PAIR_BYTES + entityGroupId, group, true);
    view.setUint32(index * PAIR_BYTES + entityId, id, true);
  }
  return bytes;
}

function* chunks<T>(all: readonly T[], most: number): Generator<readonly T[]> {
  for (let at = 0; at < all.length; at += most) yield all.slice(at, at + most);
}
