import { existsSync, readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { formatProblem, loadDocument } from "@tracecore/core/service";
import { labelName } from "../../../prometheus/src/label-name.ts";
import { metricName } from "../../../prometheus/src/metric-name.ts";
import { metrics } from "../../../receiver-dcgm/src/metrics.ts";
import { dcgmReceiver } from "../../../receiver-dcgm/src/receiver.ts";
import { dcgmKinds } from "../../../receiver-dcgm/src/poll/failures.ts";
import { configProblems } from "../../../testkit/src/parse-config.ts";
import { read, readYaml, sources, tableUnder } from "./repository.ts";

const strategy = "UnderscoreEscapingWithSuffixes";
/** The metrics of the receiver as Prometheus names them, with their labels. */
const emitted = new Map(
  Object.entries(metrics.definitions).map(([name, { kind, monotonic = false, unit, attributes }]) => [
    metricName({ name, unit, kind, monotonic }, strategy)!,
    Object.keys(attributes).map((key) => labelName(key, strategy)),
  ]),
);
const targetLabels: ReadonlySet<string> = new Set(["job", "instance", "component_id", "kind"]);

/** Metrics and labels of an expression that nothing emits. */
function unknownIn(expression: string): string[] {
  const bare = expression.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""');
  const names = bare.match(/\b(?:hw|nvidia|tracecore)_\w+(?=\{|\)|\[| |$)/g) ?? [];
  const found = names.filter(
    (name) => !emitted.has(name) && name !== "tracecore_receiver_errors_total" && !isLabel(name),
  );
  const matchers = [...bare.matchAll(/(\w+)\{([^}]*)\}/g)].flatMap(([, metric = "", inside = ""]) =>
    [...inside.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)]
      .map(([, label = ""]) => label)
      .filter((label) => !targetLabels.has(label) && !(emitted.get(metric) ?? [label]).includes(label))
      .map((label) => `${metric}{${label}}`),
  );
  return [...found, ...matchers];
}

function isLabel(name: string): boolean {
  return [...emitted.values()].some((labels) => labels.includes(name));
}

/** The documents of a YAML file, with NODE_IP set. */
function documents(file: string): unknown[] {
  return read(file)
    .split(/^---$/m)
    .map((text) => {
      const bytes = new TextEncoder().encode(text);
      const { document, problems } = loadDocument({
        sources: [{ file, bytes }],
        set: [],
        env: { NODE_IP: "10.0.0.1" },
      });
      expect(problems.map(formatProblem)).toEqual([]);
      return document!.value;
    });
}

interface Rule {
  readonly alert: string;
  readonly expr: string;
}
interface RuleTests {
  readonly tests: readonly { readonly alert_rule_test: readonly { alertname: string; exp_alerts?: unknown }[] }[];
}
const rules = (readYaml("examples/alerts/gpu-rules.yaml") as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);

describe("the GPU alerts", () => {
  test.each(rules)("$alert is about metrics and labels that the receiver emits", ({ expr }) => {
    expect(unknownIn(expr)).toEqual([]);
  });

  test("have a row in the runbook each, and the runbook has no other", () => {
    const rows = tableUnder(read("docs/RUNBOOK.md"), "GPU alerts").map(([name = ""]) => name.replaceAll("`", ""));
    expect(rows).toEqual(rules.map(({ alert }) => alert));
  });

  test("have a test each that makes them fire", () => {
    const { tests } = readYaml("examples/alerts/gpu-rules.test.yaml") as RuleTests;
    const fired = tests
      .flatMap((one) => one.alert_rule_test)
      .filter((one) => one.exp_alerts !== undefined)
      .map((one) => one.alertname);
    expect([...new Set(fired)].sort()).toEqual(rules.map(({ alert }) => alert).sort());
  });

  test("DCGMReceiverHighErrorRate can be reached at the default interval", () => {
    const [, threshold = ""] = />\s*(\d+)\s*$/.exec(rules.find(({ alert }) => alert.startsWith("DCGM"))!.expr.trim())!;
    const ticksInFiveMinutes = 300 / 10;
    expect(Number(threshold)).toBeLessThan(ticksInFiveMinutes);
  });
});

