/** The numbers that DCGM gives to kinds of entities. */
export const entityGroups = {
  none: 0,
  gpu: 1,
  vgpu: 2,
  switch: 3,
  gpu_instance: 4,
  compute_instance: 5,
  link: 6,
  cpu: 7,
  cpu_core: 8,
  connectx: 9,
} as const;

/** A kind of thing that has fields. */
export type EntityKind = keyof typeof entityGroups;

const kinds = Object.keys(entityGroups) as EntityKind[];

/** The kind of a DCGM entity group; undefined for one that is newer than this list. */
export function entityKind(group: number): EntityKind | undefined {
  return kinds[group];
}

/** Names an entity within an engine. The ids of instances and links change when MIG or the fabric is set up anew. */
export interface EntityKey {
  readonly group: number;
  readonly id: number;
}

/** An entity and what does not change while it exists. Texts are undefined where the engine has none. */
export interface Entity extends EntityKey {
  readonly kind: EntityKind;
  /** The GPU of an instance or link, the GPU instance of a compute instance, the CPU of a core, the switch of its link. */
  readonly parent: EntityKey | undefined;
  readonly state: EntityState;
  /** For a MIG instance its own `MIG-…` UUID where the driver gives one. */
  readonly uuid: string | undefined;
  readonly name: string | undefined;
  readonly serial: string | undefined;
  readonly pciBusId: string | undefined;
  readonly driverVersion: string | undefined;
  readonly vbios: string | undefined;
  readonly mig: MigInstance | undefined;
  /** For a GPU: whether MIG is switched on. */
  readonly migEnabled: boolean | undefined;
  /** For a link: its number on the GPU or switch. */
  readonly linkIndex: number | undefined;
}

/** What DCGM says about an entity as a whole. */
export type EntityState = "ok" | "unknown" | "unsupported" | "inaccessible" | "lost" | "fake" | "disabled" | "detached";

/** Where a MIG instance lies, in the driver's numbers. */
export interface MigInstance {
  readonly gpuUuid: string | undefined;
  readonly gpuIndex: number;
  readonly instanceId: number;
  /** undefined for a GPU instance. */
  readonly computeInstanceId: number | undefined;
  readonly profileId: number;
  readonly slices: number;
  /** For example `1g.10gb`; undefined where the engine has no name for it. */
  readonly profile: string | undefined;
}

/** The facts of an entity of which nothing is known. */
export const noFacts = {
  parent: undefined,
  uuid: undefined,
  name: undefined,
  serial: undefined,
  pciBusId: undefined,
  driverVersion: undefined,
  vbios: undefined,
  mig: undefined,
  migEnabled: undefined,
  linkIndex: undefined,
} as const;
