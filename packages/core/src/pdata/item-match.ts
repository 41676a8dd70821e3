import { patternOf, type Pattern } from "../pattern/pattern.ts";
import type { AttributeValue } from "./attribute-value.ts";
import type { Attributes } from "./attributes.ts";
import { identityOf } from "./value-identity.ts";
import { fullText, textOf } from "./edit-attributes.ts";
import { onceForEach } from "./interned-map.ts";
import type { Logs } from "./logs.ts";
import { attributeAt, type RowAttributes } from "./row-attributes.ts";
import type { Resource } from "./resource.ts";
import type { Scope } from "./scope.ts";
import type { Series } from "./series.ts";
import { spanKinds, type Traces } from "./traces.ts";

/** An attribute that must be there, with this value if one is given. */
export interface AttributeCondition {
  readonly key: string;
  readonly value?: AttributeValue | undefined;
}

/** Which items are meant; what is left out does not count. The conditions are joined by "and", the entries of a list of texts by "or". */
export interface ItemMatch {
  readonly match_type: "strict" | "regexp";
  readonly services?: readonly string[] | undefined;
  readonly resources?: readonly AttributeCondition[] | undefined;
  readonly libraries?: readonly { readonly name: string; readonly version?: string | undefined }[] | undefined;
  readonly attributes?: readonly AttributeCondition[] | undefined;
  readonly metric_names?: readonly string[] | undefined;
  readonly span_names?: readonly string[] | undefined;
  readonly span_kinds?: readonly string[] | undefined;
  readonly log_bodies?: readonly string[] | undefined;
  readonly log_severity_texts?: readonly string[] | undefined;
  readonly log_severity_number?: { readonly min: number; readonly match_undefined: boolean } | undefined;
}

/** Tells whether an item is meant. */
export interface ItemMatcher {
  readonly series: (series: Series) => boolean;
  readonly log: (batch: Logs, row: number) => boolean;
  readonly span: (batch: Traces, row: number) => boolean;
}

type Get = (key: string) => AttributeValue | undefined;

/** The matcher of `match`. */
export function itemMatcher(match: ItemMatch): ItemMatcher {
  const origin = originMatcher(match);
  const fits = attributesMatcher(match.match_type, match.attributes);
  const metricName = textMatcher(match.match_type, match.metric_names);
  const spanName = textMatcher(match.match_type, match.span_names);
  const kind = kindMatcher(match);
  const body = textMatcher(match.match_type, match.log_bodies);
  const severityText = textMatcher(match.match_type, match.log_severity_texts);
  const severity = match.log_severity_number;
  const { metric_names, span_names, span_kinds, log_bodies, log_severity_texts } = match;
  const forMetrics = metric_names !== undefined;
  const forSpans = (span_names ?? span_kinds) !== undefined;
  const forLogs = (log_bodies ?? log_severity_texts ?? severity) !== undefined;
  return {
    series: (one) =>
      !forSpans && !forLogs && metricName(one.name) && origin(one.resource, one.scope) && fits(getter(one.attributes)),
    log(batch, row) {
      const text = batch.bodies[row];
      return (
        !forMetrics &&
        !forSpans &&
        severityText(batch.severityTexts[row]!) &&
        isSevere(severity, batch.severityNumbers[row]!) &&
        (log_bodies === undefined || body(fullText(text ?? null))) &&
        origin(batch.resources[row]!, batch.scopes[row]!) &&
        fits(rowGetter(batch, row))
      );
    },
    span: (batch, row) =>
      !forMetrics &&
      !forLogs &&
      spanName(batch.names[row]!) &&
      kind(spanKinds[batch.kinds[row]!] ?? "unspecified") &&
      origin(batch.resources[row]!, batch.scopes[row]!) &&
      fits(rowGetter(batch, row)),
  };
}

/** Whether a text is one of `wanted`, or fits one of them as a pattern; without any, every text does. */
export function textMatcher(
  type: ItemMatch["match_type"],
  wanted: readonly string[] | undefined,
): (text: string) => boolean {
  if (wanted === undefined || wanted.length === 0) return () => true;
  if (type === "strict") {
    const texts = new Set(wanted);
    return (text) => texts.has(text);
  }
  const patterns = wanted.map(patternOf);
  return (text) => patterns.some((pattern) => pattern.test(text));
}

/** Whether a resource fits all of `conditions`. */
export function resourceMatcher(
  type: ItemMatch["match_type"],
  conditions: readonly AttributeCondition[] | undefined,
): (resource: Resource) => boolean {
  const fits = attributesMatcher(type, conditions);
  // Its texts may be megabytes, and its records a million.
  return onceForEach((resource: Resource) => fits(getter(resource.attributes)));
}

function attributesMatcher(
  type: ItemMatch["match_type"],
  conditions: readonly AttributeCondition[] = [],
): (get: Get) => boolean {
  const checks = conditions.map(({ key, value }) => {
    if (value === undefined) return (get: Get) => get(key) !== undefined;
    const holds = type === "regexp" && typeof value === "string" ? fitting(patternOf(value)) : equal(value);
    return (get: Get) => {
      const found = get(key);
      return found !== undefined && holds(found);
    };
  });
  return (get) => checks.every((check) => check(get));
}

function fitting(pattern: Pattern): (value: AttributeValue) => boolean {
  return (value) => {
    const text = textOf(value);
    return text !== undefined && pattern.test(text);
  };
}

function equal(wanted: AttributeValue): (value: AttributeValue) => boolean {
  // A config cannot write 5 as a double, so numbers are compared by what they count.
  if (typeof wanted === "number") return (value) => typeof value !== "string" && Number(textOf(value)) === wanted;
  const identity = identityOf(wanted);
  return (value) => identityOf(value) === identity;
}

function originMatcher({ match_type: type, services, resources, libraries }: ItemMatch) {
  const fits = resourceMatcher(type, resources);
  const service = textMatcher(type, services);
  const isService = onceForEach(
    ({ attributes }: Resource) =>
      services === undefined || service(textOf(attributes.get("service.name") ?? null) ?? ""),
  );
  const scopes = (libraries ?? []).map(({ name, version }) => {
    const isName = textMatcher(type, [name]);
    const isVersion = textMatcher(type, version === undefined ? undefined : [version]);
    return (scope: Scope) => isName(scope.name) && isVersion(scope.version);
  });
  const isScope = onceForEach((scope: Scope) => scopes.length === 0 || scopes.some((isMeant) => isMeant(scope)));
  return (resource: Resource, scope: Scope): boolean => fits(resource) && isService(resource) && isScope(scope);
}

function isSevere(wanted: ItemMatch["log_severity_number"], severity: number): boolean {
  if (wanted === undefined) return true;
  return severity === 0 ? wanted.match_undefined : severity >= wanted.min;
}

function getter(set: Attributes): Get {
  return (key) => set.get(key);
}

function rowGetter(batch: RowAttributes, row: number): Get {
  return (key) => attributeAt(batch, row, key);
}

/** Patterns are for the names of the Collector as much as for those here. */
function kindMatcher({ match_type: type, span_kinds: kinds }: ItemMatch): (kind: string) => boolean {
  if (type === "strict") return textMatcher(type, kinds?.map(plainKind));
  const fits = textMatcher(type, kinds);
  return (kind) => fits(kind) || fits(`SPAN_KIND_${kind.toUpperCase()}`);
}

/** `SPAN_KIND_SERVER`, as the Collector writes it, is `server` here. */
function plainKind(kind: string): string {
  return kind.replace(/^SPAN_KIND_/, "").toLowerCase();
}
