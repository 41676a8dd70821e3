import type { MetricDescriptor } from "@tracecore/core/pdata";

/** How OpenTelemetry names become Prometheus names; the names are those of the Collector's `translation_strategy`. */
export const translationStrategies = [
  "UnderscoreEscapingWithSuffixes",
  "UnderscoreEscapingWithoutSuffixes",
  "NoUTF8EscapingWithSuffixes",
  "NoTranslation",
] as const;
export type TranslationStrategy = (typeof translationStrategies)[number];

/** True when the strategy keeps characters that Prometheus knows only since UTF-8 names. */
export function keepsUtf8(strategy: TranslationStrategy): boolean {
  return strategy === "NoUTF8EscapingWithSuffixes" || strategy === "NoTranslation";
}

function addsSuffixes(strategy: TranslationStrategy): boolean {
  return strategy === "UnderscoreEscapingWithSuffixes" || strategy === "NoUTF8EscapingWithSuffixes";
}

const mainUnits: ReadonlyMap<string, string> = new Map(
  Object.entries({
    d: "days",
    h: "hours",
    min: "minutes",
    s: "seconds",
    ms: "milliseconds",
    us: "microseconds",
    ns: "nanoseconds",
    By: "bytes",
    KiBy: "kibibytes",
    MiBy: "mebibytes",
    GiBy: "gibibytes",
    TiBy: "tibibytes",
    KBy: "kilobytes",
    kBy: "kilobytes",
    MBy: "megabytes",
    GBy: "gigabytes",
    TBy: "terabytes",
    m: "meters",
    V: "volts",
    A: "amperes",
    J: "joules",
    W: "watts",
    g: "grams",
    Cel: "celsius",
    Hz: "hertz",
    "1": "",
    "%": "percent",
  }),
);

const perUnits: ReadonlyMap<string, string> = new Map(
  Object.entries({ s: "second", m: "minute", h: "hour", d: "day", w: "week", mo: "month", y: "year" }),
);

/** What a name is made of. */
export type NameSource = Pick<MetricDescriptor, "name" | "unit" | "kind" | "monotonic">;

/** The Prometheus name of a metric, or undefined when nothing of its name is left. */
export function metricName(source: NameSource, strategy: TranslationStrategy, namespace = ""): string | undefined {
  const name = keepsUtf8(strategy) ? nameAsIs(source, strategy, namespace) : escapedName(source, strategy, namespace);
  return name === source.name && name !== "" ? name : /[^_]/.test(name) ? name : undefined;
}

function escapedName(source: NameSource, strategy: TranslationStrategy, namespace: string): string {
  if (!addsSuffixes(strategy)) {
    return namespace === "" ? notStartingWithDigit(clean(source.name)) : `${clean(namespace)}_${clean(source.name)}`;
  }
  let tokens = source.name.split(/[^A-Za-z0-9:]+/).filter(Boolean);
  const units = unitSuffixes(source.unit);
  const main = cleanUnit(units.main);
  const per = cleanUnit(units.per).replace(/_$/, "");
  const perIsNew = per !== "" && per !== "per" && !tokens.includes(per);
  if (main !== "" && !tokens.includes(main)) tokens.push(perIsNew ? main.replace(/_$/, "") : main);
  if (perIsNew) tokens.push(per);
  const last = typeSuffix(source);
  if (last !== undefined) tokens = [...tokens.filter((token) => token !== last), last];
  if (namespace !== "") tokens.unshift(namespace);
  return notStartingWithDigit(tokens.join("_"));
}

function clean(text: string): string {
  return text
    .split(/[^A-Za-z0-9:_]+/)
    .filter(Boolean)
    .join("_");
}

function nameAsIs(source: NameSource, strategy: TranslationStrategy, namespace: string): string {
  let name = namespace === "" ? source.name : `${namespace}_${source.name}`;
  if (!addsSuffixes(strategy)) return name;
  const last = typeSuffix(source);
  if (last !== undefined) name = withoutSuffix(name, last);
  const { main, per } = unitSuffixes(source.unit);
  if (per !== "") name = withoutSuffix(name, per);
  if (main !== "" && !name.endsWith(main)) name += `_${main}`;
  if (per !== "") name += `_${per}`;
  return last === undefined ? name : `${name}_${last}`;
}

function typeSuffix({ kind, monotonic, unit }: NameSource): "total" | "ratio" | undefined {
  if (kind === "sum" && monotonic) return "total";
  return kind === "gauge" && unit === "1" ? "ratio" : undefined;
}

/** Takes a suffix and the one character before it off, whatever that character is. */
function withoutSuffix(name: string, suffix: string): string {
  return name.endsWith(suffix) && name.length > suffix.length + 1 ? name.slice(0, -(suffix.length + 1)) : name;
}

/** The unit as it stands in a name, for `# UNIT`; empty for none. */
export function unitName(unit: string, strategy: TranslationStrategy): string {
  const { main, per } = unitSuffixes(unit);
  const parts = keepsUtf8(strategy) ? [main, per] : [cleanUnit(main), cleanUnit(per)];
  return parts.filter(Boolean).join("_").replaceAll(/^_|_$/g, "");
}

function unitSuffixes(unit: string): { main: string; per: string } {
  const slash = unit.indexOf("/");
  const main = (slash === -1 ? unit : unit.slice(0, slash)).trim();
  const per = slash === -1 ? "" : unit.slice(slash + 1).trim();
  return {
    main: isAnnotation(main) ? "" : (mainUnits.get(main) ?? main),
    per: per === "" || isAnnotation(per) ? "" : `per_${perUnits.get(per) ?? per}`,
  };
}

/** UCUM annotations such as `{error}` say what is counted and are no unit. */
function isAnnotation(unit: string): boolean {
  return /[{}]/.test(unit);
}

function cleanUnit(unit: string): string {
  return unit.replaceAll(/[^A-Za-z0-9:]+/g, "_").replace(/^_/, "");
}

function notStartingWithDigit(name: string): string {
  return /^[0-9]/.test(name) ? `_${name}` : name;
}
