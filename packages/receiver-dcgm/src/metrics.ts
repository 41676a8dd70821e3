import type { MetricDefinition, MetricSet } from "@tracecore/core";
import { mappedDefinitions } from "./naming/mapping.ts";

const device = {
  "hw.id": "UUID of the GPU or MIG instance, or another name of the device.",
  "nvidia.gpu.index": "Number of the GPU at the host engine.",
  "nvidia.dcgm.endpoint": "The host engine, where there are several.",
};

const instance = {
  "hw.parent": "The GPU of an instance.",
  "nvidia.gpu.mig.profile": "For example `1g.10gb`.",
  "nvidia.gpu.mig.gi_id": "GPU instance.",
};

const endpoint = { "nvidia.dcgm.endpoint": "The host engine, where there are several." };

/** The metrics that no field maps to. */
const own: Readonly<Record<string, MetricDefinition>> = {
  "hw.status": {
    kind: "sum",
    unit: "1",
    description: "State of the GPU: 1 for the one that applies.",
    attributes: { "hw.type": "`gpu`.", "hw.state": "`ok`, `degraded`, `failed` or `predicted_failure`.", ...device },
  },
  "nvidia.gpu.health.reason": {
    kind: "sum",
    unit: "1",
    description: "Why the state is not ok: 1 while the reason holds.",
    attributes: { "nvidia.gpu.health.reason": "One of a closed list of words.", ...device },
  },
  "nvidia.gpu.info": {
    kind: "sum",
    unit: "1",
    description: "What a GPU is.",
    attributes: {
      "hw.vendor": "`NVIDIA`.",
      "hw.model": "Model.",
      "hw.driver_version": "Version of the driver.",
      "hw.bios_version": "Version of the VBIOS.",
      "hw.serial_number": "Of the board, with `serial_numbers: true`.",
      "nvidia.gpu.pci.bus_id": "PCI address.",
      ...device,
    },
  },
  "nvidia.gpu.mig.info": {
    kind: "sum",
    unit: "1",
    description: "What a MIG instance is.",
    attributes: { ...device, ...instance },
  },
  "tracecore.dcgm.up": {
    kind: "sum",
    unit: "1",
    description: "Whether the host engine answered in the last interval: 1 or 0.",
    attributes: endpoint,
  },
  "tracecore.dcgm.info": {
    kind: "sum",
    unit: "1",
    description: "Versions of libdcgm and of the host engine.",
    attributes: {
      "tracecore.dcgm.library.version": "Of libdcgm.",
      "tracecore.dcgm.engine.version": "Of the host engine.",
      ...endpoint,
    },
  },
  "tracecore.dcgm.sample.age": {
    kind: "gauge",
    unit: "s",
    description: "Age of the oldest sample of a GPU.",
    attributes: device,
  },
  "tracecore.dcgm.values.dropped": {
    kind: "sum",
    monotonic: true,
    unit: "{value}",
    description: "Samples that were not passed on.",
    attributes: {
      "nvidia.dcgm.field.id": "The field.",
      "tracecore.dcgm.drop.reason":
        "`stale`, `blank`, `not_supported`, `no_permission`, `error`, `impossible`, `profiling_zero` or `paused`.",
      ...endpoint,
    },
  },
  "tracecore.dcgm.reconnects": {
    kind: "sum",
    monotonic: true,
    unit: "{event}",
    description: "Sessions opened after the first one.",
    attributes: endpoint,
  },
  "tracecore.dcgm.watch_failures": {
    kind: "sum",
    monotonic: true,
    unit: "{event}",
    description: "Watches that the engine refused.",
    attributes: endpoint,
  },
  "tracecore.dcgm.profiling.heals": {
    kind: "sum",
    monotonic: true,
    unit: "{event}",
    description: "Times that profiling was set up anew because it gave only zeros.",
    attributes: endpoint,
  },
};

let definitions: Readonly<Record<string, MetricDefinition>> | undefined;

/** The metrics under OpenTelemetry names. Read from the tables when somebody first asks. */
export const metrics: MetricSet = {
  get definitions() {
    definitions ??= { ...mappedDefinitions({ ...device, ...instance }), ...own };
    return definitions;
  },
  batch() {
    throw new Error("BUG: batches of this receiver are made series by series. Please report it");
  },
};
