import type { AttributesInput, LogRecord, PointOptions, Resource, Scope, Series } from "@tracecore/core/pdata";
import type { DcgmConfig } from "../config.ts";
import type { Device } from "../emit/device.ts";
import type { PointWriter } from "../emit/point-writer.ts";
import type { OutputMaker, ExtraLabels } from "../naming/output-maker.ts";
import type { Naming } from "../naming/namings.ts";
import type { ComputedCounter } from "../fields/counters-file.ts";
import { ExporterCounts } from "./exporter-counts.ts";
import { adviceOf, isNvlink5, preparedXids, xidMeaning, type Nvlink5Meaning, type Severity } from "./xid-catalogue.ts";

/** A fault that a device reported. */
export interface DeviceEvent {
  readonly kind: "xid" | "sxid";
  readonly device: Device;
  readonly code: number;
  /** By the clock of whoever reported it. */
  readonly timestampUs: number;
  readonly source: "dcgm" | "kernel_log";
  /** Of NVLink 5 events, where the kernel log told it. */
  readonly nvlink5?: Nvlink5Meaning | undefined;
  readonly link?: number | undefined;
  readonly processId?: number | undefined;
  /** Of an SXID. */
  readonly fatal?: boolean | undefined;
}

/** Severity numbers of OpenTelemetry. */
const severityNumbers: Readonly<Record<Severity, number>> = { info: 9, warning: 13, error: 17, critical: 21 };

/** Two sources report one event within this time, µs. */
const SAME_EVENT_US = 2_000_000;
/** Events remembered so that none counts twice. */
const MAX_REMEMBERED = 4096;

interface CodeCount {
  count: number;
  series: Series | undefined;
}

interface DeviceState {
  device: Device;
  readonly counts: Map<string, CodeCount>;
  /** What the gauge of dcgm-exporter shows, by naming. */
  readonly gauges: Map<Naming, Series>;
  lastCode: number;
  lastMs: number;
}

export interface EventOptions {
  readonly maker: OutputMaker;
  readonly resource: Resource;
  readonly scope: Scope;
  readonly startNs: bigint;
  readonly windows: Pick<DcgmConfig, "xid_window" | "clock_events_window">;
  /** What the counters file wants counted under names of dcgm-exporter. */
  readonly computed: readonly ComputedCounter[];
}

/** The reasons that a GPU gives for its clocks, bits. */
export const CLOCK_EVENTS = 112;

/** Counts XID and SXID events, each once, and turns them into log records. */
export class DeviceEvents {
  readonly #options: EventOptions;
  readonly #devices = new Map<string, DeviceState>();
  /** `gpu kind code` and its times and sources. */
  readonly #remembered: { key: string; us: number; source: string }[] = [];
  readonly #point: PointOptions;
  /** GPUs with a critical event since their last reset, by key. */
  readonly critical: Set<string> = new Set<string>();
  #records: LogRecord[] = [];
  readonly #exporterCounts: ExporterCounts;

  constructor(options: EventOptions) {
    this.#options = options;
    this.#exporterCounts = new ExporterCounts(options);
    this.#point = { startTimeUnixNano: options.startNs, integer: true };
  }

  /** Learns which devices there are, so that their counters begin at 0. */
  setDevices(devices: readonly Device[], writer: PointWriter): void {
    this.#exporterCounts.setDevices(devices, writer);
    const keys = new Set(devices.map(({ key }) => key));
    for (const [key, state] of this.#devices) if (!keys.has(key)) this.#forget(key, state, writer);
    for (const device of devices) {
      const { kind } = device.entity;
      if (kind !== "gpu" && kind !== "switch") continue;
      const state = this.#state(device);
      if (kind === "gpu") for (const code of preparedXids()) this.#count(state, "xid", code, undefined, undefined);
      else for (const fatal of [true, false]) this.#count(state, "sxid", 0, undefined, fatal);
    }
  }

  #forget(key: string, state: DeviceState, writer: PointWriter): void {
    this.#devices.delete(key);
    this.critical.delete(key);
    for (const { series } of state.counts.values()) endSeries(series, writer);
    for (const series of state.gauges.values()) endSeries(series, writer);
  }

