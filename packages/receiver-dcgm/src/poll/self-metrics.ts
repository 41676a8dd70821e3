import type { AttributesInput, Series } from "@tracecore/core/pdata";
import type { Device } from "../emit/device.ts";
import type { FamilyMaker, PointWriter } from "../emit/point-writer.ts";

/** How the connection is. */
export interface SelfState {
  readonly up: boolean;
  readonly reconnects: number;
  /** Age of the oldest sample of each GPU, ms. */
  readonly ages: ReadonlyMap<Device, number>;
}

/** What the receiver says of its engine, in the pipeline beside the values. */
export class SelfMetrics {
  watchFailures = 0;
  profilingHeals = 0;
  readonly #make: FamilyMaker;
  readonly #startNs: bigint;
  readonly #attributes: AttributesInput;
  readonly #series = new Map<string, Series>();
  readonly #ages = new Map<string, Series>();

  constructor(make: FamilyMaker, startNs: bigint, endpoint: string | undefined) {
    this.#make = make;
    this.#startNs = startNs;
    this.#attributes = endpoint === undefined ? {} : { "nvidia.dcgm.endpoint": endpoint };
  }

  write(writer: PointWriter, { up, reconnects, ages }: SelfState): void {
    const make = this.#make;
    const upFamily = make.upDownCounter("tracecore.dcgm.up", "1", upText);
    this.#add(writer, "up", up ? 1 : 0, () => writer.series(upFamily, this.#attributes));
    this.#count(writer, "tracecore.dcgm.reconnects", "Sessions opened after the first one.", reconnects);
    this.#count(writer, "tracecore.dcgm.watch_failures", "Watches that the engine refused.", this.watchFailures);
    const heals = "Times that profiling was set up anew because it gave only zeros.";
    this.#count(writer, "tracecore.dcgm.profiling.heals", heals, this.profilingHeals);
    const ageFamily = make.gauge("tracecore.dcgm.sample.age", "s", "Age of the oldest sample of a GPU.");
    const keys = new Set<string>();
    for (const [device, ageMs] of ages) {
      keys.add(device.key);
      let series = this.#ages.get(device.key);
      if (series === undefined) {
        series = writer.series(ageFamily, device.attributes);
        if (series === undefined) continue;
        this.#ages.set(device.key, series);
      }
      writer.add(series, ageMs / 1000);
    }
    for (const [key, series] of this.#ages) {
      if (keys.has(key)) continue;
      writer.end(series);
      writer.release(1);
      this.#ages.delete(key);
    }
  }

  end(writer: PointWriter): void {
    for (const series of [...this.#series.values(), ...this.#ages.values()]) writer.end(series);
    writer.release(this.#series.size + this.#ages.size);
    this.#series.clear();
    this.#ages.clear();
  }

  #count(writer: PointWriter, name: string, description: string, value: number): void {
    const family = this.#make.counter(name, "{event}", description);
    this.#add(writer, name, value, () => writer.series(family, this.#attributes), this.#startNs);
  }

  #add(
    writer: PointWriter,
    key: string,
    value: number,
    make: () => Series | undefined,
    startTimeUnixNano?: bigint,
  ): void {
    let series = this.#series.get(key);
    if (series === undefined) {
      series = make();
      if (series === undefined) return;
      this.#series.set(key, series);
    }
    writer.add(
      series,
      value,
      startTimeUnixNano === undefined ? { integer: true } : { integer: true, startTimeUnixNano },
    );
  }
}

const upText = "Whether the host engine answered in the last interval: 1 or 0.";
