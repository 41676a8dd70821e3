import { describe, expect, it, vi } from "vitest";
import { missingCompiler } from "../double/compile.ts";
import { engineDouble, twoGpus, type EngineDouble } from "./double/engine-double.ts";
import { running, type RunningDcgm } from "./running.ts";

const reason = missingCompiler();
const INTERVAL_MS = 10_000;

const standalone = (engine: EngineDouble, rest = ""): string =>
  `{ mode: standalone, endpoint: "localhost:5555", library: ${engine.library}, collection_interval: 10s, initial_delay: 0s, call_timeout: 5s, fields: [150, 203]${rest} }`;

/** Writes the script with samples of this moment, moves on by an interval, and waits for what the tick brings. */
async function tick(dcgm: RunningDcgm, engine: EngineDouble, ...lines: readonly string[]): Promise<void> {
  engine.script(...lines, `time ${(dcgm.clock.nowMs() + INTERVAL_MS) * 1000}`);
  await dcgm.next(INTERVAL_MS);
  await vi.waitFor(() => expect(dcgm.sink.batches.length).toBeGreaterThan(0));
}

const gpusSeen = (dcgm: RunningDcgm): string[] => [
  ...new Set(dcgm.values("hw.temperature", "nvidia.gpu.index").map((line) => line.split(" ")[0]!)),
];

describe.skipIf(reason !== undefined)("the receiver through libdcgm", () => {
  it("reads values from a host engine, and again within two intervals after that was restarted", async () => {
    using engine = engineDouble();
    await using dcgm = await running(standalone(engine));
    await tick(dcgm, engine, ...twoGpus);
    await tick(dcgm, engine, ...twoGpus);
    expect(gpusSeen(dcgm)).toEqual(["0", "1"]);
    await tick(dcgm, engine, "engine up 2", ...twoGpus);
    expect(gpusSeen(dcgm)).toEqual([]);
    await tick(dcgm, engine, "engine up 2", ...twoGpus);
    if (gpusSeen(dcgm).length === 0) await tick(dcgm, engine, "engine up 2", ...twoGpus);
    expect(gpusSeen(dcgm)).toEqual(["0", "1"]);
  });

  it("shows the other GPUs while one has fallen off the bus", async () => {
    using engine = engineDouble();
    await using dcgm = await running(standalone(engine));
    await tick(dcgm, engine, ...twoGpus);
    const lost = [...twoGpus.slice(0, 1), twoGpus[1]!.replace(/ 1 0$/, " 4 0"), "value 1 1 * blank"];
    await tick(dcgm, engine, ...lost);
    await tick(dcgm, engine, ...lost);
    expect(gpusSeen(dcgm)).toEqual(["0"]);
    expect(dcgm.kinds.filter((kind) => kind === "connect")).toEqual([]);
  });

  it("goes on after the library crashed in the process of its own engine", async () => {
    using engine = engineDouble({ embedded: true });
    await using dcgm = await running(
      `{ mode: embedded, library: ${engine.library}, collection_interval: 10s, initial_delay: 0s, call_timeout: 5s, fields: [150] }`,
    );
    await untilSeen(dcgm, engine, ["0", "1"], ...twoGpus);
    await untilSeen(dcgm, engine, [], "crash dcgmEntitiesGetLatestValues", ...twoGpus);
    expect(dcgm.logger.lines.map(({ message }) => message).join("\n")).toContain(
      "the engine process ended with status 139",
    );
    await untilSeen(dcgm, engine, ["0", "1"], ...twoGpus);
  }, 60_000);
});

/** Ticks until these GPUs are seen; how many ticks that takes depends on how fast the machine starts a process. */
async function untilSeen(dcgm: RunningDcgm, engine: EngineDouble, gpus: string[], ...lines: string[]): Promise<void> {
  await vi.waitFor(
    async () => {
      await tick(dcgm, engine, ...lines);
      expect(gpusSeen(dcgm)).toEqual(gpus);
    },
    // The deadlines of the engine process run on the manual clock: a try that moves it must leave the process real time to start.
    { timeout: 25_000, interval: 1_000 },
  );
}
