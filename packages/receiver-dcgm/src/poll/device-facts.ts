import type { Series } from "@tracecore/core/pdata";
import { shownBusId, shownText, type Device, type IdentityOptions } from "../emit/device.ts";
import type { FamilyMaker, PointWriter } from "../emit/point-writer.ts";
import type { EngineSession, EngineVersions } from "../engine/engine.ts";
import type { Field } from "../fields/catalogue.ts";
import { DRIVER_VERSION } from "../fields/select-fields.ts";
import type { ExtraLabels } from "../naming/output-maker.ts";

/** Writes series that say what a device is, once per device and again with each batch. */
export class DeviceFacts {
  readonly #make: FamilyMaker;
  readonly #identity: IdentityOptions;
  readonly #serialNumbers: boolean;
  #series: { readonly series: Series; readonly value: number }[] = [];

  constructor(make: FamilyMaker, identity: IdentityOptions, serialNumbers: boolean) {
    this.#make = make;
    this.#identity = identity;
    this.#serialNumbers = serialNumbers;
  }

  /** Takes the devices that there are now. */
  set(writer: PointWriter, devices: readonly Device[], versions: EngineVersions): void {
    this.end(writer);
    const make = this.#make;
    const add = (series: Series | undefined, value: number): void => {
      if (series !== undefined) this.#series.push({ series, value });
    };
    const endpoint = this.#identity.endpoint === undefined ? {} : { "nvidia.dcgm.endpoint": this.#identity.endpoint };
    const count = devices.filter(({ entity }) => entity.kind === "gpu").length;
    add(
      writer.series(make.upDownCounter("nvidia.gpu.count", "{gpu}", "GPUs that the host engine knows."), endpoint),
      count,
    );
    const engine = make.upDownCounter("tracecore.dcgm.info", "1", "Versions of libdcgm and of the host engine.");
    add(
      writer.series(engine, {
        ...endpoint,
        "tracecore.dcgm.library.version": versions.library,
        "tracecore.dcgm.engine.version": versions.engine,
      }),
      1,
    );
    const gpuInfo = make.upDownCounter("nvidia.gpu.info", "1", "What a GPU is.");
    const migInfo = make.upDownCounter("nvidia.gpu.mig.info", "1", "What a MIG instance is.");
    for (const device of devices) {
      const { entity } = device;
      if (entity.kind === "gpu_instance") add(writer.series(migInfo, device.attributes), 1);
      if (entity.kind !== "gpu") continue;
      const busId = shownBusId(entity, this.#identity);
      const facts = {
        "hw.vendor": "NVIDIA",
        "hw.model": entity.name,
        "hw.driver_version": entity.driverVersion,
        "hw.bios_version": entity.vbios,
        "nvidia.gpu.pci.bus_id": busId,
        "hw.serial_number": this.#serialNumbers ? entity.serial : undefined,
      };
      const known = Object.fromEntries(Object.entries(facts).filter((pair) => pair[1] !== undefined)) as Record<
        string,
        string
      >;
      add(writer.series(gpuInfo, { ...device.attributes, ...known }), 1);
    }
  }

  write(writer: PointWriter): void {
    for (const { series, value } of this.#series) writer.add(series, value, { integer: true });
  }

  end(writer: PointWriter): void {
    for (const { series } of this.#series) {
      writer.end(series);
      writer.release(1);
    }
    this.#series = [];
  }
}

/** Label fields whose text tells devices or their owners apart: serial numbers, UUIDs, addresses, GUIDs. */
const identifying: ReadonlySet<number> = new Set([53, 54, 57, 172, 523, 571, 572, 878]);

/** The texts of label fields of each GPU, by device key. */
export async function labelsOf(
  session: EngineSession,
  devices: readonly Device[],
  fields: readonly Field[],
  identity: IdentityOptions,
): Promise<ReadonlyMap<string, ExtraLabels>> {
  const gpus = devices.filter(({ entity }) => entity.kind === "gpu");
  const labels = new Map<string, Record<string, { name: string; value: string }>>();
  const set = (key: string, { legacyName, name }: Field, value: string): void => {
    const own = labels.get(key) ?? {};
    own[legacyName] = { name, value };
    labels.set(key, own);
  };
  const asked = fields.filter(({ id }) => id !== DRIVER_VERSION);
  const driver = fields.find(({ id }) => id === DRIVER_VERSION);
  if (driver !== undefined) {
    for (const { key, entity } of gpus) if (entity.driverVersion !== undefined) set(key, driver, entity.driverVersion);
  }
  if (asked.length > 0 && gpus.length > 0) {
    const table = await session.readOnce(
      gpus.map(({ entity }) => entity),
      asked.map(({ id }) => id),
      true,
    );
    for (let row = 0; row < table.rows; row++) {
      if (table.condition(row) !== "ok") continue;
      const device = gpus.find(({ entity }) => entity.id === table.entityId(row));
      const field = asked.find(({ id }) => id === table.fieldId(row));
      if (device === undefined || field === undefined) continue;
      const text = field.type === "string" ? table.text(row) : String(table.number(row));
      const shown = identifying.has(field.id) ? shownText(text, identity) : text;
      if (shown !== undefined) set(device.key, field, shown);
    }
  }
  for (const { key, entity, gpu } of devices) {
    if (entity.kind !== "gpu" && gpu?.uuid !== undefined) labels.set(key, labels.get(gpu.uuid) ?? {});
  }
  return labels;
}
