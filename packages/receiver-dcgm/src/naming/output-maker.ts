import type { MetricFamily, Resource, Scope } from "@tracecore/core/pdata";
import type { Device } from "../emit/device.ts";
import { CounterOutput, ScaledOutput, StatesOutput, YieldingOutput, type Output } from "../emit/outputs.ts";
import { FamilyMaker, type PointWriter } from "../emit/point-writer.ts";
import type { Field } from "../fields/catalogue.ts";
import type { ChosenField } from "../fields/select-fields.ts";
import { allMappings, allNames49, stateAttribute, unscaled, type Factor, type Mapping } from "./mapping.ts";
import type { Naming } from "./namings.ts";
import { stateTests } from "./states.ts";

export interface OutputMakerOptions {
  readonly namings: readonly Naming[];
  readonly resource: Resource;
  /** Of the OpenTelemetry names. */
  readonly scope: Scope;
  /** Of the names of dcgm-exporter, which Prometheus shows as they are. */
  readonly verbatimScope: Scope;
  /** For the labels of dcgm-exporter; empty for none. */
  readonly hostname: string;
}

/** Turns chosen fields of devices into what is written for them, under every naming that is on. */
export class OutputMaker {
  readonly #namings: readonly Naming[];
  readonly #hostname: string;
  readonly otel: FamilyMaker;
  readonly verbatim: FamilyMaker;

  constructor({ namings, resource, scope, verbatimScope, hostname }: OutputMakerOptions) {
    this.#namings = namings;
    this.#hostname = hostname;
    this.otel = new FamilyMaker(resource, scope);
    this.verbatim = new FamilyMaker(resource, verbatimScope);
  }

  /** The names of dcgm-exporter that are on. */
  get exporterNamings(): readonly Naming[] {
    return this.#namings.filter((naming) => naming !== "otel");
  }

  get hasOtel(): boolean {
    return this.#namings.includes("otel");
  }

  /** Whether a value of this field would be written anywhere. */
  writes({ field, otel, exporter }: ChosenField): boolean {
    const mapping = allMappings().get(field.id);
    if (mapping?.transform.kind === "events" || (field.type !== "int64" && field.type !== "double")) return false;
    return (otel && this.hasOtel) || (exporter && this.exporterNamings.length > 0);
  }

  /**
   * What a field of a device is written as; shorter than wanted once the limit on series is reached. `hasValue` tells whether
   * another field of the device has a value now.
   */
  outputs(
    writer: PointWriter,
    device: Device,
    chosen: ChosenField,
    extraLabels: ExtraLabels,
    hasValue: (fieldId: number) => boolean,
  ): Output[] {
    const outputs: Output[] = [];
    const names = new Set<string>();
    for (const naming of this.#namings) {
      if (naming !== "otel") {
        // What two namings call the same is shown once, or sums over it would be twice what they should be.
        const { name } = exporterMetric(chosen.field, chosen.counter, naming);
        if (names.has(name)) continue;
        names.add(name);
      }
      const output =
        naming === "otel"
          ? chosen.otel && yielding(this.#otelOutput(writer, device, chosen.field), chosen.field.id, hasValue)
          : chosen.exporter && this.#exporterOutput(writer, device, chosen, naming, extraLabels);
      if (output !== false && output !== undefined) outputs.push(output);
    }
    return outputs;
  }

  #otelOutput(writer: PointWriter, device: Device, field: Field): Output | undefined {
    const mapping = allMappings().get(field.id);
    const isInteger = field.type === "int64";
    if (mapping === undefined) {
      const family = this.otel.gauge(
        `nvidia.dcgm.${field.tag}`,
        "",
        `DCGM field ${field.id}, ${field.name}, as it is.`,
      );
      const series = writer.series(family, device.attributes);
      return series && new ScaledOutput(series, unscaled, isInteger);
    }
    const family = this.#otelFamily(mapping);
    const common = { ...mapping.attributes, ...device.attributes };
    const tests = stateTests(mapping.transform);
    if (tests.length > 0) {
      const key = stateAttribute[mapping.metric]!;
      const states = tests.flatMap(({ state, holds }) => {
        const series = writer.series(family, { ...common, [key]: state });
        return series === undefined ? [] : [{ series, holds }];
      });
      return states.length === 0 ? undefined : new StatesOutput(states);
    }
    const series = writer.series(family, common);
    return series && this.#valueOutput(series, mapping.instrument === "counter", mapping.factor, isInteger);
  }

