import { keepsUtf8, type TranslationStrategy } from "./metric-name.ts";

/** The Prometheus label name of an attribute key. Names of Prometheus' own (`__…`) cannot be forged with any strategy. */
export function labelName(key: string, strategy: TranslationStrategy): string {
  if (keepsUtf8(strategy) && !key.startsWith("__") && key !== "") return key;
  const name = key.replaceAll(/[^A-Za-z0-9]+/g, "_");
  if (name === "") return "_";
  return /^[0-9]/.test(name) ? `key_${name}` : name;
}

/** True for a label name that needs no quotes in any version of the format. */
export function isLegacyLabelName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
}

/** True for a metric name that needs no quotes in any version of the format. */
export function isLegacyMetricName(name: string): boolean {
  return /^[A-Za-z_:][A-Za-z0-9_:]*$/.test(name);
}

/** A metric name for a scraper that did not negotiate UTF-8 names: Prometheus' underscore escaping, character by character. */
export function escapeMetricName(name: string): string {
  return isLegacyMetricName(name) ? name : name.replaceAll(/[^A-Za-z0-9_:]/gu, "_").replace(/^(?=[0-9])/, "_");
}

/** Likewise for a label name. */
export function escapeLabelName(name: string): string {
  return isLegacyLabelName(name) ? name : name.replaceAll(/[^A-Za-z0-9_]/gu, "_").replace(/^(?=[0-9])/, "_");
}
