import {
  InternedMap,
  type Attributes,
  type AttributeValue,
  type Resource,
  type Scope,
  type Series,
} from "@tracecore/core/pdata";
import { escapeLabelName, isLegacyLabelName, labelName } from "./label-name.ts";
import type { TranslationStrategy } from "./metric-name.ts";
import { isVerbatim } from "./verbatim.ts";

/** Which labels a series gets beside its own attributes. */
export interface LabelOptions {
  readonly strategy: TranslationStrategy;
  readonly scopeLabels: boolean;
  readonly identityLabels: boolean;
  readonly resourceToTelemetry: boolean;
  readonly constLabels: Readonly<Record<string, string>>;
}

export type Labels = ReadonlyMap<string, string>;

/**
 * The labels of a series: of the point, then job and instance, the scope and the resource. Values that meet in one label
 * are joined in that order, and in the order of the keys within one of them, so that none is lost; a value that is the
 * same in both stands once. What would take the place of job, instance, `le` or `quantile` becomes `exported_…`.
 * Constant labels are defaults: they give way.
 */
export function seriesLabels(series: Series, options: LabelOptions): Labels {
  const { strategy } = options;
  const { kind } = series.descriptor;
  const reserved = kind === "summary" ? "quantile" : kind === "gauge" || kind === "sum" ? undefined : "le";
  const verbatim = isVerbatim(series.scope);
  const { job, instance } = options.identityLabels && !verbatim ? targetOf(series.resource) : { job: "", instance: "" };
  const free = (key: string): string => {
    const name = labelName(key, strategy);
    const taken = name === reserved || (name === "job" && job !== "") || (name === "instance" && instance !== "");
    return taken ? `exported_${name}` : name;
  };
  const labels = new Map<string, string>();
  for (const [key, value] of series.attributes) join(labels, free(key), labelValue(value));
  if (job !== "") labels.set("job", job);
  if (instance !== "") labels.set("instance", instance);
  if (options.scopeLabels && !verbatim) addSource(labels, scopeTexts(series.scope), free);
  if (options.resourceToTelemetry) addSource(labels, attributeTexts(series.resource.attributes), free);
  for (const [key, value] of Object.entries(options.constLabels)) {
    const name = free(key);
    if (value !== "" && !labels.has(name)) labels.set(name, value);
  }
  return labels;
}

/** About how many characters the labels have at least, without making them: one long text may stand in those of thousands of series. */
export function leastText({ attributes, resource, scope }: Series, options: LabelOptions): number {
  const own = textSize(attributes.values);
  let size = own;
  const verbatim = isVerbatim(scope);
  if (options.identityLabels && !verbatim)
    size += textSize(Array.from(identifying, (key) => resource.attributes.get(key) ?? ""));
  if (options.scopeLabels && !verbatim) size += scope.name.length + scope.version.length + scope.schemaUrl.length;
  // What both have stands once.
  if (options.resourceToTelemetry) size += Math.max(0, resourceText(resource) - own);
  return size;
}

const resourceTexts = new InternedMap<Resource, number>();

/** How many characters the attributes of a resource have, with their keys, about. Looked at once: thousands of series may ask. */
export function resourceText(resource: Resource): number {
  let size = resourceTexts.get(resource);
  if (size === undefined) {
    size = textSize(resource.attributes.keys) + textSize(resource.attributes.values);
    resourceTexts.set(resource, size);
  }
  return size;
}

function textSize(values: readonly AttributeValue[]): number {
  let size = 0;
  for (const value of values) {
    if (typeof value === "string" || value instanceof Uint8Array) size += value.length;
    else if (Array.isArray(value)) size += textSize(value as readonly AttributeValue[]);
    else if (typeof value === "object" && value !== null)
      size += textSize(Object.keys(value)) + textSize(Object.values(value));
  }
  return size;
}

function* attributeTexts(attributes: Attributes): Generator<readonly [string, string]> {
  for (const [key, value] of attributes) yield [key, labelValue(value)];
}

function* scopeTexts({ name, version, schemaUrl, attributes }: Scope): Generator<readonly [string, string]> {
  yield ["otel_scope_name", name];
  yield ["otel_scope_version", version];
  yield ["otel_scope_schema_url", schemaUrl];
  for (const [key, value] of attributeTexts(attributes)) yield [`otel_scope_${key}`, value];
}

/** Adds the labels of one source behind those of the sources before it. For Prometheus, an empty label is none. */
function addSource(
  labels: Map<string, string>,
  texts: Iterable<readonly [string, string]>,
  nameOf: (key: string) => string,
): void {
  const own = new Map<string, string>();
  for (const [key, value] of texts) if (value !== "") join(own, nameOf(key), value);
  for (const [name, value] of own) {
    const there = labels.get(name);
    if (there === "") labels.set(name, value);
    else if (there !== value) join(labels, name, value);
  }
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
  if (value === null) return "";
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
