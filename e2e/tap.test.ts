import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { folderWith, run, start, type Running } from "./harness/collector.ts";
import { flavours, type Flavour } from "./harness/places.ts";

const config = (exporters: string): string => `receivers: { clock: { collection_interval: 50ms } }
exporters: { stdout: { verbosity: basic }, stdout/second: { verbosity: basic } }
pipelines: { metrics: { receivers: [clock], exporters: [${exporters}] } }
`;

/** A folder with a config, and in it a runtime folder so that no other collector is found. */
async function place(): Promise<{ cwd: string; env: Record<string, string> }> {
  const cwd = await folderWith({ "tracecore.yaml": config("stdout") });
  return { cwd, env: { TRACECORE_RUNTIME_DIR: join(cwd, "run") } };
}

async function collector(flavour: Flavour, where: Awaited<ReturnType<typeof place>>): Promise<Running> {
  const running = start(flavour, ["--config", "tracecore.yaml"], where);
  await running.saw("tracecore running");
  return running;
}

describe.each(flavours)("tracecore tap with $name", (flavour) => {
  test("shows what passes a component, as text", async () => {
    const where = await place();
    await using _running = await collector(flavour, where);
    const { status, out, err } = await run(flavour, ["tap", "clock", "--limit", "2"], where);
    const one = String.raw`metrics of receiver "clock" to exporter "stdout": 1 item
  \S+Z metric tracecore\.clock\.time [\d.]+ s
`;
    expect(out).toMatch(new RegExp(`^${one}${one}$`));
    expect(err).toMatch(/^tap: metrics of receiver "clock" to exporter "stdout"\ntap: 2 batches with 2 items shown/);
    expect(status).toBe(0);
  });

  test("writes OTLP/JSON, a line for each batch, of items with the name and the resource that are asked for", async () => {
    const where = await place();
    await using _running = await collector(flavour, where);
    const choice = ["--name", "clock", "--resource", "service.name=tracecore", "--signal", "metrics"];
    const args = ["tap", "exporter/stdout", "--format", "json", "--limit", "3", ...choice];
    const { status, out } = await run(flavour, args, where);
    const names = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).resourceMetrics[0].scopeMetrics[0].metrics[0].name as string);
    expect(names).toEqual(["tracecore.clock.time", "tracecore.clock.time", "tracecore.clock.time"]);
    expect(status).toBe(0);
    const none = await run(flavour, ["tap", "clock", "--name", "nothing", "--duration", "300ms"], where);
    expect(none).toMatchObject({ status: 0, out: "" });
  });

  test("goes on through a reload, and ends with a line when the component is gone", async () => {
    const where = await place();
    await using running = await collector(flavour, where);
    await using tap = start(flavour, ["tap", "stdout"], where);
    await tap.saw('to exporter "stdout": 1 item');
    await writeFile(join(where.cwd, "tracecore.yaml"), config("stdout, stdout/second"));
    running.kill("SIGHUP");
    await running.saw("reload 1 (SIGHUP) done");
    const before = tap.out.length;
    await expect.poll(() => tap.out.length, { timeout: 10_000 }).toBeGreaterThan(before);
    await writeFile(join(where.cwd, "tracecore.yaml"), config("stdout/second"));
    running.kill("SIGHUP");
    const { status, err } = await tap.ended;
    expect(err).toContain(
      'tap: the collector was reloaded: no component "stdout" runs; there is nothing more to see\n',
    );
    expect(status).toBe(0);
  });

  test("ends with a line when the collector stops, and with an error when it is killed", async () => {
    const where = await place();
    await using running = await collector(flavour, where);
    await using tap = start(flavour, ["tap", "clock"], where);
    await tap.saw("1 item");
    running.kill("SIGTERM");
    expect(await tap.ended).toMatchObject({ status: 0 });
    expect(tap.err).toContain("tap: the collector has stopped; there is nothing more to see\n");

    await using again = await collector(flavour, where);
    await using second = start(flavour, ["tap", "clock"], where);
    await second.saw("1 item");
    again.kill("SIGKILL");
    expect(await second.ended).toMatchObject({ status: 1 });
    expect(second.err).toContain(
      "error: the collector went away while it was looked at. Look at its log. [tap-lost]\n",
    );
    const none = await run(flavour, ["tap", "clock"], where);
    expect(none.err).toMatch(/^error: no running collector was found in .*\[admin-socket-missing\]\n$/);
  });

  test("tells several collectors apart", async () => {
    const where = await place();
    await using one = await collector(flavour, where);
    await using other = await collector(flavour, where);
    const both = await run(flavour, ["tap", "clock"], where);
    expect(both.status).toBe(1);
    expect(both.err).toMatch(/^error: 2 collectors run here: .*\[admin-socket-ambiguous\]\n$/);
    const folder = join(where.cwd, "run");
    for (const { pid } of [one, other]) {
      expect(both.err).toContain(
        `${folder}/${pid}.sock (process ${pid}, version 0.1.0, ${join(where.cwd, "tracecore.yaml")})`,
      );
    }
    const socket = `${folder}/${one.pid}.sock`;
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    const chosen = await run(flavour, ["tap", "clock", "--limit", "1", "--admin-socket", socket], where);
    expect(chosen.status).toBe(0);
  });

  test("names what runs where a component is unknown", async () => {
    const where = await place();
    await using _running = await collector(flavour, where);
    expect(await run(flavour, ["tap", "clok"], where)).toMatchObject({
      status: 1,
      err: 'error: no component "clok" runs. Did you mean "clock"? There are receiver/clock, exporter/stdout. [tap-unknown-component]\n',
    });
  });

  test("a collector without a socket runs, and has no file", async () => {
    const where = await place();
    await using running = start(flavour, ["--config", "tracecore.yaml", "--admin-socket", "off"], where);
    await running.saw("tracecore running");
    expect(readdirSync(where.cwd)).toEqual(["tracecore.yaml"]);
  });
});

test("a reader that hangs slows nothing down", async () => {
  const [flavour] = flavours as readonly [Flavour];
  const where = await place();
  await using running = await collector(flavour, where);
  const [program, ...before] = flavour.command;
  const child = spawn(program, [...before, "tap", "clock", "--rate", "1000"], {
    cwd: where.cwd,
    env: { PATH: process.env["PATH"] ?? "", ...where.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  await once(child.stdout, "data");
  child.kill("SIGSTOP");
  const seen = (): number => running.out.split("\n").length;
  const then = seen();
  await expect.poll(seen, { timeout: 10_000 }).toBeGreaterThan(then + 20);
  child.kill("SIGKILL");
  running.kill("SIGTERM");
  const { err, status } = await running.ended;
  expect(err).toMatch(/stopped in \d+\.\d s: \d+ items delivered, 0 persisted, 0 dropped/);
  expect(status).toBe(0);
});

test("ends when nobody reads its output any more", async () => {
  const [flavour] = flavours as readonly [Flavour];
  const where = await place();
  await using _running = await collector(flavour, where);
  const [program, ...before] = flavour.command;
  const child = spawn(program, [...before, "tap", "clock"], {
    cwd: where.cwd,
    env: { PATH: process.env["PATH"] ?? "", ...where.env },
    stdio: ["ignore", "pipe", "ignore"],
  });
  await once(child.stdout, "data");
  child.stdout.destroy();
  const [status] = (await once(child, "exit")) as [number];
  expect(status).toBe(0);
});
