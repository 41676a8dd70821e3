import { InternedMap, type MetricFamily } from "@tracecore/core/pdata";
import type { Entry } from "./entry.ts";
import { escapeMetricName } from "./label-name.ts";
import { metricName, unitName, type TranslationStrategy } from "./metric-name.ts";
import { shortened } from "./shortened.ts";
import { isVerbatim } from "./verbatim.ts";

export type PrometheusType = "counter" | "gauge" | "histogram" | "summary";

/** One metric of the exposition: what stands below one `# TYPE` line. */
export interface Family {
  /** With underscores only; unique. */
  readonly name: string;
  /** As the strategy left it. */
  readonly utf8Name: string;
  readonly type: PrometheusType;
  readonly help: string;
  /** Empty unless the name ends in it. */
  readonly unit: string;
  /** Every name that its lines use in any format; no other family may use one of them. */
  readonly claims: readonly string[];
  /** The name stays as it is, even where OpenMetrics would have a counter end in `_total`. */
  readonly verbatim: boolean;
  /** By label text. */
  readonly entries: Map<string, Entry>;
}

/** Why something is not in the exposition; also the error kinds of the exporter. */
export type RefusalReason = "cardinality" | "conflict" | "name";

/** A family that cannot be exposed. */
export interface Refusal {
  readonly reason: RefusalReason;
  readonly message: string;
}

/** Holds the names of `target_info`, whose lines the exposition writes itself. */
const targetFamily: Family = {
  name: "target_info",
  utf8Name: "target_info",
  type: "gauge",
  help: "",
  unit: "",
  claims: ["target_info", "target"],
  verbatim: false,
  entries: new Map(),
};

/** What was found for a metric. It outlives the exporter, so it does not hold the family: that holds all that the exporter has. */
interface Known {
  readonly refusal: Refusal | undefined;
  readonly family: WeakRef<Family> | undefined;
  readonly removals: number;
}

/** The families by name, and who uses which name. */
export class Families {
  readonly #strategy: TranslationStrategy;
  readonly #namespace: string;
  readonly #byName = new Map<string, Family>();
  readonly #claims = new Map<string, Family>();
  /** Worked out once: a name may be as long as a request, and be refused with each of its points. */
  readonly #names = new InternedMap<MetricFamily, Names | "none">();
  readonly #known = new InternedMap<MetricFamily, Known>();
  /** Answers stay right until a family goes. */
  #removals = 0;

  constructor(strategy: TranslationStrategy, namespace: string, targetInfo: boolean) {
    this.#strategy = strategy;
    this.#namespace = namespace;
    if (!targetInfo) return;
    for (const name of targetFamily.claims) this.#claims.set(name, targetFamily);
  }

  /** The family that a metric belongs to; one without entries when there is none, which is to be added with its first entry. */
  of(metric: MetricFamily): Family | Refusal {
    const known = this.#known.get(metric);
    if (known?.removals === this.#removals) {
      const found = known.refusal ?? known.family?.deref();
      if (found !== undefined) return found;
    }
    const found = this.#resolve(metric);
    const removals = this.#removals;
    if (isRefusal(found)) this.#known.set(metric, { refusal: found, family: undefined, removals });
    else if (found.entries.size > 0) {
      this.#known.set(metric, { refusal: undefined, family: new WeakRef(found), removals });
    }
    return found;
  }

  add(family: Family): void {
    this.#byName.set(family.name, family);
    for (const name of family.claims) this.#claims.set(name, family);
  }

  remove(family: Family): void {
    this.#byName.delete(family.name);
    for (const name of family.claims) this.#claims.delete(name);
    this.#removals++;
  }

  sorted(): Family[] {
    return [...this.#byName.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  #resolve(metric: MetricFamily): Family | Refusal {
    const names = this.#namesOf(metric);
    const own = (): string => JSON.stringify(shortened(metric.descriptor.name));
    if (names === undefined) {
      return {
        reason: "name",
        message: `the metric ${own()} has no letter or digit that a Prometheus name can keep`,
      };
    }
    const { name, utf8Name, type, claims, verbatim } = names;
    const there = this.#byName.get(name);
    if (there?.type === type && there.utf8Name === utf8Name && there.verbatim === verbatim) return there;
    const taken = claims.find((claim) => this.#claims.has(claim));
    if (taken !== undefined) {
      const other = this.#claims.get(taken)!;
      return {
        reason: "conflict",
        message: `the ${type} ${own()} would be exposed as ${shortened(taken)}, a name that the ${other.type} ${shortened(other.name)} uses`,
      };
    }
    return { ...names, help: metric.descriptor.description, entries: new Map() };
  }

  #namesOf(metric: MetricFamily): Names | undefined {
    let names = this.#names.get(metric);
    if (names === undefined) {
      names = namesOf(metric, this.#strategy, this.#namespace);
      this.#names.set(metric, names);
    }
    return names === "none" ? undefined : names;
  }
}

/** What follows from a metric alone. */
type Names = Pick<Family, "name" | "utf8Name" | "type" | "unit" | "claims" | "verbatim">;

function namesOf({ descriptor, scope }: MetricFamily, chosen: TranslationStrategy, namespace: string): Names | "none" {
  const verbatim = isVerbatim(scope);
  const strategy = verbatim ? "UnderscoreEscapingWithoutSuffixes" : chosen;
  const utf8Name = metricName(descriptor, strategy, namespace);
  if (utf8Name === undefined) return "none";
  const name = escapeMetricName(utf8Name);
  const type = typeOf(descriptor);
  const unit = unitName(descriptor.unit, strategy);
  const ratio = name.endsWith("_ratio") && descriptor.unit === "1" ? "ratio" : unit;
  return {
    name,
    utf8Name,
    type,
    unit: ratio !== "" && counterBase(utf8Name, type).endsWith(`_${ratio}`) ? ratio : "",
    claims: claimsOf(name, type),
    verbatim,
  };
}

export function isRefusal(value: Family | Refusal): value is Refusal {
  return "reason" in value;
}

/** The name of a counter in OpenMetrics' `# TYPE` line: without `_total`. */
export function counterBase(name: string, type: PrometheusType): string {
  return type === "counter" && name.endsWith("_total") && name !== "_total" ? name.slice(0, -"_total".length) : name;
}

function typeOf({ kind, monotonic }: MetricFamily["descriptor"]): PrometheusType {
  if (kind === "sum") return monotonic ? "counter" : "gauge";
  return kind === "exponential_histogram" ? "histogram" : kind;
}

function claimsOf(name: string, type: PrometheusType): string[] {
  if (type === "gauge") return [name];
  if (type === "counter") return [...new Set([name, counterBase(name, type), `${counterBase(name, type)}_total`])];
  const parts = [name, `${name}_sum`, `${name}_count`];
  return type === "histogram" ? [...parts, `${name}_bucket`] : parts;
}
