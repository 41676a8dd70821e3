import { once } from "node:events";
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { freePort } from "@tracecore/testkit";
import { describe, expect, test } from "vitest";
import { folderWith, poll, run, start } from "./harness/collector.ts";
import { sample } from "./harness/exposition.ts";
import { flavours } from "./harness/places.ts";

/** A config with ports of its own. */
async function config(changes = ""): Promise<{ folder: string; text: string; prom: number; telemetry: number }> {
  const [prom, telemetry] = [await freePort(), await freePort()];
  const text = `receivers:
  clock: { collection_interval: 100ms }
exporters:
  prom: { endpoint: "localhost:${prom}" }
  stdout: {}
pipelines:
  metrics: { receivers: [clock], exporters: [prom, stdout] }
telemetry: { enabled: true, listen: "localhost:${telemetry}" }
${changes}`;
  return { folder: await folderWith({ "tracecore.yaml": text }), text, prom, telemetry };
}

describe.each(flavours)("$name", (flavour) => {
  test("runs the getting-started example, says what runs and where to look, and sums up at the end", async () => {
    const [prom, telemetry] = [await freePort(), await freePort()];
    await using running = start(flavour, [
      "--config",
      "examples/getting-started/tracecore.yaml",
      "--set",
      `exporters.prom.endpoint=localhost:${prom}`,
      "--set",
      `telemetry.listen=localhost:${telemetry}`,
    ]);
    await running.saw("Ctrl-C stops it");
    expect(running.err).toContain("tracecore 0.1.0 runs examples/getting-started/tracecore.yaml");
    expect(running.err).toContain("metrics/host: hostmetrics, clock → prom");
    expect(running.err).toContain(`http://localhost:${prom}/metrics`);
    expect(running.err).toContain(`http://localhost:${telemetry}/metrics`);
    await poll(`http://127.0.0.1:${prom}/metrics`, (text) => text.includes("system_cpu_time_seconds_total{"));
    await running.saw(/metric tracecore\.clock\.time \d+/);
    running.kill("SIGINT");
    const { status, err } = await running.ended;
    expect(status).toBe(0);
    expect(err).toMatch(/^stopped in \d+\.\d s: [1-9]\d* items delivered, 0 persisted, 0 dropped$/m);
  });

  test("tracecore #49 #50: is alive at once and ready when every component has started", async () => {
    const { folder, telemetry } = await config();
    await using running = start(flavour, [], { cwd: folder });
    await poll(`http://127.0.0.1:${telemetry}/healthz`, (_text, status) => status === 200);
    expect(await poll(`http://127.0.0.1:${telemetry}/readyz`, (_text, status) => status === 200)).toBe("ready");
    expect(running.err).toContain("tracecore running");
  });

  test("tracecore #41: opens no port unless the config says so", async () => {
    const folder = await folderWith({
      "tracecore.yaml":
        "receivers: { clock: {} }\nexporters: { stdout: {} }\npipelines: { metrics: { receivers: [clock], exporters: [stdout] } }\n",
    });
    await using running = start(flavour, [], { cwd: folder });
    await running.saw("tracecore running");
    expect(listeningSockets(running.pid)).toEqual([]);
  });

  test("tracecore #43: says which key of which file to change when a port is taken, and exits with 1", async () => {
    const { folder, prom } = await config();
    const holder = createServer().listen(prom, "127.0.0.1");
    await once(holder, "listening");
    try {
      const { status, err } = await run(flavour, [], { cwd: folder });
      expect(status).toBe(1);
      expect(err).toContain(`tracecore.yaml:4:3`);
      expect(err).toContain("exporters.prom.endpoint");
      expect(err).toContain(String(prom));
      expect(err).not.toContain("    at ");
    } finally {
      holder.close();
    }
  });

  test("tracecore #43: the same for the port of self-telemetry", async () => {
    const { folder, telemetry } = await config();
    const holder = createServer().listen(telemetry, "127.0.0.1");
    await once(holder, "listening");
    try {
      const { status, err } = await run(flavour, [], { cwd: folder });
      expect(status).toBe(1);
      expect(err).toContain("telemetry.listen");
      expect(err).toContain(String(telemetry));
    } finally {
      holder.close();
    }
  });

  test("tracecore #65: two SIGTERMs do not hang it", async () => {
    const { folder } = await config();
    await using running = start(flavour, [], { cwd: folder });
    await running.saw("tracecore running");
    running.kill("SIGTERM");
    running.kill("SIGTERM");
    expect([0, 130]).toContain((await running.ended).status);
  });

  test("logs at the level and in the form that the config says, and the command line wins", async () => {
    const { folder } = await config();
    const say = ["--set", "runtime.log_level=debug", "--set", "runtime.log_format=json", "--run-for", "100ms"];
    const levels = async (...more: string[]): Promise<Set<string>> => {
      const { err } = await run(flavour, [...say, ...more], { cwd: folder });
      const lines = err.trimEnd().split("\n");
      return new Set(lines.map((line) => (JSON.parse(line) as { level: string }).level));
    };
    expect(await levels()).toContain("debug");
    expect(await levels("--log-level", "info")).toEqual(new Set(["info"]));
  });

  test("a second signal of another name ends it as interrupted, however little there was to finish", async () => {
    const { folder } = await config();
    await using running = start(flavour, [], { cwd: folder });
    await running.saw("tracecore running");
    running.kill("SIGINT");
    running.kill("SIGTERM");
    const { status, err } = await running.ended;
    expect(err).toContain("again: leaving without finishing");
    expect(status).toBe(130);
  });

  test("tracecore #66: SIGTERM while it boots ends it cleanly", async () => {
    const { folder } = await config();
    for (const delay of [0, 20, 50, 80, 120, 200]) {
      await using running = start(flavour, [], { cwd: folder });
      await new Promise((resolve) => setTimeout(resolve, delay));
      running.kill("SIGTERM");
      const { status, signal, err } = await running.ended;
      // Before the program has begun there is nobody to be clean: the kernel's default ends it.
      if (signal === null) expect(status).toBe(0);
      else expect([signal, err]).toEqual(["SIGTERM", ""]);
    }
  });

  test("tracecore #23: a reader that goes away ends neither the process nor the other exporters", async () => {
    const { folder, prom, telemetry } = await config();
    const [program, ...before] = flavour.command;
    const child = spawn(program, [...before, "--config", join(folder, "tracecore.yaml")], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    try {
      await once(child.stdout, "data");
      child.stdout.destroy();
      const counted = 'tracecore_exporter_calls_total{component_id="stdout",kind="io",result="failure"';
      await poll(`http://127.0.0.1:${telemetry}/metrics`, (text) =>
        text.split("\n").some((line) => looksLike(line, counted)),
      );
      const before_ = await poll(`http://127.0.0.1:${prom}/metrics`, (text) =>
        text.includes("tracecore_clock_time_seconds"),
      );
      await poll(`http://127.0.0.1:${prom}/metrics`, (text) => text !== before_);
      expect(child.exitCode).toBeNull();
    } finally {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  });

  test("tracecore #19: the clock on standard output shows what the specification lists, and no errors", async () => {
    const { folder, telemetry } = await config();
    await using running = start(flavour, [], { cwd: folder });
    await running.saw("tracecore.clock.time");
    const text = await poll(`http://127.0.0.1:${telemetry}/metrics`, (body) =>
      body.includes('tracecore_receiver_emissions_total{component_id="clock"'),
    );
    const clock = { component_id: "clock" };
    expect(sample(text, "tracecore_receiver_emissions_total", clock)).toBeGreaterThan(0);
    expect(sample(text, "tracecore_receiver_collection_latency_seconds_count", clock)).toBe(
      sample(text, "tracecore_receiver_emissions_total", clock),
    );
    expect(sample(text, "tracecore_receiver_degraded_seconds_total", clock)).toBe(0);
    expect(sample(text, "tracecore_receiver_last_activity_unix_seconds", clock)).toBeGreaterThan(1.7e9);
    expect(text).not.toMatch(/^tracecore_receiver_errors_total\{/m);
    for (const gauge of ["exporter_failure_rate", "queue_depth_ratio", "component_restart_count_per_hour"]) {
      expect(sample(text, `tracecore_${gauge}`, {}), gauge).toBe(0);
    }
    const taken = { component_id: "stdout", kind: "", result: "success" };
    expect(sample(text, "tracecore_exporter_calls_total", taken)).toBeGreaterThan(0);
    expect(sample(text, "tracecore_build_info", { command: "tracecore", version: "0.1.0" })).toBe(1);
  });

  test("tracecore #20: a refused reading is counted as downstream, and its latency is observed", async () => {
    const telemetry = await freePort();
    const folder = await folderWith({
      "tracecore.yaml": `receivers: { clock: { collection_interval: 50ms } }
exporters: { stdout: {} }
pipelines: { metrics: { receivers: [clock], exporters: [stdout] } }
telemetry: { enabled: true, listen: "localhost:${telemetry}" }
`,
    });
    const [program, ...before] = flavour.command;
    const child = spawn(program, [...before, "--config", join(folder, "tracecore.yaml")], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    try {
      child.stdout.destroy();
      const clock = { component_id: "clock" };
      const errors = (text: string): number =>
        sample(text, "tracecore_receiver_errors_total", { ...clock, kind: "downstream" });
      const text = await poll(`http://127.0.0.1:${telemetry}/metrics`, (body) => errors(body) > 0);
      const emitted = sample(text, "tracecore_receiver_emissions_total", clock);
      expect(sample(text, "tracecore_receiver_collection_latency_seconds_count", clock)).toBe(
        (Number.isNaN(emitted) ? 0 : emitted) + errors(text),
      );
    } finally {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  });

  test("a reload with a broken file stops nothing and says why, also a thousand times", async () => {
    const { folder, text, prom } = await config();
    const file = join(folder, "tracecore.yaml");
    await using running = start(flavour, [], { cwd: folder });
    await running.saw("tracecore running");
    const rounds = Number(process.env["TRACECORE_RELOADS"] ?? 1000);
    let seed = 42;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return Math.floor((seed / 2 ** 32) * below);
    };
    for (let i = 1; i <= rounds; i++) {
      const at = random(text.length);
      const junk = ["\t", "{", "]", "&a [*a]", "\u0000", "${env:NO}", "x: ", "!!js ", "nope: 1\n", ": :"][random(10)]!;
      await writeFile(file, text.slice(0, at) + junk + text.slice(at + random(3)));
      running.kill("SIGHUP");
      await reloads(running, i);
    }
    expect(running.err).toMatch(/tracecore\.yaml:\d+:\d+: /);
    await writeFile(file, text.replace("100ms", "50ms"));
    running.kill("SIGHUP");
    await reloads(running, rounds + 1);
    const seen = await poll(`http://127.0.0.1:${prom}/metrics`, (body) =>
      body.includes("tracecore_clock_time_seconds"),
    );
    await poll(`http://127.0.0.1:${prom}/metrics`, (body) => body !== seen);
    running.kill("SIGTERM");
    expect((await running.ended).status).toBe(0);
  });

  test("--watch reloads when the file changes, and keeps the port open meanwhile", async () => {
    const { folder, text, prom } = await config();
    await using running = start(flavour, ["--watch"], { cwd: folder });
    await poll(`http://127.0.0.1:${prom}/metrics`, (body) => body.includes("tracecore_clock_time_seconds"));
    let refused = 0;
    let asked = 0;
    const done = new AbortController();
    const asking = (async () => {
      while (!done.signal.aborted) {
        asked++;
        await fetch(`http://127.0.0.1:${prom}/metrics`).then(
          (response) => response.arrayBuffer(),
          () => refused++,
        );
      }
    })();
    await writeFile(
      join(folder, "tracecore.yaml"),
      text.replace(`"localhost:${prom}"`, `"localhost:${prom}", send_timestamps: true`),
    );
    await running.saw(/reload 1 \(file change\) done/);
    done.abort();
    await asking;
    expect(asked).toBeGreaterThan(5);
    expect(refused).toBe(0);
    await poll(`http://127.0.0.1:${prom}/metrics`, (body) =>
      /^tracecore_clock_time_seconds(\{.*\})? \S+ \d{13}$/m.test(body),
    );
  });

  test("stops by itself after --run-for", async () => {
    const { folder } = await config();
    const { status, err } = await run(flavour, ["--run-for", "300ms"], { cwd: folder });
    expect(status).toBe(0);
    expect(err).toMatch(/stopped in .* items delivered/);
  });
});

/** The TCP sockets that a process listens on, as lines of /proc/PID/net/tcp (state 0A). */
function listeningSockets(pid: number): string[] {
  const own = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return []; // Closed in the meantime.
      }
    }),
  );
  return ["tcp", "tcp6"]
    .flatMap((table) => readFileSync(`/proc/${pid}/net/${table}`, "utf8").split("\n"))
    .filter((line) => {
      const columns = line.trim().split(/\s+/);
      return columns[3] === "0A" && own.has(columns[9] ?? "");
    });
}

/** Waits until `count` reloads have been answered in the log. */
async function reloads(running: { readonly err: string }, count: number): Promise<void> {
  const until = performance.now() + 30_000;
  const answers = (): number => running.err.split(/reload \d+ \(SIGHUP\) /).length - 1;
  while (answers() < count) {
    if (performance.now() > until)
      throw new Error(`${answers()} of ${count} reloads were answered\n${running.err.slice(-2000)}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Whether a line of the exposition has the name and all the labels of `wanted`, in whatever order. */
function looksLike(line: string, wanted: string): boolean {
  const [name, labels = ""] = wanted.split("{");
  return (
    line.startsWith(`${name}{`) && labels.split(",").every((label) => line.includes(label)) && !line.endsWith(" 0")
  );
}