describe.each(["gpu-fleet", "gpu-node"])("the dashboard %s", (name) => {
  const board = JSON.parse(read(`examples/dashboards/${name}.json`)) as {
    panels: { id: number; title: string; targets: { expr: string }[] }[];
    templating: { list: { name: string }[] };
  };

  test.each(board.panels)("$title is about metrics and labels that the receiver emits", ({ targets }) => {
    for (const { expr } of targets) expect(unknownIn(expr)).toEqual([]);
  });

  test("uses every variable that it has, and no other", () => {
    const used = new Set(
      JSON.stringify(board.panels)
        .match(/\$(?:\{\w+\}|\w+)/g)
        ?.map((one) => one.replaceAll(/[${}]/g, "")),
    );
    expect([...used].sort()).toEqual(board.templating.list.map((one) => one.name).sort());
  });
});

describe("tracecore #84: the error kinds of the GPU receiver", () => {
  const code = [...sources()]
    .filter(([file]) => file.startsWith("packages/receiver-dcgm/src/") && !file.endsWith("/failures.ts"))
    .map(([, text]) => text)
    .join("\n");

  test.each(dcgmKinds)("%s is one that its code counts", (kind) => {
    expect(code).toContain(`"${kind}"`);
  });

  test("have a row in the runbook each", () => {
    const rows = tableUnder(read("docs/RUNBOOK.md"), "Error kinds");
    const documented = new Set(rows.map(([kind = ""]) => kind.replaceAll("`", "")));
    expect(dcgmKinds.filter((kind) => !documented.has(kind))).toEqual([]);
  });
});

