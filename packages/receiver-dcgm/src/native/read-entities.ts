import { int32OrUndefined } from "../engine/blank-values.ts";
import { entityGroups, entityKind, type Entity, type EntityKey, type EntityState, noFacts } from "../engine/entity.ts";
import type { SampleTable } from "../engine/sample-table.ts";
import { statuses } from "../engine/status-codes.ts";
import type { CallGate } from "./call-gate.ts";
import { layouts, versionWords } from "./layouts.ts";
import type { LibraryUse } from "./library-use.ts";
import { Struct } from "./struct.ts";

/** Room for entities of one kind at the first try; the engine says how many there are when it is too small. */
const FIRST_ROOM = 256;
/** Flag of `dcgmGetEntityGroupEntities`: without those that DCGM cannot work with. */
const ONLY_SUPPORTED = 1;
/** Fields that tell an instance's profile and its own UUID. */
const FIELD_NAME = 50;
const FIELD_UUID = 54;
/** Bytes of a CPU in `dcgmCpuHierarchy`, by its version, and where the bits of its cores lie in it. */
const CPU_BYTES = { v1: 144, v2: 400 } as const;
const CPU_CORES_AT = 8 + layouts.dcgmCpuHierarchyOwnedCores_v1.bitmask;
const CPU_SERIAL_AT = 8 + layouts.dcgmCpuHierarchyOwnedCores_v1.size;
const MOST_CORES = 1024;

const states: readonly EntityState[] = [
  "unknown",
  "ok",
  "unsupported",
  "inaccessible",
  "lost",
  "fake",
  "disabled",
  "detached",
];

/** What reading entities needs of its session. */
export interface EntityReaderParts {
  readonly gate: CallGate;
  readonly use: LibraryUse;
  readonly handle: bigint;
  readonly readOnce: (
    entities: readonly EntityKey[],
    fieldIds: readonly number[],
    live: boolean,
  ) => Promise<SampleTable>;
}

type PartialEntity = Partial<Omit<Entity, "group" | "id" | "kind">>;

/** Everything that the engine sees now. Throws where it cannot even say which GPUs there are and sees nothing else. */
export async function readEntities(parts: EntityReaderParts): Promise<readonly Entity[]> {
  const { gate } = parts;
  const found: Entity[] = [];
  const gpus = await idsOf(parts, entityGroups.gpu, 0);
  for (const id of gpus.ids) found.push(entity(entityGroups.gpu, id, await gpuFacts(parts, id)));
  if (found.some(({ migEnabled }) => migEnabled === true)) found.push(...(await instances(parts)));
  for (const id of (await idsOf(parts, entityGroups.switch, ONLY_SUPPORTED)).ids) {
    found.push(entity(entityGroups.switch, id, { state: "ok" }));
  }
  for (const id of (await idsOf(parts, entityGroups.link, ONLY_SUPPORTED)).ids) found.push(link(id));
  found.push(...(await cpus(parts)));
  if (found.length === 0 && gpus.status !== 0) throw gate.failure("dcgmGetEntityGroupEntities", gpus.status);
  return found;
}

function entity(group: number, id: number, facts: PartialEntity): Entity {
  return {
    group,
    id,
    kind: entityKind(group) ?? "none",
    ...noFacts,
    state: "unknown",
    ...facts,
  };
}

async function idsOf(
  { gate, handle }: EntityReaderParts,
  group: number,
  flags: number,
): Promise<{ ids: number[]; status: number }> {
  let room = FIRST_ROOM;
  for (;;) {
    const ids = new Uint8Array(room * 4);
    const count = new Int32Array([room]);
    const status = await gate.try("dcgmGetEntityGroupEntities", handle, group, ids, count, flags);
    if (status === statuses.insufficientSize && count[0]! > room) {
      room = count[0]!;
      continue;
    }
    // A kind that this engine or host does not have is no failure of it.
    if (status !== 0) return { ids: [], status };
    return { ids: [...new Uint32Array(ids.buffer, 0, Math.min(room, count[0]!))], status };
  }
}

async function gpuFacts({ gate, use, handle }: EntityReaderParts, id: number): Promise<PartialEntity> {
  let state: EntityState = "ok";
  if (use.library.has("dcgmGetGpuStatus")) {
    const status = new Int32Array(1);
    if ((await gate.try("dcgmGetGpuStatus", handle, id, status)) === 0) state = states[status[0]!] ?? "unknown";
  }
  const { size, identifiers, settings } = layouts.dcgmDeviceAttributes_v3;
  const struct = new Struct(size, versionWords.dcgmDeviceAttributes_version3);
  const status = await gate.try("dcgmGetDeviceAttributes", handle, id, struct.bytes);
  const at = layouts.dcgmDeviceIdentifiers_v1;
  const text = (offset: number): string | undefined => struct.text(identifiers + offset, 256);
  const uuid = text(at.uuid);
  // The call succeeds for GPUs that are not there; only a UUID tells that it knew this one.
  if (status !== 0 || uuid === undefined) return { state };
  return {
    state,
    uuid,
    name: text(at.deviceName),
    serial: text(at.serial),
    pciBusId: text(at.pciBusId),
    driverVersion: text(at.driverVersion),
    vbios: text(at.vbios),
    migEnabled:
      int32OrUndefined(struct.uint32(settings + layouts.dcgmDeviceSettings_v2.migModeEnabled)) === undefined
        ? undefined
        : struct.uint32(settings + layouts.dcgmDeviceSettings_v2.migModeEnabled) === 1,
  };
}