  /** Takes an event; false when it was counted before. */
  take(event: DeviceEvent, nowMs: number): boolean {
    if (this.#isKnown(event)) return false;
    const { device, kind, code, nvlink5, fatal } = event;
    const state = this.#state(device);
    this.#count(state, kind, code, nvlink5?.unit, fatal).count++;
    state.lastCode = code;
    state.lastMs = nowMs;
    if (kind === "xid") this.#exporterCounts.noteXid(device, code, nowMs);
    if (kind === "xid" && (nvlink5?.severity ?? xidMeaning(code).severity) === "critical") {
      this.critical.add(device.gpu?.uuid ?? device.key);
    }
    this.#records.push(kind === "xid" ? this.#xidRecord(event) : this.#sxidRecord(event));
    return true;
  }

  /** Takes what `clocksOf` says of the devices that were read. */
  takeClocks(devices: readonly Device[], clocksOf: (key: string) => number | undefined, nowMs: number): void {
    for (const device of devices) {
      const bits = device.entity.kind === "gpu" ? clocksOf(device.key) : undefined;
      if (bits !== undefined) this.#exporterCounts.noteClocks(device, bits, nowMs);
    }
  }

  /** The same sample again, the same event on an instance and on its GPU, or the other source's word for it. */
  #isKnown({ device, kind, code, timestampUs, source }: DeviceEvent): boolean {
    const key = `${device.gpu?.uuid ?? device.key} ${kind} ${code}`;
    const known = this.#remembered.some(
      (other) =>
        other.key === key &&
        (other.source === source ? other.us === timestampUs : Math.abs(other.us - timestampUs) <= SAME_EVENT_US),
    );
    if (known) return true;
    this.#remembered.push({ key, us: timestampUs, source });
    if (this.#remembered.length > MAX_REMEMBERED) this.#remembered.shift();
    return false;
  }

