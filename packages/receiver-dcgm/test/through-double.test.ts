import { systemClock } from "@tracecore/core";
import { numberPoints, scope } from "@tracecore/core/pdata";
import { capturingReceiver } from "@tracecore/core/selftelemetry";
import { loadBlock } from "@tracecore/core/service";
import { recordingSink, testHost, testLogger, testSettings } from "@tracecore/testkit";
import { describe, expect, test, vi } from "vitest";
import { missingCompiler } from "../double/compile.ts";
import { dcgmReceiver } from "../src/receiver.ts";
import { engineDouble, twoGpus, type EngineDouble } from "./double/engine-double.ts";

const reason = missingCompiler();

/** The receiver as it runs, with the clock of the machine, over libdcgm's double. */
async function reading(engine: EngineDouble, rest = "") {
  const sink = recordingSink();
  const logger = testLogger();
  const host = testHost();
  const telemetry = capturingReceiver();
  const yaml = `{ library: ${engine.library}, collection_interval: 100ms, call_timeout: 500ms${rest} }`;
  const sources = [{ file: "config.yaml", bytes: new TextEncoder().encode(yaml) }];
  const { value, problems } = loadBlock<unknown>(dcgmReceiver.config, { sources, env: {} });
  expect(problems).toEqual([]);
  const start = (dcgmReceiver as unknown as { start: (config: unknown, ctx: object) => Promise<AsyncDisposable> })
    .start;
  const instance = await start(value, {
    settings: testSettings("dcgm", { logger }),
    host,
    clock: systemClock,
    signal: new AbortController().signal,
    scope: scope({ name: "test" }),
    dropped: () => {},
    telemetry,
    next: { ...sink, wired: () => true, dropped: () => {} },
  });
  const points = (name: string) =>
    sink.batches
      .flatMap((batch) => (batch.signal === "metrics" ? [...numberPoints(batch)] : []))
      .filter((point) => point.name === name);
  return {
    sink,
    logger,
    host,
    telemetry,
    points,
    [Symbol.asyncDispose]: () => Promise.resolve(instance[Symbol.asyncDispose]()),
  };
}

describe.skipIf(reason !== undefined)("the receiver through libdcgm", () => {
  test("reads GPUs, and shows them under both kinds of names", async () => {
    using engine = engineDouble();
    engine.script(...twoGpus, "value 1 0 150 61", "value 1 1 150 62");
    await using dcgm = await reading(engine, ", naming: [otel, dcgm-exporter]");
    await vi.waitFor(() => expect(dcgm.points("DCGM_FI_DEV_GPU_TEMP").length).toBeGreaterThan(1));
    expect(dcgm.points("DCGM_FI_DEV_GPU_TEMP")[0]!.attributes).toMatchObject({
      gpu: "0",
      device: "nvidia0",
      UUID: "GPU-00000000-0000-0000-0000-000000000000",
      pci_bus_id: "00000000:3B:00.0",
      Hostname: "test-host",
    });
    expect(dcgm.points("hw.temperature").map(({ value }) => value)).toEqual(expect.arrayContaining([61, 62]));
    expect(dcgm.points("tracecore.dcgm.up").at(-1)?.value).toBe(1);
  });

  test("tracecore #87: without a library it is degraded from the first moment, and finds it when it comes", async () => {
    using engine = engineDouble();
    await using dcgm = await reading({ ...engine, library: "/no/such/folder" });
    await vi.waitFor(() => expect(dcgm.telemetry.callsOf("setDegraded")).toContainEqual([true]));
    expect(dcgm.telemetry.callsOf("incError")[0]).toEqual(["init"]);
    expect(dcgm.logger.lines[0]?.message).toContain("/no/such/folder");
  });

  test("connects again when the engine is back, without a value of before", async () => {
    using engine = engineDouble();
    await using dcgm = await reading(engine);
    await vi.waitFor(() => expect(dcgm.points("hw.power").length).toBeGreaterThan(0));
    engine.script("engine down 1", ...twoGpus);
    await vi.waitFor(() => expect(dcgm.points("tracecore.dcgm.up").at(-1)?.value).toBe(0), { timeout: 5000 });
    dcgm.sink.clear();
    engine.script("engine up 2", ...twoGpus);
    await vi.waitFor(() => expect(dcgm.points("hw.power").length).toBeGreaterThan(0), { timeout: 10_000 });
    expect(dcgm.host.events.map(({ status }) => status)).toEqual(expect.arrayContaining(["recoverable_error", "ok"]));
  }, 20_000);
});