describe("the Kubernetes manifests", () => {
  interface Manifest {
    readonly kind: string;
    readonly data?: Readonly<Record<string, string>>;
    readonly spec?: { readonly template: { readonly spec: PodSpec } };
  }
  interface PodSpec {
    readonly hostPID?: boolean;
    readonly hostNetwork?: boolean;
    readonly automountServiceAccountToken?: boolean;
    readonly securityContext?: { readonly runAsNonRoot?: boolean };
    readonly volumes?: readonly { readonly name: string; readonly hostPath?: unknown; readonly emptyDir?: unknown }[];
    readonly containers: readonly Container[];
  }
  interface Container {
    readonly name: string;
    readonly securityContext?: Readonly<Record<string, unknown>>;
    readonly volumeMounts?: readonly {
      readonly name: string;
      readonly mountPath: string;
      readonly readOnly?: boolean;
    }[];
  }
  const manifests = documents("examples/dcgm/kubernetes/daemonset.yaml") as Manifest[];
  const pod = manifests.find(({ kind }) => kind === "DaemonSet")!.spec!.template.spec;

  test("give tracecore no right at all by default", () => {
    expect(pod).toMatchObject({ automountServiceAccountToken: false, securityContext: { runAsNonRoot: true } });
    expect([pod.hostPID, pod.hostNetwork]).toEqual([undefined, undefined]);
    expect(pod.volumes?.filter(({ hostPath }) => hostPath !== undefined)).toEqual([]);
    expect(pod.containers[0]!.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
  });

  test("leave the executable a folder to unpack what calls libdcgm, though the root is read-only", () => {
    const { volumeMounts = [] } = pod.containers[0]!;
    const { name, readOnly } = volumeMounts.find(({ mountPath }) => mountPath === "/tmp")!;
    expect(readOnly).toBeUndefined();
    expect(pod.volumes!.find((volume) => volume.name === name)).toMatchObject({ emptyDir: {} });
  });

  test("patch the container that there is, with what Kubernetes needs to open a device file of the host", () => {
    const [patch] = documents("examples/dcgm/kubernetes/kernel-log.yaml") as [Required<Pick<Manifest, "spec">>];
    const { containers, volumes } = patch.spec.template.spec;
    expect(containers.map(({ name }) => name)).toEqual(pod.containers.map(({ name }) => name));
    expect(containers[0]!.securityContext).toMatchObject({ privileged: true, allowPrivilegeEscalation: true });
    const mounted = containers[0]!.volumeMounts!.map(({ name }) => name);
    expect(volumes!.map(({ name }) => name)).toEqual(mounted);
  });

  test("hold a config that is right", () => {
    const { data } = manifests.find(({ kind }) => kind === "ConfigMap")!;
    const bytes = new TextEncoder().encode(data!["tracecore.yaml"]);
    const { document } = loadDocument({ sources: [{ file: "tracecore.yaml", bytes }], set: [], env: {} });
    const config = document!.value as { receivers: { dcgm: object } };
    expect(configProblems(dcgmReceiver, JSON.stringify(config.receivers.dcgm))).toEqual([]);
  });

  test("are YAML, all of them", () => {
    for (const file of readdirSync(new URL("../../../../examples/dcgm/kubernetes", import.meta.url))) {
      expect(documents(`examples/dcgm/kubernetes/${file}`).length).toBeGreaterThan(0);
    }
  });
});

describe("the systemd unit", () => {
  /** Of each setting the last value, which is the one that holds; an empty one takes back what stood before. */
  const settings = (text: string): Map<string, string> =>
    new Map([...text.matchAll(/^(\w+)=(.*)$/gm)].map(([, name = "", value = ""]) => [name, value]));
  const unit = read("examples/dcgm/systemd/tracecore.service");

  test("gives tracecore no capability and no device", () => {
    expect(Object.fromEntries(settings(unit))).toMatchObject({
      DynamicUser: "yes",
      CapabilityBoundingSet: "",
      AmbientCapabilities: "",
      PrivateDevices: "yes",
    });
  });

  test("reads the kernel's log with what its comment says to take out and to put in", () => {
    const [, takeOut = "", putIn = ""] = /^# For kernel_log[^\n]* take (.*) out[^\n]*\n((?:# {3}[^\n]*\n)+)/m.exec(
      unit,
    )!;
    const without = takeOut.split(" and ").reduce((text, line) => {
      expect(text).toContain(`\n${line}\n`);
      return text.replace(`\n${line}\n`, "\n");
    }, unit);
    const withIt = settings(without.replace(putIn, putIn.replaceAll(/^# {3}/gm, "")));
    expect(withIt.get("AmbientCapabilities")).toBe("CAP_SYSLOG");
    expect(withIt.get("CapabilityBoundingSet")).toBe("CAP_SYSLOG");
    expect(withIt.get("DeviceAllow")).toBe("/dev/kmsg r");
    expect([withIt.get("PrivateDevices"), withIt.get("ProtectKernelLogs")]).toEqual([undefined, undefined]);
  });
});

describe("the comparison with dcgm-exporter", () => {
  const rows = tableUnder(`## x\n${read("docs/dcgm-exporter-comparison.md").split("## What")[0]}`, "x");

  test("has a row for each of the 25 complaints, with an answer and a proof", () => {
    expect(rows.map(([number]) => Number(number))).toEqual(Array.from({ length: 25 }, (_, i) => i + 1));
    for (const row of rows) expect(row.map((cell) => cell !== "")).toEqual([true, true, true, true]);
  });

  test("names tests that there are", () => {
    const tests = [...testFiles("packages"), ...testFiles("e2e")].map((file) => read(file)).join("\n");
    const named = rows.flatMap(([, , , proof = ""]) => [...proof.matchAll(/"([^"]+)"/g)].map(([, name = ""]) => name));
    expect(named.length).toBeGreaterThan(25);
    const parts = named.flatMap((name) =>
      name
        .split("…")
        .map((part) => part.trim())
        .filter((part) => part.length > 3),
    );
    expect(parts.filter((part) => !tests.includes(part))).toEqual([]);
  });

  test("names files that there are, each with the tests named behind it", () => {
    const missing = rows.flatMap(([number, , , proof = ""]) =>
      [...proof.matchAll(/([\w/-]+\.test\.ts)((?:[^"]|"[^"]*")*?)(?=;|$)/g)].flatMap(([, file = "", names = ""]) => {
        const path =
          file.includes("packages/") || file.startsWith("e2e/") ? file : `packages/receiver-dcgm/test/${file}`;
        if (!existsSync(new URL(`../../../../${path}`, import.meta.url))) return [`row ${number}: ${path}`];
        const text = read(path);
        return [...names.matchAll(/"([^"]+)"/g)]
          .flatMap(([, name = ""]) => name.split("…").map((part) => part.trim()))
          .filter((part) => part.length > 3 && !text.includes(part))
          .map((part) => `row ${number}: ${path}: ${part}`);
      }),
    );
    expect(missing).toEqual([]);
  });
});

function testFiles(folder: string): string[] {
  return readdirSync(new URL(`../../../../${folder}`, import.meta.url), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts") && !file.includes("node_modules"))
    .map((file) => `${folder}/${file}`);
}
