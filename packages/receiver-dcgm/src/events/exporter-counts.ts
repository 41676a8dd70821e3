import type { Series } from "@tracecore/core/pdata";
import type { DcgmConfig } from "../config.ts";
import type { Device } from "../emit/device.ts";
import type { PointWriter } from "../emit/point-writer.ts";
import type { ComputedCounter } from "../fields/counters-file.ts";
import type { ExtraLabels, OutputMaker } from "../naming/output-maker.ts";
import { SlidingCounts } from "./sliding-counts.ts";
import { preparedXids } from "./xid-catalogue.ts";

/** What dcgm-exporter calls the bits of field 112. */
const clockEvents: readonly (readonly [number, string])[] = [
  [0x1, "gpu_idle"],
  [0x2, "clocks_setting"],
  [0x4, "power_cap"],
  [0x8, "hw_slowdown"],
  [0x10, "sync_boost"],
  [0x20, "sw_thermal"],
  [0x40, "hw_thermal"],
  [0x80, "hw_power_brake"],
  [0x100, "display_clocks"],
];

export interface ExporterCountsOptions {
  readonly maker: OutputMaker;
  /** The lines of the counters file that ask for them. */
  readonly computed: readonly ComputedCounter[];
  readonly startNs: bigint;
  readonly windows: Pick<DcgmConfig, "xid_window" | "clock_events_window">;
}

/** One of the two kinds of events: how often each was there in the window, and since the start. */
interface Tally {
  readonly window: SlidingCounts<string>;
  readonly totals: Map<string, number>;
}

interface DeviceCounts {
  device: Device;
  readonly xids: Tally;
  readonly clocks: Tally;
  /** Bits of field 112 at the last read; undefined before the first one. */
  lastClocks: number | undefined;
  /** By metric and event. */
  series: Map<string, Series>;
}

/** The metrics that dcgm-exporter computes from XIDs and clock events, for those whose counters file asks for them. */
export class ExporterCounts {
  readonly #options: ExporterCountsOptions;
  readonly #devices = new Map<string, DeviceCounts>();

  constructor(options: ExporterCountsOptions) {
    this.#options = options;
  }

  get #isOn(): boolean {
    return this.#options.computed.length > 0 && this.#options.maker.exporterNamings.length > 0;
  }

  /** Learns which devices there are, and ends the series of those that are gone. */
  setDevices(devices: readonly Device[], writer: PointWriter): void {
    if (!this.#isOn) return;
    const wanted = devices.filter(
      ({ entity: { kind }, gpu }) => gpu !== undefined && kind !== "link" && kind !== "vgpu",
    );
    const keys = new Set(wanted.map(({ key }) => key));
    for (const [key, known] of this.#devices) {
      if (keys.has(key)) continue;
      this.#devices.delete(key);
      this.#end(known, writer);
    }
    for (const device of wanted) {
      const known = this.#devices.get(device.key);
      if (known === undefined) this.#devices.set(device.key, this.#newCounts(device));
      else {
        // The labels may be others now.
        this.#end(known, writer);
        known.device = device;
      }
    }
  }

  #newCounts(device: Device): DeviceCounts {
    const { xid_window: xidWindow, clock_events_window: clocksWindow } = this.#options.windows;
    const isGpu = device.entity.kind === "gpu";
    const zeros = (names: readonly string[]): Map<string, number> =>
      new Map(isGpu ? names.map((name) => [name, 0]) : []);
    return {
      device,
      xids: { window: new SlidingCounts(xidWindow), totals: zeros(preparedXids().map(String)) },
      clocks: { window: new SlidingCounts(clocksWindow), totals: zeros(clockEvents.map(([, name]) => name)) },
      lastClocks: undefined,
      series: new Map(),
    };
  }

  noteXid({ key }: Device, code: number, nowMs: number): void {
    const known = this.#devices.get(key);
    if (known === undefined) return;
    known.xids.window.add(String(code), nowMs);
    add(known.xids.totals, String(code));
  }

  /** Takes the reasons that a GPU gives for its clocks now. What held at the first read began before it, and is no event. */
  noteClocks({ key }: Device, bits: number, nowMs: number): void {
    const known = this.#devices.get(key);
    if (known === undefined) return;
    const begun = known.lastClocks === undefined ? 0 : bits & ~known.lastClocks;
    known.lastClocks = bits;
    for (const [bit, name] of clockEvents) {
      if ((bits & bit) !== 0) known.clocks.window.add(name, nowMs);
      if ((begun & bit) !== 0) add(known.clocks.totals, name);
    }
  }

  /** Writes what is counted; while nobody listens, what is in the window is not known, and totals stay as they are. */
  write(writer: PointWriter, nowMs: number, labels: ReadonlyMap<string, ExtraLabels>, isListening: boolean): void {
    const { maker, computed } = this.#options;
    for (const known of this.#devices.values()) {
      const written = new Map<string, Series>();
      // All namings call them the same: they are shown once, or sums over them would be twice what they should be.
      const common = maker.exporterLabels(known.device, maker.exporterNamings[0]!, labels.get(known.device.key) ?? {});
      for (const counter of computed) {
        if (!counter.cumulative && !isListening) continue;
        if (counter.event === "clock" && known.device.entity.kind !== "gpu") continue;
        this.#writeOne({ writer, nowMs, known, counter, common, written });
      }
      for (const [key, series] of known.series) if (!written.has(key)) endSeries(series, writer);
      known.series = written;
    }
  }

  #writeOne(one: {
    readonly writer: PointWriter;
    readonly nowMs: number;
    readonly known: DeviceCounts;
    readonly counter: ComputedCounter;
    readonly common: Readonly<Record<string, string>>;
    readonly written: Map<string, Series>;
  }): void {
    const { writer, nowMs, known, counter, common, written } = one;
    const { maker, startNs, windows } = this.#options;
    const { name, type, help, event, cumulative } = counter;
    const tally = event === "xid" ? known.xids : known.clocks;
    const label = event === "xid" ? "xid" : "clock_event";
    const window = { window_size_in_ms: String(event === "xid" ? windows.xid_window : windows.clock_events_window) };
    const counts = cumulative ? tally.totals : tally.window.counts(nowMs);
    // Without an event in the window dcgm-exporter shows a 0 without the label of the event.
    const rows: Iterable<readonly [string, number]> = !cumulative && counts.size === 0 ? [["", 0]] : counts;
    const family = type === "counter" ? maker.verbatim.counter(name, "", help) : maker.verbatim.gauge(name, "", help);
    for (const [what, count] of rows) {
      const key = `${name} ${what}`;
      const series =
        known.series.get(key) ??
        writer.series(family, { ...common, ...(!cumulative && window), ...(what !== "" && { [label]: what }) });
      if (series === undefined) continue;
      written.set(key, series);
      writer.add(series, count, { integer: true, ...(type === "counter" && { startTimeUnixNano: startNs }) });
    }
  }

  #end(known: DeviceCounts, writer: PointWriter): void {
    for (const series of known.series.values()) endSeries(series, writer);
    known.series = new Map();
  }
}

function add(totals: Map<string, number>, name: string): void {
  totals.set(name, (totals.get(name) ?? 0) + 1);
}

function endSeries(series: Series, writer: PointWriter): void {
  writer.end(series);
  writer.release(1);
}
