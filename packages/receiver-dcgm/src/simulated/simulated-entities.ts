import { entityGroups, type Entity, noFacts } from "../engine/entity.ts";

/** What the made-up machine consists of. */
export interface MachineOptions {
  readonly gpus: number;
  readonly model: string;
  readonly seed: number;
  /** Whether the last GPU is split, and into which instances: layouts alternate. */
  readonly migLayout: 0 | 1 | undefined;
  readonly lost: ReadonlySet<number>;
}

/** MIG profiles of the two layouts, with the part of the GPU's memory that each has. */
const layouts = [
  [
    { profile: "3g.40gb", profileId: 9, slices: 3, share: 0.5 },
    { profile: "2g.20gb", profileId: 14, slices: 2, share: 0.25 },
    { profile: "1g.10gb", profileId: 19, slices: 1, share: 0.125 },
  ],
  [
    { profile: "4g.40gb", profileId: 5, slices: 4, share: 0.5 },
    { profile: "3g.40gb", profileId: 9, slices: 3, share: 0.5 },
  ],
] as const;

const SWITCHES = 4;

/** The part of a GPU's memory that an instance has; 1 for a whole GPU. */
export function shareOf({ mig }: Entity): number {
  const found = layouts.flat().find(({ profileId }) => profileId === mig?.profileId);
  return found?.share ?? 1;
}

/** The devices of the machine; the same seed gives the same UUIDs. */
export function machineEntities({ gpus, model, seed, migLayout, lost }: MachineOptions): Entity[] {
  const entities: Entity[] = [];
  for (let id = 0; id < gpus; id++) {
    const isSplit = migLayout !== undefined && id === gpus - 1;
    const gpu: Entity = {
      ...noFacts,
      group: entityGroups.gpu,
      id,
      kind: "gpu",
      state: lost.has(id) ? "lost" : "ok",
      uuid: uuidOf("GPU", seed, id),
      name: model,
      serial: String(1_650_000_000_000 + seed * 1000 + id),
      pciBusId: `00000000:${(0x1b + id * 0x10).toString(16).toUpperCase().padStart(2, "0")}:00.0`,
      driverVersion: "570.86.15",
      vbios: "96.00.A5.00.01",
      migEnabled: isSplit,
    };
    entities.push(gpu);
    if (!isSplit || lost.has(id)) continue;
    for (const [index, { profile, profileId, slices }] of layouts[migLayout].entries()) {
      entities.push({
        ...noFacts,
        group: entityGroups.gpu_instance,
        id: id * 8 + index,
        kind: "gpu_instance",
        parent: { group: gpu.group, id },
        state: "ok",
        uuid: uuidOf("MIG", seed, id * 100 + migLayout * 10 + index),
        name: `${model} MIG ${profile}`,
        mig: {
          gpuUuid: gpu.uuid,
          gpuIndex: id,
          instanceId: index + 1,
          computeInstanceId: undefined,
          profileId,
          slices,
          profile,
        },
      });
    }
  }
  if (gpus < 8) return entities;
  for (let id = 0; id < SWITCHES; id++) {
    entities.push({ ...noFacts, group: entityGroups.switch, id, kind: "switch", state: "ok" });
  }
  return entities;
}

function uuidOf(prefix: string, seed: number, id: number): string {
  const { createHash } = process.getBuiltinModule("node:crypto");
  const hex = createHash("sha256").update(`simulated/${prefix}/${seed}/${id}`).digest("hex");
  return `${prefix}-${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}
