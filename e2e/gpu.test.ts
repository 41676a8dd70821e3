import { readFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "@tracecore/testkit";
import { describe, expect, test } from "vitest";
import { folderWith, poll, start } from "./harness/collector.ts";
import { peerProgram } from "./harness/peer-programs.ts";
import { flavours, root } from "./harness/places.ts";
import { startPrometheus } from "./harness/prometheus.ts";

const prometheus = peerProgram("prometheus", "prometheus");
const [command] = flavours;
const rulesFile = join(root, "examples/alerts/gpu-rules.yaml");

interface Panel {
  readonly title: string;
  readonly targets: readonly { readonly expr: string }[];
}

/** The expressions of a dashboard as Grafana asks them with every variable on "All". */
function panels(name: string): Panel[] {
  const file = join(root, `examples/dashboards/${name}.json`);
  const { panels: all } = JSON.parse(readFileSync(file, "utf8")) as { panels: Panel[] };
  return all.map(({ title, targets }) => ({
    title,
    targets: targets.map(({ expr }) => ({ expr: expr.replaceAll(/\$(instance|gpu)\b/g, ".*") })),
  }));
}

/** What Grafana's dashboard 12239 asks of dcgm-exporter. */
const dashboard12239 = [
  'DCGM_FI_DEV_GPU_TEMP{instance=~".*", gpu=~".*"}',
  'avg(DCGM_FI_DEV_GPU_TEMP{instance=~".*", gpu=~".*"})',
  'DCGM_FI_DEV_POWER_USAGE{instance=~".*", gpu=~".*"}',
  'sum(DCGM_FI_DEV_POWER_USAGE{instance=~".*", gpu=~".*"})',
  'DCGM_FI_DEV_SM_CLOCK{instance=~".*", gpu=~".*"} * 1000000',
  'DCGM_FI_DEV_GPU_UTIL{instance=~".*", gpu=~".*"}',
  'DCGM_FI_PROF_PIPE_TENSOR_ACTIVE{instance=~".*", gpu=~".*"}',
  'DCGM_FI_DEV_FB_USED{instance=~".*", gpu=~".*"}',
];

describe.skipIf(prometheus.skip)("simulated GPUs through a Prometheus server", () => {
  test("answer every query of the dashboards, of Grafana's dashboard for dcgm-exporter and of the alerts", async () => {
    const port = await freePort();
    // Prometheus begins to scrape five seconds after its start: only what happens later is an increase.
    const faults = [
      "{ kind: xid, gpu: 1, code: 79, after: 12s }",
      "{ kind: thermal, gpu: 2, after: 2s }",
      "{ kind: row_remap_pending, gpu: 3, after: 2s }",
      "{ kind: ecc, gpu: 4, after: 4s }",
      "{ kind: nvlink_errors, gpu: 5, after: 4s }",
    ];
    const folder = await folderWith({
      "tracecore.yaml": `receivers:
  dcgm:
    mode: simulated
    collection_interval: 1s
    naming: [otel, dcgm-exporter, dcgm-exporter-4.9]
    simulated: { gpus: 8, mig: true, faults: [${faults.join(", ")}] }
exporters:
  prom: { endpoint: "127.0.0.1:${port}" }
  stdout: { format: json }
pipelines:
  metrics: { receivers: [dcgm], exporters: [prom] }
  logs: { receivers: [dcgm], exporters: [stdout] }
`,
    });
    await using server = await startPrometheus(
      prometheus.path,
      `global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: ["${rulesFile}"]
scrape_configs:
  - job_name: gpus
    static_configs: [{ targets: ["127.0.0.1:${port}"] }]
`,
    );
    await using collector = start(command!, [], { cwd: folder });
    await server.until("up == 1", (samples) => samples.length === 1);
    await server.until('nvidia_gpu_xid_errors_total{nvidia_xid_code="79"} == 1', (samples) => samples.length === 1);
    await server.until("increase(hw_errors_total[15s]) > 0", (samples) => samples.length > 0);

    const empty: string[] = [];
    for (const board of ["gpu-fleet", "gpu-node"]) {
      for (const { title, targets } of panels(board)) {
        for (const { expr } of targets) {
          if ((await server.query(expr)).length === 0) empty.push(`${board}: ${title}: ${expr}`);
        }
      }
    }
    expect(empty).toEqual([]);
    for (const expr of dashboard12239) expect((await server.query(expr)).length, expr).toBeGreaterThan(0);

    const [temperature] = await server.query('DCGM_FI_DEV_GPU_TEMP{gpu="0"}');
    expect(Object.keys(temperature!.metric).toSorted()).toEqual([
      "DCGM_FI_DRIVER_VERSION",
      "Hostname",
      "UUID",
      "__name__",
      "device",
      "gpu",
      "instance",
      "job",
      "modelName",
      "pci_bus_id",
    ]);
    const [info] = await server.query("target_info");
    expect(info!.metric["tracecore_simulated"]).toBe("true");

    // The rules are evaluated, and those whose condition holds wait for it to last.
    await server.until('ALERTS{alertname="GpuXidCritical", nvidia_xid_code="79"}', (samples) => samples.length > 0);
    const { groups } = (await server.api("rules")) as {
      groups: { rules: { name: string; health: string; state: string }[] }[];
    };
    const rules = groups.flatMap((group) => group.rules);
    expect(rules.filter(({ health }) => health !== "ok")).toEqual([]);
    const burning = rules.filter(({ state }) => state !== "inactive").map(({ name }) => name);
    expect(burning).toEqual(
      expect.arrayContaining(["GpuFailed", "GpuFailurePredicted", "GpuDegraded", "GpuXidCritical"]),
    );
    expect(collector.out).toContain("nvidia.gpu.xid");
  });

  test("serve the names of dcgm-exporter on its port's page in the plain format, as it does", async () => {
    const port = await freePort();
    const folder = await folderWith({
      "tracecore.yaml": `receivers: { dcgm: { mode: simulated, naming: [dcgm-exporter], simulated: { gpus: 1 } } }
exporters: { prom: { endpoint: "127.0.0.1:${port}" } }
pipelines: { metrics: { receivers: [dcgm], exporters: [prom] } }
`,
    });
    await using _ = start(command!, [], { cwd: folder });
    const page = await poll(`http://127.0.0.1:${port}/metrics`, (text) => text.includes("DCGM_FI_DEV_GPU_TEMP{"));
    expect(page).toMatch(
      /^DCGM_FI_DEV_GPU_TEMP\{DCGM_FI_DRIVER_VERSION="[\d.]+",Hostname="\S+",UUID="GPU-\S+",device="nvidia0",gpu="0",modelName="NVIDIA H100 80GB HBM3",pci_bus_id="00000000:1B:00\.0"\} +\d+$/m,
    );
    expect(page).not.toMatch(/otel_scope|_celsius|hw_/);
  });
});
