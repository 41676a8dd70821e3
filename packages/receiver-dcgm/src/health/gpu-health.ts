import type { LogRecord, Resource, Scope, Series } from "@tracecore/core/pdata";
import type { Device } from "../emit/device.ts";
import type { PointWriter } from "../emit/point-writer.ts";
import type { HealthReport, HealthSystem } from "../engine/health-report.ts";
import type { FamilyMaker } from "../emit/point-writer.ts";
import {
  gpuStatus,
  reasonAdvice,
  states,
  type GpuStatus,
  type HealthFinding,
  type Reason,
  type State,
} from "./gpu-status.ts";

const systemReasons: Readonly<Record<HealthSystem, Reason>> = {
  pcie: "health_pcie",
  nvlink: "health_nvlink",
  pmu: "health_pmu",
  mcu: "health_mcu",
  memory: "health_memory",
  sm: "health_sm",
  inforom: "health_inforom",
  thermal: "health_thermal",
  power: "health_power",
  driver: "health_driver",
  nvswitch_nonfatal: "health_nvswitch",
  nvswitch_fatal: "health_nvswitch",
  connectx: "health_connectx",
  unknown: "health_driver",
};

const severities = { ok: 9, degraded: 13, predicted_failure: 17, failed: 21 } as const satisfies Record<State, number>;

interface Known {
  readonly series: Map<State, Series>;
  readonly reasonSeries: Map<Reason, Series>;
  shown: GpuStatus | undefined;
}

export interface HealthOptions {
  readonly make: FamilyMaker;
  readonly resource: Resource;
  readonly scope: Scope;
}

/** What is known of a GPU on a tick. */
export interface GpuReading {
  readonly device: Device;
  readonly lost: boolean;
  readonly criticalXid: boolean;
  /** Field values, as read. */
  readonly values: ReadonlyMap<number, number>;
}

/** Derives `hw.status` of each GPU, says why, and writes a log record when it changes. */
export class GpuHealth {
  readonly #options: HealthOptions;
  readonly #known = new Map<string, Known>();
  #findings = new Map<string, HealthFinding[]>();
  #records: LogRecord[] = [];

  constructor(options: HealthOptions) {
    this.#options = options;
  }

  /** Takes what DCGM's own checks found. */
  setReport(report: HealthReport | undefined): void {
    this.#findings = new Map();
    for (const { group, id, system, result, message } of report?.incidents ?? []) {
      if (result === "pass") continue;
      const key = `${group}/${id}`;
      const there = this.#findings.get(key) ?? [];
      there.push({ reason: systemReasons[system], severity: result === "fail" ? "failure" : "warning", message });
      this.#findings.set(key, there);
    }
  }

  /** Writes the status of these GPUs, and ends that of GPUs that are not among them. */
  write(writer: PointWriter, readings: readonly GpuReading[], nowNs: bigint): void {
    const keys = new Set(readings.map(({ device }) => device.key));
    for (const [key, known] of this.#known) {
      if (keys.has(key)) continue;
      this.#known.delete(key);
      for (const series of [...known.series.values(), ...known.reasonSeries.values()]) {
        writer.end(series);
        writer.release(1);
      }
    }
    for (const reading of readings) this.#writeOne(writer, reading, nowNs);
  }

  #writeOne(writer: PointWriter, { device, lost, values, criticalXid }: GpuReading, nowNs: bigint): void {
    const findings = this.#findings.get(`${device.entity.group}/${device.entity.id}`) ?? [];
    const status = gpuStatus({ lost, values, findings, criticalXid });
    const known = this.#knownOf(device);
    const before = known.shown;
    known.shown = status;
    if (before === undefined ? status.state !== "ok" : isChanged(before, status)) {
      this.#records.push(this.#record(device, status, findings, nowNs));
    }
    const { make } = this.#options;
    const family = make.upDownCounter("hw.status", "1", statusText);
    for (const state of states) {
      let series = known.series.get(state);
      if (series === undefined) {
        series = writer.series(family, { ...device.attributes, "hw.type": "gpu", "hw.state": state });
        if (series === undefined) continue;
        known.series.set(state, series);
      }
      writer.add(series, state === status.state ? 1 : 0, { integer: true });
    }
    const reasonFamily = make.upDownCounter("nvidia.gpu.health.reason", "1", reasonText);
    for (const reason of status.reasons) {
      if (known.reasonSeries.has(reason)) continue;
      const series = writer.series(reasonFamily, { ...device.attributes, "nvidia.gpu.health.reason": reason });
      if (series !== undefined) known.reasonSeries.set(reason, series);
    }
    for (const [reason, series] of known.reasonSeries) {
      writer.add(series, status.reasons.includes(reason) ? 1 : 0, { integer: true });
    }
  }

  #knownOf({ key }: Device): Known {
    let known = this.#known.get(key);
    if (known === undefined) {
      known = { series: new Map(), reasonSeries: new Map(), shown: undefined };
      this.#known.set(key, known);
    }
    return known;
  }

  #record(device: Device, status: GpuStatus, findings: readonly HealthFinding[], nowNs: bigint): LogRecord {
    const { resource, scope } = this.#options;
    const details = [
      ...status.reasons.filter((reason) => !reason.startsWith("health_")).map(reasonAdvice),
      ...findings.map(({ message }) => message),
    ];
    const why = status.reasons.length === 0 ? "" : ` (${status.reasons.join(", ")})`;
    return {
      resource,
      scope,
      timeUnixNano: nowNs,
      severityNumber: severities[status.state],
      severityText: status.state === "ok" ? "INFO" : status.state.toUpperCase(),
      body: `GPU ${device.entity.id} is ${status.state}${why}${details.length === 0 ? "" : `. ${details.join(" ")}`}`,
      eventName: "hw.status",
      attributes: {
        ...device.attributes,
        "hw.state": status.state,
        "nvidia.gpu.health.reasons": [...status.reasons],
      },
    };
  }

  takeRecords(): readonly LogRecord[] {
    const records = this.#records;
    this.#records = [];
    return records;
  }
}

const statusText = "State of the GPU: 1 for the one that applies.";
const reasonText = "Why the state is not ok: 1 while the reason holds.";

function isChanged(a: GpuStatus, b: GpuStatus): boolean {
  return a.state !== b.state || a.reasons.join() !== b.reasons.join();
}