async function instances(parts: EntityReaderParts): Promise<Entity[]> {
  const { gate, handle } = parts;
  const { size, count, entityList } = layouts.dcgmMigHierarchy_v2;
  const struct = new Struct(size, versionWords.dcgmMigHierarchy_version2);
  if ((await gate.try("dcgmGetGpuInstanceHierarchy", handle, struct.bytes)) !== 0) return [];
  const row = layouts.dcgmMigHierarchyInfo_v2;
  const info = layouts.dcgmMigEntityInfo_t;
  const keys = Array.from({ length: struct.uint32(count) }, (_, index) => {
    const at = entityList + index * row.size;
    return { at, group: struct.uint32(at + row.entity), id: struct.uint32(at + row.entity + 4) };
  });
  const names = await instanceTexts(parts, keys);
  return keys.map(({ at, group, id }) => {
    const of = (offset: number): number => struct.uint32(at + row.info + offset);
    const texts = names.get(`${group}/${id}`);
    return entity(group, id, {
      state: "ok",
      parent: { group: struct.uint32(at + row.parent), id: struct.uint32(at + row.parent + 4) },
      uuid: texts?.uuid,
      mig: {
        gpuUuid: struct.text(at + row.info + info.gpuUuid, 128),
        gpuIndex: of(info.nvmlGpuIndex),
        instanceId: of(info.nvmlInstanceId),
        computeInstanceId: group === entityGroups.compute_instance ? of(info.nvmlComputeInstanceId) : undefined,
        profileId: of(info.nvmlMigProfileId),
        slices: of(info.nvmlProfileSlices),
        profile: texts?.profile,
      },
    });
  });
}

/** Profile and UUID of instances; those of one engine may lack them, which costs a name and nothing else. */
async function instanceTexts(
  { gate, readOnce }: EntityReaderParts,
  keys: readonly EntityKey[],
): Promise<Map<string, { profile?: string; uuid?: string }>> {
  const texts = new Map<string, { profile?: string; uuid?: string }>();
  if (keys.length === 0) return texts;
  let table: SampleTable;
  try {
    table = await readOnce(keys, [FIELD_NAME, FIELD_UUID], true);
  } catch (error) {
    if (gate.loss !== undefined) throw error;
    return texts;
  }
  for (let row = 0; row < table.rows; row++) {
    if (table.condition(row) !== "ok") continue;
    const key = `${table.entityGroup(row)}/${table.entityId(row)}`;
    const known = texts.get(key) ?? {};
    const text = table.text(row);
    if (table.fieldId(row) === FIELD_UUID && text.startsWith("MIG-")) texts.set(key, { ...known, uuid: text });
    // The product name of the GPU may come in place of the profile.
    const profile = /\b\d+(?:c\.\d+)?g\.\d+gb\S*/.exec(text)?.[0];
    if (table.fieldId(row) === FIELD_NAME && profile !== undefined) texts.set(key, { ...known, profile });
  }
  return texts;
}

/** The id of a link is built of the kind, the index and the id of what it belongs to. */
function link(id: number): Entity {
  const group = id & 0xff;
  const parent = group === entityGroups.gpu || group === entityGroups.switch ? { group, id: id >>> 16 } : undefined;
  return entity(entityGroups.link, id, { state: "ok", parent, linkIndex: (id >>> 8) & 0xff });
}

async function cpus(parts: EntityReaderParts): Promise<Entity[]> {
  const ids = (await idsOf(parts, entityGroups.cpu, ONLY_SUPPORTED)).ids;
  if (ids.length === 0) return [];
  const cores = (await idsOf(parts, entityGroups.cpu_core, ONLY_SUPPORTED)).ids;
  const { owners, serials } = await cpuHierarchy(parts);
  return [
    ...ids.map((id) => entity(entityGroups.cpu, id, { state: "ok", serial: serials.get(id) })),
    ...cores.map((id) => {
      const cpu = owners.get(id);
      const parent = cpu === undefined ? undefined : { group: entityGroups.cpu, id: cpu };
      return entity(entityGroups.cpu_core, id, { state: "ok", parent });
    }),
  ];
}

async function cpuHierarchy({
  gate,
  use,
  handle,
}: EntityReaderParts): Promise<{ owners: Map<number, number>; serials: Map<number, string | undefined> }> {
  const owners = new Map<number, number>();
  const serials = new Map<number, string | undefined>();
  const newer = use.library.has("dcgmGetCpuHierarchy_v2");
  if (!newer && !use.library.has("dcgmGetCpuHierarchy")) return { owners, serials };
  const struct = newer
    ? new Struct(layouts.dcgmCpuHierarchy_v2.size, versionWords.dcgmCpuHierarchy_version2)
    : new Struct(layouts.dcgmCpuHierarchy_v1.size, versionWords.dcgmCpuHierarchy_version1);
  const status = await gate.try(newer ? "dcgmGetCpuHierarchy_v2" : "dcgmGetCpuHierarchy", handle, struct.bytes);
  if (status !== 0) return { owners, serials };
  for (let index = 0; index < struct.uint32(layouts.dcgmCpuHierarchy_v2.numCpus); index++) {
    const at = layouts.dcgmCpuHierarchy_v2.cpus + index * (newer ? CPU_BYTES.v2 : CPU_BYTES.v1);
    const cpu = struct.uint32(at);
    if (newer) serials.set(cpu, struct.text(at + CPU_SERIAL_AT, 256));
    for (let core = 0; core < MOST_CORES; core++) {
      const byte = struct.bytes[at + CPU_CORES_AT + (core >>> 3)]!;
      if ((byte & (1 << (core & 7))) !== 0) owners.set(core, cpu);
    }
  }
  return { owners, serials };
}
