import type { AttributesInput, AttributeValue } from "@tracecore/core/pdata";
import type { Entity, EntityKey } from "../engine/entity.ts";

/** A device and how it is named in telemetry. */
export interface Device {
  readonly entity: Entity;
  /** Stays the same over reconnects and renumbering where the device has a UUID. */
  readonly key: string;
  /** The GPU that it is or lies in. */
  readonly gpu: Entity | undefined;
  /** On every point of the device. */
  readonly attributes: AttributesInput;
  /** Labels of dcgm-exporter without the name of the host. */
  readonly exporterLabels: Readonly<Record<string, string>>;
}

/** How identifiers are shown. */
export interface IdentityOptions {
  readonly identifiers: "plain" | "hashed" | "index";
  readonly salt: string | undefined;
  /** The engine's name, where there is more than one. */
  readonly endpoint: string | undefined;
}

/** A number for each entity that an engine can have: group, then id. */
export function entityNumber({ group, id }: EntityKey): number {
  return group * 2 ** 32 + id;
}

/** Names the devices of an engine. */
export function namedDevices(entities: readonly Entity[], options: IdentityOptions): Device[] {
  const byNumber = new Map(entities.map((entity) => [entityNumber(entity), entity]));
  const parentOf = ({ parent }: Entity): Entity | undefined =>
    parent === undefined ? undefined : byNumber.get(entityNumber(parent));
  return entities.map((entity) => {
    const gpu = gpuOf(entity, parentOf);
    return {
      entity,
      key: keyOf(entity, gpu, options.endpoint),
      gpu,
      attributes: {
        ...attributesOf(entity, gpu, parentOf(entity), options),
        ...(options.endpoint !== undefined && { "nvidia.dcgm.endpoint": options.endpoint }),
      },
      exporterLabels: {
        ...exporterLabels(entity, gpu, parentOf(entity), options),
        ...(options.endpoint !== undefined && { endpoint: options.endpoint }),
      },
    };
  });
}

function gpuOf(entity: Entity, parentOf: (entity: Entity) => Entity | undefined): Entity | undefined {
  for (let one: Entity | undefined = entity; one !== undefined; one = parentOf(one)) {
    if (one.kind === "gpu") return one;
  }
  return undefined;
}

function keyOf(entity: Entity, gpu: Entity | undefined, endpoint = ""): string {
  if (entity.uuid !== undefined) return entity.uuid;
  const { kind, id, mig } = entity;
  if (mig !== undefined && gpu?.uuid !== undefined) {
    return `${gpu.uuid}/${mig.instanceId}/${mig.computeInstanceId ?? ""}`;
  }
  return `${endpoint}/${gpu?.uuid ?? ""}/${kind}/${id}`;
}

/** The identifier of a device as it is shown: itself, a hash of it, or a number. */
export function shownId(entity: Entity, { identifiers, salt }: IdentityOptions): string {
  const plain = entity.uuid ?? `${entity.kind}${entity.id}`;
  if (identifiers === "plain") return plain;
  return identifiers === "index" ? `${entity.kind}${entity.id}` : hashed(plain, salt);
}

/** The PCI address as it is shown; undefined where it is not to be. */
export function shownBusId({ pciBusId }: Entity, options: IdentityOptions): string | undefined {
  return pciBusId === undefined ? undefined : shownText(pciBusId, options);
}

/** A text that tells devices apart, as it is shown; undefined where it is not to be. */
export function shownText(text: string, { identifiers, salt }: IdentityOptions): string | undefined {
  if (identifiers === "index") return undefined;
  return identifiers === "plain" ? text : hashed(text, salt);
}

function hashed(text: string, salt = ""): string {
  const { createHmac } = process.getBuiltinModule("node:crypto");
  return createHmac("sha256", salt).update(text).digest("hex").slice(0, 16);
}

