import { deliveryTable } from "@tracecore/core/delivery";
import { componentInstruments, initErrors, type InstrumentDefinition } from "@tracecore/core/selftelemetry";
import { serviceInstruments } from "@tracecore/core/service";
import { surfaceInstruments } from "@tracecore/selftelemetry";
import { describe, expect, test } from "vitest";
import { labelName } from "../../../prometheus/src/label-name.ts";
import { metricName } from "../../../prometheus/src/metric-name.ts";
import { read, readYaml, tableUnder } from "./repository.ts";
import { metrics as gpuMetrics } from "../../../receiver-dcgm/src/metrics.ts";
import { refusedPoints } from "../../../exporter-prom/src/refusal-report.ts";

const strategy = "UnderscoreEscapingWithSuffixes";

/** What the process shows of itself, as Prometheus names it, with the labels of each. */
const emitted = new Map<string, readonly string[]>([
  ...[
    ...Object.values(componentInstruments),
    ...Object.values(surfaceInstruments),
    ...Object.values(deliveryTable),
    initErrors,
    refusedPoints,
  ].flatMap(prometheusNames),
  ...Object.values(serviceInstruments).map(({ name, attributes }) => [name.replaceAll(".", "_"), attributes] as const),
  // What the GPU receiver says of its engine stands in the runbook as well.
  ...Object.entries(gpuMetrics.definitions).flatMap(([name, { kind, monotonic, unit, attributes }]) => {
    const source = { name, unit, kind, monotonic: monotonic ?? false };
    const labels = Object.keys(attributes).map((key) => labelName(key, strategy));
    return name.startsWith("tracecore.") ? [[metricName(source, strategy)!, labels] as const] : [];
  }),
]);

function prometheusNames({ prometheusName, kind, attributes }: InstrumentDefinition): (readonly [string, string[]])[] {
  const labels = Object.keys(attributes);
  if (kind !== "histogram") return [[prometheusName, labels]];
  return [
    [`${prometheusName}_bucket`, [...labels, "le"]],
    [`${prometheusName}_sum`, labels],
    [`${prometheusName}_count`, labels],
  ];
}

/** Labels that Prometheus itself puts on each series. */
const targetLabels = ["job", "instance"];
/** Words of PromQL that stand where a label may. */
const words = new Set(["by", "without", "on", "ignoring", "group_left", "group_right"]);

interface Used {
  readonly metrics: readonly string[];
  readonly labels: readonly string[];
}

/** The metrics and labels that an expression names. */
function used(expression: string): Used {
  const bare = expression.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""');
  const matchers = [...bare.matchAll(/\{([^}]*)\}/g)].flatMap(([, inside = ""]) =>
    [...inside.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = ""]) => label),
  );
  const grouped = [...bare.matchAll(/\b(\w+)\s*\(([\w\s,]*)\)/g)].flatMap(([, word = "", inside = ""]) =>
    words.has(word) ? inside.split(",").map((label) => label.trim()) : [],
  );
  return {
    metrics: bare.match(/\b(?:tracecore_\w+|up)\b/g) ?? [],
    labels: [...matchers, ...grouped].filter((one) => one !== "__name__"),
  };
}

/** What an expression names that the code does not emit. */
function unknownIn(expression: string): string[] {
  const { metrics, labels } = used(expression);
  if (metrics.length === 0) return [`no metric in ${expression}`];
  return metrics
    .filter((metric) => metric !== "up")
    .flatMap((metric) => {
      const known = emitted.get(metric);
      if (known === undefined) return [metric];
      return labels
        .filter((label) => !known.includes(label) && !targetLabels.includes(label))
        .map((label) => `${metric}{${label}}`);
    });
}

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert: string; readonly expr: string; readonly annotations: object }[];
  }[];
}
const rules = (readYaml("examples/alerts/tracecore-rules.yaml") as Rules).groups.flatMap((group) => group.rules);

