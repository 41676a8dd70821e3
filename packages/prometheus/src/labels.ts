import type { AttributeValue, Resource, Series } from "@tracecore/core/pdata";
import { escapeLabelName, isLegacyLabelName, labelName } from "./label-name.ts";
import type { TranslationStrategy } from "./metric-name.ts";

/** Which labels a series gets beside its own attributes. */
export interface LabelOptions {
  readonly strategy: TranslationStrategy;
  readonly scopeLabels: boolean;
  readonly identityLabels: boolean;
  readonly resourceToTelemetry: boolean;
  readonly constLabels: Readonly<Record<string, string>>;
}

export type Labels = ReadonlyMap<string, string>;

/** The labels of a series. What the point says itself wins over what scope, resource and config add. */
export function seriesLabels(series: Series, options: LabelOptions): Labels {
  const { strategy } = options;
  const labels = new Map<string, string>();
  const { kind } = series.descriptor;
  const reserved = kind === "summary" ? "quantile" : kind === "gauge" || kind === "sum" ? undefined : "le";
  for (const [key, value] of series.attributes) {
    const clean = labelName(key, strategy);
    join(labels, clean === reserved ? `exported_${clean}` : clean, labelValue(value));
  }
  const add = (name: string, value: string): void => {
    if (value !== "" && !labels.has(name) && name !== reserved) labels.set(name, value);
  };
  if (options.identityLabels) {
    const { job, instance } = targetOf(series.resource);
    add("job", job);
    add("instance", instance);
  }
  if (options.scopeLabels) {
    const { scope } = series;
    add("otel_scope_name", scope.name);
    add("otel_scope_version", scope.version);
    add("otel_scope_schema_url", scope.schemaUrl);
    for (const [key, value] of scope.attributes) add(labelName(`otel_scope_${key}`, strategy), labelValue(value));
  }
  if (options.resourceToTelemetry) {
    for (const [key, value] of series.resource.attributes) add(labelName(key, strategy), labelValue(value));
  }
  for (const [name, value] of Object.entries(options.constLabels)) add(labelName(name, strategy), value);
  return labels;
}

/** The labels of `target_info`, or undefined for a resource that has nothing to say or cannot be told apart. */
export function targetLabels(resource: Resource, strategy: TranslationStrategy): Labels | undefined {
  const { job, instance } = targetOf(resource);
  const labels = new Map<string, string>();
  for (const [key, value] of resource.attributes) {
    if (identifying.has(key)) continue;
    const name = labelName(key, strategy);
    join(labels, name === "job" || name === "instance" ? `exported_${name}` : name, labelValue(value));
  }
  if (labels.size === 0 || (job === "" && instance === "")) return undefined;
  return new Map([
    ...(job === "" ? [] : ([["job", job]] as const)),
    ...(instance === "" ? [] : ([["instance", instance]] as const)),
    ...labels,
  ]);
}

const identifying: ReadonlySet<string> = new Set(["service.name", "service.namespace", "service.instance.id"]);

/** What Prometheus calls job and instance; empty for none. */
export function targetOf({ attributes }: Resource): { job: string; instance: string } {
  const text = (key: string): string => {
    const value = attributes.get(key);
    return value === undefined ? "" : labelValue(value);
  };
  const namespace = text("service.namespace");
  const name = text("service.name");
  return {
    job: namespace === "" || name === "" ? name : `${namespace}/${name}`,
    instance: text("service.instance.id"),
  };
}

/** Attributes that meet in one label keep all their values. */
function join(labels: Map<string, string>, name: string, value: string): void {
  const there = labels.get(name);
  labels.set(name, there === undefined ? value : `${there};${value}`);
}

/** `a="b",c="d"`; with `utf8`, names that need it stand in quotes, else they are escaped. */
export function labelText(labels: Labels, utf8: boolean): string {
  let all = labels;
  if (!utf8 && ![...labels.keys()].every(isLegacyLabelName)) {
    const escaped = new Map<string, string>();
    for (const [name, value] of labels) join(escaped, escapeLabelName(name), value);
    all = escaped;
  }
  let text = "";
  for (const [name, value] of all) {
    text += `${text === "" ? "" : ","}${isLegacyLabelName(name) ? name : quoted(name)}=${quoted(value)}`;
  }
  return text;
}

/** A text in quotes, with what would end it or its line escaped. */
export function quoted(text: string): string {
  return `"${/["\\\n]/.test(text) ? text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"') : text}"`;
}

/** A description for `# HELP`; OpenMetrics also escapes quotes. */
export function helpText(text: string, openMetrics: boolean): string {
  const escaped = text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  return openMetrics ? escaped.replaceAll('"', '\\"') : escaped;
}

/** An attribute value as a label value. */
export function labelValue(value: AttributeValue): string {
  if (typeof value === "string") return value;
  if (typeof value !== "object") return String(value);
  return value instanceof Uint8Array ? base64(value) : JSON.stringify(value, jsonValue);
}

function jsonValue(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  return value instanceof Uint8Array ? base64(value) : value;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64");
}
