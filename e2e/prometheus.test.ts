import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "@tracecore/testkit";
import { describe, expect, test } from "vitest";
import { folderWith, poll, start, type Running } from "./harness/collector.ts";
import { peerProgram } from "./harness/peer-programs.ts";
import { flavours, root } from "./harness/places.ts";
import { startPrometheus, type Prometheus } from "./harness/prometheus.ts";

const prometheus = peerProgram("prometheus", "prometheus");
const promtool = peerProgram("promtool", "prometheus");
const rulesFile = join(root, "examples/alerts/tracecore-rules.yaml");
const [command] = flavours;

/** What a Prometheus server asks for. */
const openMetrics = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5";

interface Scraped extends AsyncDisposable {
  readonly server: Prometheus;
  readonly collector: Running;
  readonly file: string;
  readonly text: string;
  readonly ports: { readonly host: number; readonly telemetry: number };
  /** Ends the collector without letting it finish, and starts it again. */
  restart(): Promise<void>;
  kill(): Promise<void>;
}

/** The collector with host metrics, the clock and its telemetry port, and a Prometheus that scrapes both ports each second. */
async function scraped(): Promise<Scraped> {
  const ports = { host: await freePort(), telemetry: await freePort() };
  const text = `receivers:
  clock: { collection_interval: 1s }
  hostmetrics: { collection_interval: 1s }
exporters:
  prom: { endpoint: "127.0.0.1:${ports.host}" }
pipelines:
  metrics/host: { receivers: [hostmetrics], exporters: [prom] }
  metrics/clock: { receivers: [clock], exporters: [prom] }
telemetry: { enabled: true, listen: "127.0.0.1:${ports.telemetry}" }
`;
  const folder = await folderWith({ "tracecore.yaml": text });
  const server = await startPrometheus(
    prometheus.path,
    `global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: ["${rulesFile}"]
scrape_configs:
  - job_name: tracecore
    static_configs: [{ targets: ["127.0.0.1:${ports.telemetry}"] }]
  - job_name: host
    static_configs: [{ targets: ["127.0.0.1:${ports.host}"] }]
`,
  );
  let collector = start(command!, [], { cwd: folder });
  return {
    server,
    ports,
    text,
    file: join(folder, "tracecore.yaml"),
    get collector() {
      return collector;
    },
    async kill() {
      await collector[Symbol.asyncDispose]();
    },
    async restart() {
      await collector[Symbol.asyncDispose]();
      collector = start(command!, [], { cwd: folder });
    },
    async [Symbol.asyncDispose]() {
      await collector[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

function there(samples: readonly unknown[]): boolean {
  return samples.length > 0;
}

/** Runs promtool on `input`; gives its lines, none when all is well. */
function check(args: readonly string[], input = ""): Promise<{ status: number; lines: string[] }> {
  return new Promise((resolve, reject) => {
    const child = execFile(promtool.path, args, { maxBuffer: 2 ** 26 }, (error, out, err) => {
      const status = error === null ? 0 : error.code;
      if (typeof status === "number") resolve({ status, lines: (out + err).split("\n").filter((line) => line !== "") });
      else reject(error ?? new Error("promtool did not run"));
    });
    child.stdin?.end(input);
  });
}

interface Panel {
  readonly title: string;
  readonly targets: readonly { readonly expr: string }[];
}
/** The dashboard's expressions as Grafana asks them with every variable on "All". */
function panels(): Panel[] {
  const dashboard = JSON.parse(readFileSync(join(root, "examples/dashboards/selftelemetry.json"), "utf8")) as {
    panels: Panel[];
  };
  return dashboard.panels.map(({ title, targets }) => ({
    title,
    targets: targets.map(({ expr }) => ({
      expr: expr.replaceAll("$__rate_interval", "10s").replaceAll(/\$(instance|component_id)/g, ".*"),
    })),
  }));
}

describe.skipIf(promtool.skip)("promtool", () => {
  test("finds the alert rules correct, and their tests pass", async () => {
    expect(await check(["check", "rules", rulesFile])).toMatchObject({ status: 0 });
    expect(await check(["test", "rules", join(root, "examples/alerts/tracecore-rules.test.yaml")])).toMatchObject({
      status: 0,
    });
  });
});

describe.skipIf(prometheus.skip || promtool.skip)("a Prometheus server", () => {
  test("scrapes both ports, answers queries, evaluates the alert rules and draws every panel of the dashboard", async () => {
    await using run = await scraped();
    const { server, ports } = run;
    await server.until("up == 1", (samples) => samples.length === 2);
    await server.until("system_cpu_time_seconds_total", there);
    const [build] = await server.until("tracecore_build_info", there);
    expect(build).toMatchObject({
      value: 1,
      metric: { instance: `127.0.0.1:${ports.telemetry}`, command: "tracecore", version: "0.1.0" },
    });
    const [target] = await server.until('target_info{job="host"}', there);
    expect(target?.metric).toMatchObject({ service_version: "0.1.0" });
    const [clock] = await server.until("tracecore_clock_time_seconds", there);
    expect(Math.abs((clock?.value ?? 0) - Date.now() / 1000)).toBeLessThan(60);

    // Prometheus prefers OpenMetrics, which it parses strictly: one mistake and the target would be down.
    for (const port of Object.values(ports)) {
      const answer = await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { accept: openMetrics } });
      expect(answer.headers.get("content-type")).toContain("application/openmetrics-text; version=1.0.0");
      expect(await answer.text()).toMatch(/\n# EOF\n$/);
    }
    const { activeTargets } = (await server.api("targets")) as {
      activeTargets: { health: string; lastError: string }[];
    };
    expect(activeTargets.map(({ health, lastError }) => [health, lastError])).toEqual([
      ["up", ""],
      ["up", ""],
    ]);

    await server.until("rate(tracecore_receiver_emissions_total[10s]) > 0", (samples) => samples.length === 2);
    const empty: string[] = [];
    for (const { title, targets } of panels()) {
      for (const { expr } of targets) if (!there(await server.query(expr))) empty.push(title);
    }
    // Nothing fails here, so the panels of failures have nothing to draw.
    expect(empty).toEqual(["Receiver errors by kind", "Components without self-telemetry"]);

    const { groups } = (await server.api("rules")) as {
      groups: { rules: { name: string; health: string; lastError?: string; alerts: unknown[] }[] }[];
    };
    const rules = groups.flatMap((group) => group.rules);
    expect(rules.filter(({ health, alerts }) => health !== "ok" || alerts.length > 0)).toEqual([]);
    expect(rules).toHaveLength(11);
  });

  test("sees counters begin anew under the same instance after a kill, and no series of before", async () => {
    await using run = await scraped();
    const { server, ports } = run;
    const instance = `127.0.0.1:${ports.telemetry}`;
    const emissions = 'tracecore_receiver_emissions_total{component_id="clock"}';
    await server.until(`${emissions} > 3`, there);
    const [before] = await server.until("target_info", there);
    // The collector's own service.instance.id, which Prometheus renames beside the instance that it gives itself.
    expect(before?.metric["exported_instance"]).toMatch(/^\S+$/);

    await run.kill();
    await server.until("up == 0", (samples) => samples.length === 2);
    // Prometheus marks the series of a target that is gone as stale: they end at once, not after five minutes.
    await server.until('{__name__=~"tracecore_.+|system_.+|target_info"}', (samples) => samples.length === 0);

    await run.restart();
    await server.until(`${emissions} > 0`, there);
    const resets = await server.until(`resets(${emissions}[1m])`, ([sample]) => (sample?.value ?? 0) >= 1);
    expect(resets.map(({ metric }) => metric["instance"])).toEqual([instance]);
    expect(await server.query(`count by (instance) (last_over_time(${emissions}[5m]))`)).toEqual([
      { metric: { instance }, value: 1 },
    ]);
    const [after] = await server.until('target_info{job="host"}', (samples) => samples.length === 1);
    expect(after?.metric).toEqual(before?.metric);
  });

  test("no longer sees what a reload takes out of the config", async () => {
    await using run = await scraped();
    const { server, collector, file, text } = run;
    const receivers = "tracecore_receiver_emissions_total > 0";
    await server.until(receivers, (samples) => samples.length === 2);
    await writeFile(file, text.replace(/^ {2}(clock|metrics\/clock):.*\n/gm, ""));
    collector.kill("SIGHUP");
    await collector.saw(/reload 1 \(SIGHUP\) done/);
    const left = await server.until(receivers, (samples) => samples.length === 1);
    expect(left[0]?.metric["component_id"]).toBe("hostmetrics");
    expect(await server.query("up == 1")).toHaveLength(2);
  });

  test("finds names and help texts in order on both ports", async () => {
    await using run = await scraped();
    const { ports } = run;
    const host = await poll(`http://127.0.0.1:${ports.host}/metrics`, (text) =>
      text.includes("system_network_io_bytes_total"),
    );
    const own = await poll(`http://127.0.0.1:${ports.telemetry}/metrics`, (text) =>
      text.includes("tracecore_receiver_emissions_total"),
    );
    expect(await check(["check", "metrics"], own)).toEqual({ status: 0, lines: [] });
    expect(await check(["check", "metrics"], host)).toEqual({ status: 0, lines: [] });
  });
});
