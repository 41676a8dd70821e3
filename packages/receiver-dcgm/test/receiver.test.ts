import { conformance, failingSink, runReceiver } from "@tracecore/testkit";
import { describe, expect, test } from "vitest";
import { dcgmReceiver } from "../src/receiver.ts";
import { running } from "./running.ts";

const sim = (simulated: string, rest = ""): string =>
  `{ mode: simulated, collection_interval: 10s, simulated: ${simulated}${rest === "" ? "" : `, ${rest}`} }`;

describe("dcgm receiver", () => {
  conformance(dcgmReceiver, "{ mode: simulated, simulated: { gpus: 8, mig: true } }");

  test("tracecore #77: without a GPU in sight it counts enumerate and is degraded, each tick", async () => {
    await using dcgm = await running(sim("{ gpus: 0 }"));
    await dcgm.next(20_000);
    expect(dcgm.kinds).toEqual(["enumerate", "enumerate", "enumerate"]);
    expect(dcgm.telemetry.callsOf("setDegraded").at(-1)).toEqual([true]);
    expect(dcgm.host.events).toMatchObject([{ status: "recoverable_error", error: { code: "dcgm-no-gpus" } }]);
    expect(dcgm.logger.lines.map(({ message }) => message)).toEqual([
      "the host engine simulated sees no GPU. Check that the driver is loaded (nvidia-smi) and that the engine may open /dev/nvidia*",
    ]);
    expect(dcgm.values("tracecore.dcgm.up")).toEqual(["1", "1"]);
  });

  test("tracecore #78: stale samples count read once per tick, however many there are, and are not passed on", async () => {
    await using dcgm = await running(sim("{ gpus: 8, faults: [{ kind: stale, gpu: 3, after: 15s }] }"));
    await dcgm.next(40_000);
    expect(dcgm.kinds).toEqual([]);
    await dcgm.next(10_000);
    expect(dcgm.kinds).toEqual(["read"]);
    expect(dcgm.values("hw.temperature", "nvidia.gpu.index").filter((line) => line.startsWith("3 "))).toEqual([]);
    expect(dcgm.values("hw.power", "nvidia.gpu.index")).toHaveLength(7);
    // The last value does not stand on at whoever keeps it: each series was told to end.
    expect(dcgm.ended().filter((name) => name === "hw.power")).toEqual(["hw.power"]);
    const dropped = dcgm.values("tracecore.dcgm.values.dropped", "nvidia.dcgm.field.id", "tracecore.dcgm.drop.reason");
    expect(dropped).toContain("155 stale 1");
    expect(dcgm.logger.lines.filter(({ level }) => level === "warn").map(({ message }) => message)).toEqual([
      expect.stringMatching(/^simulated: samples left out: \d+ stale\. tracecore_dcgm_values_dropped_total says which/),
    ]);
  });

  test("shows how old the oldest sample of each GPU is", async () => {
    await using dcgm = await running(sim("{ gpus: 2, faults: [{ kind: stale, gpu: 1, after: 10s }] }"));
    await dcgm.next(30_000);
    expect(dcgm.values("tracecore.dcgm.sample.age", "nvidia.gpu.index").slice(-2)).toEqual(["0 0", "1 20"]);
  });

  test("tracecore #79: a field that a GPU does not have is absent without an error, and is asked for no more", async () => {
    await using dcgm = await running(sim("{ gpus: 2, faults: [{ kind: unsupported, gpu: 1 }] }"));
    await dcgm.next(60_000);
    expect(dcgm.kinds).toEqual([]);
    const indices = dcgm.values("nvidia.gpu.sm.utilization", "nvidia.gpu.index").map((line) => line.split(" ")[0]);
    expect(new Set(indices)).toEqual(new Set(["0"]));
    const lines = dcgm.logger.lines.filter(({ message }) => message.includes("does not have"));
    expect(lines.length).toBeLessThanOrEqual(4);
  });

  test("tracecore #80: a connection that stays lost for 100 ticks is logged once and counted 100 times", async () => {
    await using dcgm = await running(sim("{ gpus: 1, faults: [{ kind: engine_lost, after: 5s }] }"));
    await dcgm.next(1_000_000);
    expect(dcgm.kinds).toEqual(Array.from({ length: 100 }, () => "connect"));
    expect(dcgm.logger.lines.filter(({ level }) => level === "warn")).toHaveLength(1);
    expect(dcgm.host.events.at(-1)).toMatchObject({ status: "recoverable_error" });
  });

  test("tracecore #81: what fails again after it worked is logged again", async () => {
    const faults = "{ kind: engine_lost, after: 5s, for: 10s }, { kind: engine_lost, after: 35s, for: 10s }";
    await using dcgm = await running(sim(`{ gpus: 1, faults: [${faults}] }`));
    await dcgm.next(60_000);
    expect(dcgm.logger.lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
      "info reads 1 gpu of simulated",
      "warn the simulated engine is gone",
      "info works again after 1 failures: connect simulated",
      "info reads 1 gpu of simulated",
      "warn the simulated engine is gone",
      "info works again after 1 failures: connect simulated",
      "info reads 1 gpu of simulated",
    ]);
    expect(dcgm.kinds).toEqual(["connect", "connect"]);
    expect(dcgm.host.events.map(({ status }) => status)).toEqual([
      "ok",
      "recoverable_error",
      "ok",
      "recoverable_error",
      "ok",
    ]);
  });

  test("shows nothing of before while the engine is gone, and goes on within two intervals of its return", async () => {
    await using dcgm = await running(sim("{ gpus: 2, faults: [{ kind: engine_lost, after: 5s, for: 30s }] }"));
    await dcgm.next(10_000);
    expect(dcgm.values("tracecore.dcgm.up")).toEqual(["0"]);
    expect(dcgm.values("hw.power")).toEqual([]);
    expect(dcgm.ended()).toEqual(expect.arrayContaining(["hw.power", "hw.status", "nvidia.gpu.info"]));
    await dcgm.next(20_000);
    expect(dcgm.sink.points.filter(({ name }) => name === "hw.power")).toEqual([]);
    await dcgm.next(20_000);
    expect(dcgm.values("hw.power", "nvidia.gpu.index").length).toBeGreaterThanOrEqual(2);
    expect(dcgm.values("tracecore.dcgm.up").at(-1)).toBe("1");
    expect(dcgm.values("tracecore.dcgm.reconnects").at(-1)).toBe("1");
  });

  test("gives a call that hangs up after call_timeout and goes on when the engine answers again", async () => {
    await using dcgm = await running(
      sim("{ gpus: 1, faults: [{ kind: hang, after: 5s, for: 12s }] }", "call_timeout: 3s"),
    );
    await dcgm.next(13_000);
    expect(dcgm.kinds).toEqual(["connect"]);
    expect(dcgm.logger.lines.at(-1)?.message).toBe("the simulated engine has not answered for 3000 ms");
    await dcgm.next(20_000);
    expect(dcgm.values("hw.power").length).toBeGreaterThan(0);
  });

  test("tracecore #83: at max_series just so many series are emitted, the same ones each time, and cardinality is counted", async () => {
    const emitted = async (): Promise<string[]> => {
      await using dcgm = await running(sim("{ gpus: 8 }", "max_series: 100"));
      await dcgm.next(10_000);
      expect(dcgm.kinds).toEqual(["cardinality", "cardinality"]);
      return dcgm.sink.points.map(({ series: { name, attributes } }) => `${name}${attributes.identity}`).toSorted();
    };
    const first = await emitted();
    expect(first).toHaveLength(100);
    expect(new Set(first).size).toBe(100);
    expect(await emitted()).toEqual(first);
  });

  test("tracecore #85: an initial_delay longer than the interval is accepted, and nothing is read before it has passed", async () => {
    await using dcgm = await running("{ mode: simulated, collection_interval: 15s, initial_delay: 10m }");
    await dcgm.next(599_000);
    expect(dcgm.sink.batches).toEqual([]);
    await dcgm.next(1000);
    expect(dcgm.sink.batches.length).toBeGreaterThan(0);
  });

  test("one lost GPU costs the others nothing, and hw.status says which it is", async () => {
    await using dcgm = await running(sim("{ gpus: 4, faults: [{ kind: gpu_lost, gpu: 2, after: 5s }] }"));
    await dcgm.next(20_000);
    await dcgm.next(10_000);
    expect(dcgm.values("hw.power", "nvidia.gpu.index").map((line) => line.split(" ")[0])).toEqual(["0", "1", "3"]);
    const failed = dcgm.values("hw.status", "nvidia.gpu.index", "hw.state").filter((line) => line.endsWith(" 1"));
    expect(failed).toEqual(["0 ok 1", "1 ok 1", "2 failed 1", "3 ok 1"]);
    expect(dcgm.values("nvidia.gpu.health.reason", "nvidia.gpu.index", "nvidia.gpu.health.reason")).toEqual([
      "2 gpu_lost 1",
    ]);
  });

  test("marks simulated GPUs on their resource", async () => {
    await using dcgm = await running(sim("{ gpus: 1 }"));
    const resources = new Set(
      dcgm.sink.points.map(({ series }) => series.resource.attributes.get("tracecore.simulated")),
    );
    expect([...resources]).toEqual([true]);
  });

  test("counts what the next stage refuses, and says so once", async () => {
    await using dcgm = await running(sim("{ gpus: 1 }"), failingSink());
    await dcgm.next(20_000);
    expect(dcgm.kinds).toEqual(["downstream", "downstream", "downstream"]);
    expect(dcgm.logger.lines.filter(({ level }) => level === "warn").map(({ message }) => message)).toEqual([
      "the sink refuses",
    ]);
  });

  test("reads each family in its own interval", async () => {
    await using dcgm = await running(sim("{ gpus: 1 }", "intervals: { thermal: 1s, ecc: 30s }"));
    await dcgm.next(30_000);
    expect(dcgm.points("nvidia.gpu.temperature.margin")).toHaveLength(30);
    expect(dcgm.points("hw.power")).toHaveLength(3);
    expect(dcgm.points("nvidia.gpu.ecc.mode")).toHaveLength(1);
  });

  test("stops at once when told to while a call hangs", async () => {
    const dcgm = await running(sim("{ gpus: 1, faults: [{ kind: hang, after: 5s }] }"));
    const ticking = dcgm.next(10_000);
    await dcgm[Symbol.asyncDispose]();
    await ticking;
    expect(dcgm.clock.waiting).toBe(0);
  });
});

