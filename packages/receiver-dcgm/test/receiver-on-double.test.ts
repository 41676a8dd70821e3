import { describe, expect, it, vi } from "vitest";
import { missingCompiler } from "../double/compile.ts";
import { engineDouble, twoGpus, type EngineDouble } from "./double/engine-double.ts";
import { running, type RunningDcgm } from "./running.ts";

const reason = missingCompiler();
const INTERVAL_MS = 2_000;
/** Real time for what the machine does: start a process, compile the double. Nothing is asserted about it. */
const PATIENCE = { timeout: 50_000, interval: 20 };
/** Calls wait in real time and their deadlines pass with the manual clock: none may pass while a test moves that. */
const TIMES = "collection_interval: 2s, initial_delay: 0s, call_timeout: 1h";

/** The receiver once its first tick, which waits for the connection, is over. */
async function started(engine: EngineDouble, config: string): Promise<RunningDcgm> {
  const dcgm = await running(`{ ${config}, library: ${engine.library}, ${TIMES} }`);
  await vi.waitFor(() => expect(dcgm.sink.batches.length).toBeGreaterThan(0), PATIENCE);
  engine.calls();
  return dcgm;
}

/** Writes the script with samples of this moment, moves on by an interval, and waits for what the tick brings. */
async function tick(dcgm: RunningDcgm, engine: EngineDouble, ...lines: readonly string[]): Promise<void> {
  engine.script(...lines, `time ${(dcgm.clock.nowMs() + INTERVAL_MS) * 1000}`);
  await dcgm.next(INTERVAL_MS);
  await vi.waitFor(() => expect(dcgm.sink.batches.length).toBeGreaterThan(0), PATIENCE);
}

/** Ticks until these GPUs are seen, once a new connection is up: the engine's answer may still be on its way. */
async function reconnected(dcgm: RunningDcgm, engine: EngineDouble, gpus: string[], ...lines: string[]): Promise<void> {
  const calls = new Set<string>();
  await vi.waitFor(() => {
    for (const call of engine.calls()) calls.add(call);
    expect(calls).toContain("dcgmHostengineVersionInfo");
  }, PATIENCE);
  await vi.waitFor(async () => {
    await tick(dcgm, engine, ...lines);
    expect(gpusSeen(dcgm)).toEqual(gpus);
  }, PATIENCE);
}

const gpusSeen = (dcgm: RunningDcgm): string[] => [
  ...new Set(dcgm.values("hw.temperature", "nvidia.gpu.index").map((line) => line.split(" ")[0]!)),
];

const standalone = `mode: standalone, endpoint: "localhost:5555", fields: [150, 203]`;

describe.skipIf(reason !== undefined)("the receiver through libdcgm", { timeout: 120_000 }, () => {
  it("reads values from a host engine, and again after that was restarted", async () => {
    using engine = engineDouble();
    await using dcgm = await started(engine, standalone);
    await tick(dcgm, engine, ...twoGpus);
    expect(gpusSeen(dcgm)).toEqual(["0", "1"]);
    engine.calls();
    await tick(dcgm, engine, "engine up 2", ...twoGpus);
    expect(gpusSeen(dcgm)).toEqual([]);
    await reconnected(dcgm, engine, ["0", "1"], "engine up 2", ...twoGpus);
  });

  it("shows the other GPUs while one has fallen off the bus", async () => {
    using engine = engineDouble();
    await using dcgm = await started(engine, standalone);
    await tick(dcgm, engine, ...twoGpus);
    const lost = [...twoGpus.slice(0, 1), twoGpus[1]!.replace(/ 1 0$/, " 4 0"), "value 1 1 * blank"];
    await tick(dcgm, engine, ...lost);
    await tick(dcgm, engine, ...lost);
    expect(gpusSeen(dcgm)).toEqual(["0"]);
    expect(dcgm.kinds.filter((kind) => kind === "connect")).toEqual([]);
  });

  it("goes on after the library crashed in the process of its own engine", async () => {
    using engine = engineDouble({ embedded: true });
    await using dcgm = await started(engine, "mode: embedded, fields: [150]");
    await tick(dcgm, engine, ...twoGpus);
    expect(gpusSeen(dcgm)).toEqual(["0", "1"]);
    engine.calls();
    await tick(dcgm, engine, "crash dcgmEntitiesGetLatestValues", ...twoGpus);
    expect(gpusSeen(dcgm)).toEqual([]);
    expect(dcgm.logger.lines.map(({ message }) => message).join("\n")).toContain(
      "the engine process ended with status 139",
    );
    await reconnected(dcgm, engine, ["0", "1"], ...twoGpus);
  });
});