  #otelFamily({ metric, instrument, unit, description }: Mapping): MetricFamily {
    if (instrument === "gauge") return this.otel.gauge(metric, unit, description);
    return instrument === "counter"
      ? this.otel.counter(metric, unit, description)
      : this.otel.upDownCounter(metric, unit, description);
  }

  #exporterOutput(
    writer: PointWriter,
    device: Device,
    { field, counter }: ChosenField,
    naming: Naming,
    extraLabels: ExtraLabels,
  ): Output | undefined {
    const { name, type, factor, help } = exporterMetric(field, counter, naming);
    const family = type === "counter" ? this.verbatim.counter(name, "", help) : this.verbatim.gauge(name, "", help);
    const series = writer.series(family, this.exporterLabels(device, naming, extraLabels));
    return series && this.#valueOutput(series, type === "counter", factor, field.type === "int64");
  }

  /** The labels of a device as this naming has them. */
  exporterLabels(device: Device, naming: Naming, extraLabels: ExtraLabels): Record<string, string> {
    const hostKey = naming === "dcgm-exporter" && device.entity.kind !== "link" ? "Hostname" : "hostname";
    const labels: Record<string, string> = { ...device.exporterLabels };
    for (const [legacy, { name, value }] of Object.entries(extraLabels)) {
      labels[naming === "dcgm-exporter-4.9" ? name : legacy] = value;
    }
    if (this.#hostname !== "") labels[hostKey] = this.#hostname;
    return labels;
  }

  #valueOutput(series: Parameters<typeof newScaled>[0], counts: boolean, factor: Factor, isInteger: boolean): Output {
    return counts ? new CounterOutput(series, factor, isInteger) : newScaled(series, factor, isInteger);
  }
}

/** Fields that measure what a better one measures too: that one is shown while it has a value. */
const betterFields: Readonly<Record<number, readonly number[]>> = {
  449: [843, 897, 1011, 1012],
  843: [1011],
  897: [1012],
  1603: [100],
  1604: [101],
  1605: [102],
  1606: [110],
  1607: [111],
  1608: [113],
  1609: [114],
  1610: [115],
  1611: [156],
  1612: [191],
  1600: [90],
  1601: [92],
  1602: [93],
};

/** The fields to be written after those that they give way to. */
export function givesWay(fieldId: number): boolean {
  return betterFields[fieldId] !== undefined;
}

function yielding(
  output: Output | undefined,
  fieldId: number,
  hasValue: (fieldId: number) => boolean,
): Output | undefined {
  const better = betterFields[fieldId];
  if (output === undefined || better === undefined) return output;
  return new YieldingOutput(output, () => better.some(hasValue));
}

/** Label fields and their values, by the name before DCGM 4.6. */
export type ExtraLabels = Readonly<Record<string, { readonly name: string; readonly value: string }>>;

function newScaled(...args: ConstructorParameters<typeof ScaledOutput>): ScaledOutput {
  return new ScaledOutput(...args);
}

/** The metric of a field in dcgm-exporter of a version. */
export function exporterMetric(
  field: Field,
  counter: ChosenField["counter"],
  naming: Naming,
): { name: string; type: "gauge" | "counter"; factor: Factor; help: string } {
  const mapping = allMappings().get(field.id);
  const help = counter?.help ?? mapping?.description ?? `DCGM field ${field.id}.`;
  const type = exporterType(field, counter, naming, mapping);
  if (naming !== "dcgm-exporter-4.9") {
    return { name: counter?.name ?? field.legacyName, type, factor: unscaled, help };
  }
  const renamed = allNames49().get(field.id);
  // A counters file that names a field of 4.9 itself is right about it.
  if (renamed === undefined) return { name: field.name, type, factor: unscaled, help };
  return { name: renamed.name, type: renamed.type, factor: renamed.factor, help };
}

/** NVLink throughput: a rate that dcgm-exporter typed as a counter up to 4.8.3. */
const MISTYPED = 449;

function exporterType(
  { id }: Field,
  counter: ChosenField["counter"],
  naming: Naming,
  mapping: Mapping | undefined,
): "gauge" | "counter" {
  if (counter?.type === "counter" || counter?.type === "gauge") return counter.type;
  if (id === MISTYPED && naming !== "dcgm-exporter") return "gauge";
  return mapping?.exporterType ?? "gauge";
}
