import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { tracecore } from "../captured-console.ts";
import { folderWith, installCore, receiverPackage } from "../folders.ts";
import { root } from "../operations/repository.ts";

const clockToStdout = `receivers: { clockreceiver: {} }
exporters: { stdoutexporter: {} }
pipelines: { metrics/primary: { receivers: [clockreceiver], exporters: [stdoutexporter] } }
`;
const examples = readdirSync(join(root, "examples"), { recursive: true, encoding: "utf8" }).filter(
  (file) =>
    file.endsWith(".yaml") &&
    !file.startsWith("alerts/") &&
    !file.includes("/kubernetes/") &&
    !/getting-started\/(?:simulated-)?gpus/.test(file),
);

/** The part of the output that the specification fixes, before the origins. */
function block(out: string): string {
  return out.slice(0, out.indexOf("where each value comes from:"));
}

describe("tracecore validate", () => {
  test("tracecore #72: explains a config with telemetry in the words of the specification", async () => {
    const cwd = folderWith({ "f.yaml": `${clockToStdout}telemetry: { enabled: true }\n` });
    const { status, out, err } = await tracecore(["validate", "--config=f.yaml", "--explain"], { cwd });
    expect([status, err]).toEqual([0, ""]);
    expect(block(out)).toBe(`config valid: 1 pipeline(s)
  metrics/primary: receivers=1 processors=0 exporters=1
resolved configuration (after defaults applied):
  telemetry.enabled: true
  telemetry.listen: localhost:8888
  telemetry.paths.metrics: /metrics
  telemetry.paths.healthz: /healthz
  telemetry.paths.readyz: /readyz
  pipelines:
    metrics/primary:
      receivers: [clockreceiver]
      exporters: [stdoutexporter]
`);
  });

  test.each([
    ["without the block", ""],
    ["with the block off", "telemetry: { enabled: false, listen: nowhere }\n"],
  ])("tracecore #73: says that nothing is served %s", async (_, telemetry) => {
    const cwd = folderWith({ "f.yaml": clockToStdout + telemetry });
    const { status, out } = await tracecore(["validate", "f.yaml", "--explain"], { cwd });
    expect(status).toBe(0);
    expect(block(out).split("\n")[3]).toBe("  telemetry.enabled: false (HTTP surface OFF; no port bound)");
  });

  test("tracecore #74: has the same status and the same problems with and without --explain", async () => {
    const cwd = folderWith({
      "bad.yaml": clockToStdout.replace("[stdoutexporter]", "[stdotexporter]"),
      "good.yaml": clockToStdout,
    });
    for (const [file, status] of [
      ["bad.yaml", 2],
      ["good.yaml", 0],
    ] as const) {
      const plain = await tracecore(["validate", file], { cwd });
      const explained = await tracecore(["validate", file, "--explain"], { cwd });
      expect([plain.status, explained.status]).toEqual([status, status]);
      expect(explained.err).toBe(plain.err);
      expect(explained.out.startsWith(plain.out)).toBe(true);
    }
    expect((await tracecore(["validate", "bad.yaml"], { cwd })).out).toBe("");
  });

  test("says of each value where it comes from: default, file and line, environment, --set", async () => {
    const cwd = folderWith({
      "base.yaml":
        "receivers:\n  clock:\n    collection_interval: 1s\n    initial_delay: ${env:DELAY}\nexporters:\n  stdout: {}\n",
      "site.yaml":
        "receivers:\n  clock: { collection_interval: 2s }\nexporters: { prom: {} }\npipelines:\n  metrics: { receivers: [clock], exporters: [stdout, prom] }\n",
    });
    const { out } = await tracecore(
      ["validate", "--config", "base.yaml", "-c", "site.yaml", "--set", "exporters.stdout.format=json", "--explain"],
      { cwd, env: { DELAY: "3s" } },
    );
    const lines = out.split("\n").map((line) => line.trim().replaceAll(/ {2,}/g, "  "));
    expect(lines).toEqual(
      expect.arrayContaining([
        "receivers.clock.startup: fail  # default",
        "receivers.clock.collection_interval: 2s  # site.yaml:2",
        "receivers.clock.initial_delay: 3s  # environment DELAY, base.yaml:4",
        "exporters.stdout.format: json  # --set exporters.stdout.format=json",
        "exporters.prom.limits.max_header_size: 8KiB  # default",
        'pipelines.metrics.receivers: ["clock"]  # site.yaml:5',
        "runtime.drain_timeout: 10s  # default",
      ]),
    );
    const columns = out.split("\n").flatMap((line) => (line.includes("  # ") ? [line.indexOf("  # ")] : []));
    expect(new Set(columns).size).toBe(1);
  });

  test("says every problem of all files in one run, in their order, each with its line and a caret", async () => {
    const cwd = folderWith({
      "a.yaml": "receivers:\n  clock:\n    collection_interval: 10\n  clok: {}\n",
      "b.yaml":
        "exporters: { stdout: { format: xml } }\npipelines: { metrics: { receivers: [clock, clok], exporters: [stdout, nope] } }\n",
    });
    const { status, out, err } = await tracecore(["validate", "a.yaml", "b.yaml", "--set", "runtime.drain_timeout=x"], {
      cwd,
    });
    expect([status, out]).toEqual([2, ""]);
    expect(err)
      .toBe(`--set runtime.drain_timeout=x: runtime.drain_timeout: expected a duration such as "10s", got "x". Write a number and a unit: ms, s, m or h. [config-invalid-value]
    1 | runtime.drain_timeout=x
      |                       ^
a.yaml:3:26: receivers.clock.collection_interval: expected a duration such as "10s", got 10. Add a unit: ms, s, m or h. [config-invalid-value]
    3 |     collection_interval: 10
      |                          ^
a.yaml:4:3: receivers.clok: no plugin for the receiver "clok" is installed. Did you mean "clock"? Install it with: pnpm add @tracecore/receiver-clok (looked in ${cwd} and beside tracecore itself). [plugin-not-installed]
    4 |   clok: {}
      |   ^
b.yaml:1:32: exporters.stdout.format: "xml" is not one of text, json. [config-invalid-value]
    1 | exporters: { stdout: { format: xml } }
      |                                ^
b.yaml:2:71: pipelines.metrics.exporters[1]: no exporter "nope" is defined. Defined: stdout. [pipeline-unknown-component]
    2 | pipelines: { metrics: { receivers: [clock, clok], exporters: [stdout, nope] } }
      |                                                                       ^
5 errors
`);
  });

  test("takes a block with nothing behind it as one with its defaults", async () => {
    const cwd = folderWith({
      "f.yaml": `${clockToStdout.replace("clockreceiver: {}", "clockreceiver: ")}telemetry: { enabled: true, paths: , limits: }\nruntime:\n`,
    });
    const { out, err } = await tracecore(["validate", "f.yaml", "--explain"], { cwd });
    expect(err).toBe("");
    expect(out).toContain("  telemetry.paths.readyz: /readyz\n");
  });

  test("prints a warning as one and goes on", async () => {
    const cwd = folderWith({
      "f.yaml": clockToStdout.replace("clockreceiver: {} }", "clockreceiver: {}, clock/idle: {} }"),
    });
    const { status, out, err } = await tracecore(["validate", "f.yaml"], { cwd });
    expect(status).toBe(0);
    expect(out).toMatch(/^config valid: 1 pipeline\(s\)\n/);
    expect(err).toMatch(/^f\.yaml:1:\d+: warning: receivers\.clock\/idle: .* \[component-unused\]\n/);
    expect(err).not.toContain("error");
  });

  test("colours what it prints where colours may be used", async () => {
    const cwd = folderWith({ "f.yaml": "nope: 1\n" });
    expect((await tracecore(["validate", "f.yaml"], { cwd, colors: true })).err).toContain("\u001b[1m");
    expect((await tracecore(["validate", "f.yaml"], { cwd })).err).not.toContain("\u001b");
  });

  test.each(examples)("tracecore #76: accepts examples/%s", async (file) => {
    const { status, err } = await tracecore(["validate", join(root, "examples", file)]);
    expect([status, err]).toEqual([0, ""]);
  });

  test("shows no secret, wherever it stands and whatever is wrong beside it", async () => {
    const cwd = installCore(
      folderWith({
        ...receiverPackage("tracecore-receiver-fan", "fan"),
        "f.yaml": `receivers:
  fan: { password: hunter2 }
  fan/env: { password: "\${env:TOKEN}" }
  fan/set: {}
exporters: { stdout: {} }
pipelines: { metrics: { receivers: [fan, fan/env, fan/set], exporters: [stdout] } }
`,
      }),
    );
    const args = ["validate", "f.yaml", "--explain", "--set", "receivers.fan/set.password=swordfish"];
    const sound = await tracecore(args, { cwd, env: { TOKEN: "s3cret" } });
    expect(sound.status).toBe(0);
    expect(sound.out).toContain("receivers.fan.password: [redacted]");
    const broken = await tracecore([...args, "--set", "receivers.fan.level=high", "--set", "receivers.fan.nope=1"], {
      cwd,
      env: { TOKEN: "s3cret" },
    });
    expect(broken.status).toBe(2);
    for (const { out, err } of [sound, broken]) expect(out + err).not.toMatch(/hunter2|s3cret|swordfish/);
  });

  test("shows no text of a list that has the name of secrets", async () => {
    const config = `receivers:
  fan:
    api_keys: [hunter2, s3cret]
  unknown: { tokens: ["swordfish"] }
exporters: { stdout: {} }
pipelines: { metrics: { receivers: [fan], exporters: [stdout] } }
`;
    const cwd = installCore(folderWith({ ...receiverPackage("tracecore-receiver-fan", "fan"), "f.yaml": config }));
    const { status, err } = await tracecore(["validate", "f.yaml"], { cwd });
    expect(status).toBe(2);
    expect(err).toContain("api_keys: [redacted]");
    expect(err).toContain("unknown: { tokens: [redacted] }");
    expect(err).not.toMatch(/hunter2|s3cret|swordfish/);
  });

  test("shows no line on which a secret stands before the fault", async () => {
    const files = {
      "f.yaml": `receivers:
  fan: { at: "http://agent:hunter2@backend", level: high }
exporters: { stdout: {} }
pipelines: { metrics: { receivers: [fan], exporters: [stdout] } }
`,
      "unread.yaml": 'receivers: { fan: { at: "http://agent:hunter2@backend", level: @high } }\n',
    };
    const cwd = installCore(folderWith({ ...receiverPackage("tracecore-receiver-fan", "fan"), ...files }));
    for (const file of Object.keys(files)) {
      const { status, err } = await tracecore(["validate", file], { cwd });
      expect(status).toBe(2);
      expect(err).toMatch(/level|reserved character/);
      expect(err).not.toContain("hunter2");
    }
  });
});