describe("the alert rules", () => {
  test.each(rules)("$alert is about metrics and labels that the code emits", ({ expr, annotations }) => {
    expect(unknownIn(expr)).toEqual([]);
    expect(Object.keys(annotations)).toEqual(["summary", "description"]);
  });

  test("show in their texts only labels that their series have", () => {
    for (const { alert, expr, annotations } of rules) {
      const { metrics } = used(expr);
      const labels = [...targetLabels, ...metrics.flatMap((metric) => emitted.get(metric) ?? [])];
      for (const [, label] of JSON.stringify(annotations).matchAll(/\$labels\.(\w+)/g))
        expect(labels, alert).toContain(label);
    }
  });

  test("have a row in the runbook each, and the runbook has no other", () => {
    const rows = tableUnder(read("docs/RUNBOOK.md"), "Alerts").map(([name = ""]) => name.replaceAll("`", ""));
    expect(rows).toEqual(rules.map(({ alert }) => alert));
  });

  test("have a test each that makes them fire", () => {
    interface RuleTests {
      readonly tests: readonly {
        readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts?: unknown }[];
      }[];
    }
    const cases = (readYaml("examples/alerts/tracecore-rules.test.yaml") as RuleTests).tests.flatMap(
      (one) => one.alert_rule_test,
    );
    const fired = cases.filter((one) => one.exp_alerts !== undefined).map((one) => one.alertname);
    expect([...new Set(fired)].sort()).toEqual(rules.map(({ alert }) => alert).sort());
  });
});

interface Dashboard {
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly description: string;
    readonly targets: readonly { readonly expr: string }[];
    readonly fieldConfig: {
      readonly defaults: { readonly thresholds?: { readonly steps: readonly { readonly value: number | null }[] } };
    };
  }[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
}
const dashboard = JSON.parse(read("examples/dashboards/selftelemetry.json")) as Dashboard;

describe("the dashboard", () => {
  test("has the nine panels, each with a number and a description of its own", () => {
    expect(dashboard.panels.map(({ title }) => title)).toEqual([
      "Build",
      "Failed share of exporter calls",
      "Exporter calls by result",
      "Emissions per receiver",
      "Collection latency",
      "Time since the last success",
      "Receiver errors by kind",
      "Share of time degraded",
      "Components without self-telemetry",
    ]);
    expect(dashboard.panels.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(new Set(dashboard.panels.map(({ description }) => description)).size).toBe(9);
  });

  test.each(dashboard.panels)("$title shows metrics and labels that the code emits", ({ targets }) => {
    expect(targets.flatMap(({ expr }) => unknownIn(expr))).toEqual([]);
  });

  test("lets one choose instance and component, and uses no other variable", () => {
    expect(dashboard.templating.list.map(({ name }) => name)).toEqual(["datasource", "instance", "component_id"]);
    const inUse = new Set(JSON.stringify(dashboard).match(/\$(?:\{\w+\}|\w+)/g));
    expect([...inUse].sort()).toEqual(["$__all", "$__rate_interval", "$component_id", "$instance", "${datasource}"]);
  });

  test("turns red where the alert that a panel mentions begins", () => {
    const mentioned = dashboard.panels.flatMap(({ description, fieldConfig }) => {
      const [, alert] = /The alert (\w+)/.exec(description) ?? [];
      return alert === undefined ? [] : [[alert, fieldConfig.defaults.thresholds?.steps.at(-1)?.value]];
    });
    const limits = mentioned.map(([alert]) => [
      alert,
      Number(/> ([\d.]+)\s*$/.exec(rules.find((rule) => rule.alert === alert)?.expr ?? "")?.[1]),
    ]);
    expect(mentioned).toEqual(limits);
    expect(mentioned).toHaveLength(3);
  });
});

describe("the operator's documents", () => {
  test.each(["docs/RUNBOOK.md", "docs/FAILURE-MODES.md", "docs/selftelemetry.md"])(
    "%s names only metrics that exist",
    (file) => {
      const named = read(file).match(/\btracecore_[a-z_]+[a-z]\b/g) ?? [];
      for (const name of named) {
        const histogram = emitted.has(`${name}_bucket`);
        expect(histogram || emitted.has(name), name).toBe(true);
      }
      expect(named.length).toBeGreaterThan(0);
    },
  );
});