function attributesOf(
  entity: Entity,
  gpu: Entity | undefined,
  parent: Entity | undefined,
  options: IdentityOptions,
): Record<string, AttributeValue> {
  const { kind, id, mig, linkIndex } = entity;
  const onGpu: Record<string, AttributeValue> =
    gpu === undefined ? {} : { "hw.id": shownId(gpu, options), "nvidia.gpu.index": gpu.id };
  switch (kind) {
    case "gpu":
      return onGpu;
    case "gpu_instance":
    case "compute_instance":
      return {
        ...onGpu,
        "hw.id": instanceId(entity, gpu, options),
        ...(gpu !== undefined && { "hw.parent": shownId(gpu, options) }),
        ...(mig?.profile !== undefined && { "nvidia.gpu.mig.profile": mig.profile }),
        ...(mig !== undefined && { "nvidia.gpu.mig.gi_id": mig.instanceId }),
        ...(mig?.computeInstanceId !== undefined && { "nvidia.gpu.mig.ci_id": mig.computeInstanceId }),
      };
    case "link":
      return {
        ...onGpu,
        ...(parent?.kind === "switch" && { "nvidia.nvswitch.id": parent.id, "hw.id": shownId(parent, options) }),
        "nvidia.nvlink.id": linkIndex ?? id,
      };
    case "switch":
      return { "hw.id": shownId(entity, options), "nvidia.nvswitch.id": id };
    case "vgpu":
      return { "hw.id": shownId(entity, options), ...(gpu !== undefined && { "hw.parent": shownId(gpu, options) }) };
    case "cpu":
      return { "hw.id": `cpu${id}` };
    case "cpu_core":
      return { "hw.id": `core${id}`, ...(parent !== undefined && { "hw.parent": `cpu${parent.id}` }) };
    case "connectx":
      return { "hw.id": shownId(entity, options) };
    case "none":
      return {};
  }
}

/** A MIG instance has a UUID of its own only where the driver gives one. */
function instanceId(entity: Entity, gpu: Entity | undefined, options: IdentityOptions): string {
  if (entity.uuid !== undefined) return shownId(entity, options);
  const { mig } = entity;
  const ci = mig?.computeInstanceId === undefined ? "" : `/${mig.computeInstanceId}`;
  const parent = gpu === undefined ? "" : `${shownId(gpu, options)}/`;
  return `${parent}${mig?.instanceId ?? entity.id}${ci}`;
}

/** The labels that dcgm-exporter 4.8 writes for each kind of device. */
function exporterLabels(
  entity: Entity,
  gpu: Entity | undefined,
  parent: Entity | undefined,
  options: IdentityOptions,
): Record<string, string> {
  const { kind, id, mig, linkIndex } = entity;
  switch (kind) {
    case "link":
      return {
        nvlink: String(linkIndex ?? id),
        ...(parent?.kind === "switch" && { nvswitch: `nvswitch${parent.id}` }),
        ...(gpu !== undefined && {
          gpu: String(gpu.id),
          gpu_uuid: shownId(gpu, options),
          device: `nvidia${gpu.id}`,
          ...(gpu.name !== undefined && { model_name: gpu.name }),
        }),
      };
    case "switch":
      return { nvswitch: `nvswitch${id}` };
    case "cpu":
      return { cpu: String(id) };
    case "cpu_core":
      return { cpucore: String(id), cpu: String(parent?.id ?? "") };
    case "gpu":
    case "gpu_instance":
    case "compute_instance":
    case "vgpu":
    case "connectx":
    case "none": {
      if (gpu === undefined) return {};
      const busId = shownBusId(gpu, options);
      return {
        gpu: String(gpu.id),
        UUID: shownId(gpu, options),
        device: `nvidia${gpu.id}`,
        modelName: gpu.name ?? "",
        ...(busId !== undefined && { pci_bus_id: busId }),
        ...(mig !== undefined && { GPU_I_PROFILE: mig.profile ?? "", GPU_I_ID: String(mig.instanceId) }),
      };
    }
  }
}

/** How many there are of each kind, for people. */
export function summary(devices: readonly Device[]): string {
  const counts = new Map<string, number>();
  for (const { entity } of devices) counts.set(entity.kind, (counts.get(entity.kind) ?? 0) + 1);
  return [...counts].map(([kind, count]) => `${count} ${kind}`).join(", ");
}