describe("the options", () => {
  test.each([
    [
      "fields: [DCGM_FI_DEV_GPU_TMP]",
      'config.yaml:1:10: fields[0]: "DCGM_FI_DEV_GPU_TMP" is not a DCGM field, family or preset. Did you mean "DCGM_FI_DEV_GPU_TEMP"?',
    ],
    [
      "endpoint: localhost",
      'config.yaml:1:11: endpoint: expected host:port such as "localhost:4317", got "localhost". Add a port.',
    ],
    [
      "naming: [otel, prometheus]",
      'config.yaml:1:16: naming[1]: "prometheus" is not one of otel, dcgm-exporter, dcgm-exporter-4.8.4, dcgm-exporter-4.9.',
    ],
    [
      "identifiers: hashed",
      "config.yaml:1:14: identifiers: hashed identifiers need identifier_salt. Without a salt a hash can be undone by trying.",
    ],
    [
      'control: { endpoint: "0.0.0.0:1" }',
      'config.yaml:1:22: control.endpoint: expected a loopback address such as "localhost:9401" or a Unix socket, got "0.0.0.0:1".',
    ],
    [
      "simulated: { gpus: 2, faults: [{ kind: xid, gpu: 2 }] }",
      "config.yaml:1:50: simulated.faults[0].gpu: there is no GPU 2; simulated.gpus is 2.",
    ],
    [
      'identifiers: hashed\nidentifier_salt: ""',
      "config.yaml:2:18: identifier_salt: the salt is empty. Write a long random text.",
    ],
    [
      "naming: [otel, dcgm-exporter, otel]",
      'config.yaml:1:31: naming[2]: "otel" is in the list already, and would give every series twice.',
    ],
    [
      "naming: [dcgm-exporter-4.8.4, dcgm-exporter]",
      "config.yaml:1:31: naming[1]: dcgm-exporter-4.8.4 and dcgm-exporter have the same names, and differ in a label and a type: sums would be doubled. Take one of them.",
    ],
    [
      'endpoint: ["gpu7:5555", "gpu7:5555"]',
      'config.yaml:1:25: endpoint[1]: "gpu7:5555" is in the list already, and would give every series twice.',
    ],
    [
      'endpoint: ":5555"',
      'config.yaml:1:11: endpoint: ":5555" names no host, and an engine is asked at one address. Write "localhost:5555".',
    ],
    ["endpoint: gpu7:0", 'config.yaml:1:11: endpoint: no engine can be at port 0 of "gpu7". The usual port is 5555.'],
    [
      "intervals: { ecc: 9999ms }",
      "config.yaml:1:12: intervals: with collection_interval they have no more than 1 ms in common, and the receiver would wake up that often. Make each a multiple of the shortest.",
    ],
    [
      "counters_file: /",
      "config.yaml:1:16: counters_file: counters_file / is a folder. Name a counters file of dcgm-exporter such as default-counters.csv, or leave counters_file out.",
    ],
    [
      "counters_file: /dev/zero",
      "config.yaml:1:16: counters_file: counters_file /dev/zero is not a regular file. Name a counters file of dcgm-exporter such as default-counters.csv, or leave counters_file out.",
    ],
    ["intervals: { termal: 1s }", 'config.yaml:1:14: intervals.termal: unknown option. Did you mean "thermal"?'],
  ])("refuse %s and say where and why", async (yaml, message) => {
    await expect(runReceiver(dcgmReceiver, yaml)).rejects.toThrow(message);
  });

  test("say that a counters file is not there when the receiver starts with it", async () => {
    await expect(running("{ mode: simulated, counters_file: /nowhere/counters.csv }")).rejects.toThrow(
      "cannot read counters_file /nowhere/counters.csv: ENOENT: no such file or directory, stat '/nowhere/counters.csv'",
    );
  });

  test("take one endpoint or several, TCP, IPv6 and Unix sockets", async () => {
    const yaml = '{ mode: simulated, endpoint: ["localhost:5555", "[::1]:5555", "unix:///run/nv-hostengine"] }';
    await expect(running(yaml).then((dcgm) => dcgm[Symbol.asyncDispose]())).resolves.toBeUndefined();
  });
});
