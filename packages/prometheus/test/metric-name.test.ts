import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { labelName, metricName, type NameSource, type TranslationStrategy } from "../src/prometheus.ts";

interface Vector extends NameSource {
  readonly namespace: string;
  readonly strategy: TranslationStrategy;
  readonly expected: string;
}

const vectors: Vector[] = JSON.parse(readFileSync(join(import.meta.dirname, "testdata/metric-names.json"), "utf8"));

describe("metric names", () => {
  test.each(vectors)("$strategy makes $expected of $name in $unit", ({ expected, strategy, namespace, ...metric }) => {
    expect(metricName(metric, strategy, namespace)).toBe(expected);
  });

  test.each([
    ["hw.gpu.memory.usage", "By", "updowncounter", "hw_gpu_memory_usage_bytes"],
    ["hw.gpu.io", "By", "counter", "hw_gpu_io_bytes_total"],
    ["hw.energy", "J", "counter", "hw_energy_joules_total"],
    ["hw.power", "W", "gauge", "hw_power_watts"],
    ["hw.temperature", "Cel", "gauge", "hw_temperature_celsius"],
    ["hw.gpu.utilization", "1", "gauge", "hw_gpu_utilization_ratio"],
    ["hw.fan.speed_ratio", "1", "gauge", "hw_fan_speed_ratio"],
    ["hw.fan.speed", "rpm", "gauge", "hw_fan_speed_rpm"],
    ["hw.errors", "{error}", "counter", "hw_errors_total"],
    ["hw.status", "1", "updowncounter", "hw_status"],
    ["nvidia.gpu.clock.frequency", "Hz", "gauge", "nvidia_gpu_clock_frequency_hertz"],
    ["nvidia.gpu.clock.throttle.time", "s", "counter", "nvidia_gpu_clock_throttle_time_seconds_total"],
    ["nvidia.gpu.nvlink.throughput", "By/s", "gauge", "nvidia_gpu_nvlink_throughput_bytes_per_second"],
    ["nvidia.gpu.xid.errors", "{error}", "counter", "nvidia_gpu_xid_errors_total"],
    ["nvidia.gpu.pcie.link.width", "{lane}", "gauge", "nvidia_gpu_pcie_link_width"],
    ["nvidia.gpu.mig.mode", "1", "gauge", "nvidia_gpu_mig_mode_ratio"],
    ["nvidia.gpu.mig.mode", "1", "updowncounter", "nvidia_gpu_mig_mode"],
    ["tracecore.dcgm.sample.age", "s", "gauge", "tracecore_dcgm_sample_age_seconds"],
    ["tracecore.exporter.calls_total", "1", "counter", "tracecore_exporter_calls_total"],
    ["1st.place", "", "gauge", "_1st_place"],
  ])("%s in %s as %s is %s", (name, unit, instrument, expected) => {
    expect(metricName(source(name, unit, instrument), "UnderscoreEscapingWithSuffixes")).toBe(expected);
  });

  test.each([
    ["NoUTF8EscapingWithSuffixes", "hw.energy_joules_total"],
    ["UnderscoreEscapingWithoutSuffixes", "hw_energy"],
    ["NoTranslation", "hw.energy"],
  ] as const)("%s makes %s of hw.energy in J", (strategy, expected) => {
    expect(metricName(source("hw.energy", "J", "counter"), strategy)).toBe(expected);
  });

  test.each(["", "@#%", "температура", "___ "])("%j leaves no name", (name) => {
    expect(metricName(source(name, "", "gauge"), "UnderscoreEscapingWithSuffixes")).toBeUndefined();
  });
});

describe("label names", () => {
  test.each([
    ["label:with:colons", "label_with_colons"],
    ["LabelWithCapitalLetters", "LabelWithCapitalLetters"],
    ["label!with&special$chars)", "label_with_special_chars_"],
    ["label_with_foreign_characters_字符", "label_with_foreign_characters_"],
    ["label.with.dots", "label_with_dots"],
    ["123label", "key_123label"],
    ["_label_starting_with_underscore", "_label_starting_with_underscore"],
    ["label__with__double__underscores", "label_with_double_underscores"],
    ["label.name__with&&special##chars", "label_name_with_special_chars"],
    ["trailing_underscores___", "trailing_underscores_"],
    ["__name__", "_name_"],
    ["", "_"],
  ])("%j becomes %s", (key, expected) => {
    expect(labelName(key, "UnderscoreEscapingWithSuffixes")).toBe(expected);
  });

  test.each([
    ["host.name", "host.name"],
    ["__name__", "_name_"],
  ])("without escaping %j becomes %s: dots stay, Prometheus' own names cannot be forged", (key, expected) => {
    expect(labelName(key, "NoTranslation")).toBe(expected);
  });
});

function source(name: string, unit: string, instrument: string): NameSource {
  return { name, unit, kind: instrument === "gauge" ? "gauge" : "sum", monotonic: instrument === "counter" };
}