  #state(device: Device): DeviceState {
    let state = this.#devices.get(device.key);
    if (state === undefined) {
      state = { device, counts: new Map(), gauges: new Map(), lastCode: 0, lastMs: Number.NEGATIVE_INFINITY };
      this.#devices.set(device.key, state);
    }
    state.device = device;
    return state;
  }

  #count(
    { counts }: DeviceState,
    kind: "xid" | "sxid",
    code: number,
    unit: string | undefined,
    fatal: boolean | undefined,
  ): CodeCount {
    const key = `${kind} ${code} ${unit ?? ""} ${fatal ?? ""}`;
    let count = counts.get(key);
    if (count === undefined) {
      count = { count: 0, series: undefined };
      counts.set(key, count);
    }
    return count;
  }

  /** Writes the counters and the gauge of dcgm-exporter, whose 0 says that there was no event: who does not listen cannot say so. */
  write(writer: PointWriter, nowMs: number, labels: ReadonlyMap<string, ExtraLabels>, isListening: boolean): void {
    const { maker, windows } = this.#options;
    this.#exporterCounts.write(writer, nowMs, labels, isListening);
    for (const state of this.#devices.values()) {
      const { device, counts } = state;
      if (maker.hasOtel) {
        for (const [key, one] of counts) {
          one.series ??= this.#counterSeries(writer, device, key);
          if (one.series !== undefined) writer.add(one.series, one.count, this.#point);
        }
      }
      if (device.entity.kind === "switch") continue;
      const code = nowMs - state.lastMs <= windows.xid_window ? state.lastCode : 0;
      if (code === 0 && !isListening) {
        for (const series of state.gauges.values()) endSeries(series, writer);
        state.gauges.clear();
        continue;
      }
      for (const naming of maker.exporterNamings)
        this.#writeGauge(writer, state, naming, code, labels.get(device.key) ?? {});
    }
  }

  #counterSeries(writer: PointWriter, device: Device, key: string): Series | undefined {
    const { otel } = this.#options.maker;
    const [kind, code, unit, fatal] = key.split(" ");
    if (kind === "xid") {
      const family = otel.counter("nvidia.gpu.xid.errors", "{error}", "XID events by code.");
      return writer.series(family, {
        ...device.attributes,
        "nvidia.xid.code": Number(code),
        ...(unit !== "" && { "nvidia.xid.subcode": unit! }),
      });
    }
    const family = otel.counter("nvidia.nvswitch.sxid.errors", "{error}", "SXID events by code.");
    return writer.series(family, {
      ...device.attributes,
      "nvidia.sxid.code": Number(code),
      "nvidia.sxid.severity": fatal === "true" ? "fatal" : "nonfatal",
    });
  }

  /** dcgm-exporter shows the last code as the value, and its text as a label: a new code is a new series. */
  #writeGauge(writer: PointWriter, state: DeviceState, naming: Naming, code: number, extraLabels: ExtraLabels): void {
    const { maker } = this.#options;
    const name = naming === "dcgm-exporter-4.9" ? "DCGM_FI_DEV_XID_ERROR" : "DCGM_FI_DEV_XID_ERRORS";
    const family = maker.verbatim.gauge(name, "", "Value of the last XID event, 0 when there was none lately.");
    const there = state.gauges.get(naming);
    const text = String(code);
    if (there !== undefined && there.attributes.get("err_code") === text) {
      writer.add(there, code);
      return;
    }
    if (there !== undefined) {
      endSeries(there, writer);
      state.gauges.delete(naming);
    }
    const series = writer.series(family, {
      ...maker.exporterLabels(state.device, naming, extraLabels),
      err_code: text,
      err_msg: code === 0 ? "No Error" : xidMeaning(code).description,
    });
    if (series === undefined) return;
    state.gauges.set(naming, series);
    writer.add(series, code);
  }

  /** The records since the last call. */
  takeRecords(): readonly LogRecord[] {
    const records = this.#records;
    this.#records = [];
    return records;
  }

  #xidRecord(event: DeviceEvent): LogRecord {
    const { device, code, nvlink5, link, processId } = event;
    const meaning = xidMeaning(code);
    const severity = nvlink5?.severity ?? meaning.severity;
    const action = nvlink5?.action ?? meaning.action;
    const where = nvlink5 === undefined ? "" : ` in ${nvlink5.unit}`;
    return this.#record(event, severity, "nvidia.gpu.xid", {
      body: `${nameOf(device)}: XID ${code}${where}: ${meaning.description}. ${adviceOf(action)}`,
      "nvidia.xid.code": code,
      "nvidia.xid.mnemonic": meaning.mnemonic,
      "nvidia.xid.action": action,
      ...(nvlink5 !== undefined && { "nvidia.xid.subcode": nvlink5.unit, "nvidia.xid.layer": nvlink5.layer }),
      ...(nvlink5 === undefined && isNvlink5(code) && { "nvidia.xid.subcode": "unknown" }),
      ...(link !== undefined && { "nvidia.nvlink.id": link }),
      ...(processId !== undefined && { "process.pid": processId }),
    });
  }

  #sxidRecord(event: DeviceEvent): LogRecord {
    const { device, code, fatal, link } = event;
    const advice = fatal === true ? "Jobs on its GPUs fail: drain the node and reset GPUs and switches." : "Watch it.";
    return this.#record(event, fatal === true ? "critical" : "warning", "nvidia.nvswitch.sxid", {
      body: `${nameOf(device)}: ${fatal === true ? "fatal" : "non-fatal"} SXID ${code}. ${advice}`,
      "nvidia.sxid.code": code,
      "nvidia.sxid.severity": fatal === true ? "fatal" : "nonfatal",
      ...(link !== undefined && { "nvidia.nvlink.id": link }),
    });
  }

  #record(
    { device, timestampUs, source }: DeviceEvent,
    severity: Severity,
    eventName: string,
    { body, ...own }: { body: string } & AttributesInput,
  ): LogRecord {
    const { resource, scope } = this.#options;
    return {
      resource,
      scope,
      timeUnixNano: BigInt(Math.round(timestampUs)) * 1000n,
      severityNumber: severityNumbers[severity],
      severityText: severity.toUpperCase(),
      body,
      eventName,
      attributes: { ...device.attributes, ...own, "nvidia.event.source": source },
    };
  }
}

function nameOf({ entity, gpu }: Device): string {
  if (entity.kind === "switch") return `NVSwitch ${entity.id}`;
  const instance = entity.mig === undefined ? "" : ` instance ${entity.mig.instanceId}`;
  return `GPU ${gpu?.id ?? entity.id}${instance}`;
}

function endSeries(series: Series | undefined, writer: PointWriter): void {
  if (series === undefined) return;
  writer.end(series);
  writer.release(1);
}
