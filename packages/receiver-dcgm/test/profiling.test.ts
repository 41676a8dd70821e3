import { once } from "node:events";
import { request } from "node:http";
import { createServer } from "node:net";
import { manualClock } from "@tracecore/core";
import { numberPoints, POINT_NO_VALUE } from "@tracecore/core/pdata";
import { describe, expect, test, vi } from "vitest";
import { SimulatedSource } from "../src/simulated/simulated-source.ts";
import { running } from "./running.ts";

const sim = (faults: string, rest = ""): string =>
  `{ mode: simulated, collection_interval: 10s, simulated: { gpus: 2, faults: [${faults}] }${rest} }`;

/** Sends a control request; resolves with status and answer. */
function control(path: string, method = "POST", headers: Record<string, string> = {}): Promise<[number, unknown]> {
  return new Promise((resolve, reject) => {
    const call = request({ host: "127.0.0.1", port: 29_401, path, method, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.on("end", () => resolve([response.statusCode ?? 0, JSON.parse(text)]));
    });
    call.on("error", reject);
    call.end();
  });
}

describe("profiling", () => {
  test("values that are all zero while the GPU is busy are left out, said once, and set up anew", async () => {
    await using dcgm = await running(sim("{ kind: profiling_zero, gpu: 1, after: 5s }"));
    await dcgm.next(30_000);
    expect(dcgm.kinds).toEqual(["profiling"]);
    expect(dcgm.logger.lines.findLast(({ level }) => level === "warn")?.message).toBe(
      "simulated: 1 busy GPUs report only zeros for profiling fields. They are left out, and profiling is set up anew",
    );
    expect(dcgm.values("tracecore.dcgm.profiling.heals").at(-1)).toBe("1");
    await dcgm.next(20_000);
    const last = dcgm.values("nvidia.gpu.sm.utilization", "nvidia.gpu.index").at(-1)!;
    expect(last).toMatch(/^1 0\.\d+$/);
    expect(dcgm.host.events.at(-1)).toEqual({ status: "ok" });
  });

  test("is paused by the config: its fields are absent, not 0", async () => {
    await using dcgm = await running(sim("", ", profiling: pause"));
    await dcgm.next(10_000);
    expect(dcgm.points("nvidia.gpu.sm.utilization")).toEqual([]);
    expect(dcgm.points("hw.power").length).toBeGreaterThan(0);
    expect(dcgm.logger.lines.map(({ message }) => message)).toContain("gave the profiling counters up");
  });

  test("is taken back by the receiver that a reload puts in the place of one that paused it", async () => {
    const paused = await running(sim("", ", profiling: pause"));
    await paused[Symbol.asyncDispose]();
    await using dcgm = await running(sim(""));
    expect(dcgm.logger.lines.map(({ message }) => message)).toContain("took the profiling counters back");
    await using later = await running(sim(""));
    expect(later.logger.lines.map(({ message }) => message)).not.toContain("took the profiling counters back");
  });

  test("every series ends with the receiver, so that an exporter shows none on after a reload", async () => {
    const dcgm = await running(sim("", ", naming: [otel, dcgm-exporter]"));
    await dcgm.next(10_000);
    const [batch] = dcgm.sink.batches;
    if (batch?.signal !== "metrics") throw new Error("expected metrics");
    const hasValue = (row: number): boolean => (batch.numbers.flags[row]! & POINT_NO_VALUE) === 0;
    const shown = new Set([...numberPoints(batch)].filter((_, row) => hasValue(row)).map(({ series }) => series));
    dcgm.sink.clear();
    await dcgm[Symbol.asyncDispose]();
    const last = dcgm.sink.batches.at(-1);
    if (last?.signal !== "metrics") throw new Error("expected metrics");
    const ended = new Set([...numberPoints(last)].map(({ series }) => series));
    expect(dcgm.values("hw.power")).toEqual([]);
    expect([...shown].filter((series) => !ended.has(series)).map(({ family }) => family.descriptor.name)).toEqual([]);
    expect(dcgm.ended()).toContain("DCGM_FI_PROF_PIPE_TENSOR_ACTIVE");
  });

  test("a control request that makes no sense is refused, and nothing of it reaches the GPUs", async () => {
    await using dcgm = await running(sim("", ', control: { endpoint: "127.0.0.1:29401" }'));
    const code = { error: "code must be a number from 1 to 99999" };
    for (const wrong of ["abc", "1.5", "0", "100000"]) {
      expect(await control(`/simulated/fault?kind=xid&code=${wrong}`)).toEqual([400, code]);
    }
    const paths = "/profiling/pause, /profiling/resume, /release, /resume, /simulated/fault";
    for (const path of ["//", "//release", "/constructor"]) {
      expect(await control(path)).toEqual([404, { error: `not found. Paths: ${paths}` }]);
    }
    await dcgm.next(10_000);
    expect(dcgm.kinds).toEqual([]);
  });

  test("is paused by HTTP for a time, and comes back by itself", async () => {
    await using dcgm = await running(sim("", ', control: { endpoint: "127.0.0.1:29401" }'));
    const on = { endpoints: [{ name: "simulated", released: false, profiling: "on" }] };
    expect(await control("/", "GET")).toEqual([200, on]);
    expect(await control("/profiling/pause?for=30s")).toEqual([
      200,
      { endpoints: [{ name: "simulated", released: false, profiling: "paused" }] },
    ]);
    await dcgm.next(10_000);
    expect(dcgm.ended()).toContain("nvidia.gpu.sm.utilization");
    await dcgm.next(10_000);
    expect(dcgm.points("nvidia.gpu.sm.utilization")).toEqual([]);
    await dcgm.next(20_000);
    expect(dcgm.points("nvidia.gpu.sm.utilization").length).toBeGreaterThan(0);
    expect(dcgm.kinds).toEqual([]);
  });

  test("that the config pauses stays paused after the time of a request", async () => {
    await using dcgm = await running(sim("", ', profiling: pause, control: { endpoint: "127.0.0.1:29401" }'));
    await control("/profiling/pause?for=30s");
    await dcgm.next(60_000);
    expect(dcgm.points("nvidia.gpu.sm.utilization")).toEqual([]);
    await control("/profiling/resume");
    await dcgm.next(20_000);
    expect(dcgm.points("nvidia.gpu.sm.utilization").length).toBeGreaterThan(0);
  });

  test("and handles are given up and taken back with a log line each", async () => {
    await using dcgm = await running(sim("", ', control: { endpoint: "127.0.0.1:29401" }'));
    const before = dcgm.logger.lines.length;
    for (const path of ["/profiling/pause?for=30s", "/profiling/resume", "/release?for=15m", "/resume"])
      await control(path);
    expect(dcgm.logger.lines.slice(before).map(({ message }) => message)).toEqual([
      "a request pauses profiling for 30 s",
      "a request takes profiling up again",
      "a request releases every handle for 900 s",
      "a request ends the release",
    ]);
  });

  test("requests that are wrong are refused with what is right", async () => {
    await using _ = await running(sim("", ', control: { endpoint: "127.0.0.1:29401", max_pause: 1m }'));
    expect(await control("/profiling/pause?for=2h")).toEqual([
      400,
      { error: "for is longer than control.max_pause, 60 s" },
    ]);
    expect(await control("/profiling/pause?for=soon")).toEqual([
      400,
      { error: 'for must be a duration such as "10m"' },
    ]);
    expect(await control("/release?fro=30s")).toEqual([400, { error: 'unknown parameter "fro": /release takes for' }]);
    expect(await control("/resume?for=30s")).toEqual([
      400,
      { error: 'unknown parameter "for": /resume takes no parameters' },
    ]);
    expect(await control("/release", "GET")).toEqual([405, { error: "use POST" }]);
    expect(await control("/release", "POST", { origin: "http://evil.example" })).toEqual([
      403,
      { error: "requests of web pages are refused" },
    ]);
    expect(await control("/simulated/fault?kind=nothing")).toEqual([
      400,
      { error: expect.stringMatching(/^kind must be/) },
    ]);
    expect((await control("/nowhere"))[0]).toBe(404);
  });
});

test("a control port that is taken keeps the receiver from starting, and nothing is read behind it", async () => {
  const yaml = sim("", ', control: { endpoint: "127.0.0.1:29401" }');
  await using other = createServer();
  other.listen(29_401, "127.0.0.1");
  await once(other, "listening");
  const clock = manualClock();
  const second = running(yaml, undefined, clock);
  await expect(second).rejects.toThrow("cannot listen on 127.0.0.1:29401: the address is in use");
  const lookedAt = vi.spyOn(SimulatedSource.prototype, "open");
  await clock.advance(30_000);
  expect(lookedAt).not.toHaveBeenCalled();
  lookedAt.mockRestore();
});

describe("release", () => {
  test("gives every handle up without an error, and reads again after resume", async () => {
    await using dcgm = await running(sim("", ', control: { endpoint: "127.0.0.1:29401" }'));
    expect((await control("/release?for=10m"))[1]).toEqual({
      endpoints: [{ name: "simulated", released: true, profiling: "on" }],
    });
    await dcgm.next(10_000);
    expect(dcgm.values("tracecore.dcgm.up")).toEqual(["0"]);
    expect(dcgm.ended()).toContain("hw.power");
    expect(dcgm.kinds).toEqual([]);
    await control("/resume");
    await dcgm.next(20_000);
    expect(dcgm.values("hw.power").length).toBeGreaterThan(0);
    expect(dcgm.values("tracecore.dcgm.up").at(-1)).toBe("1");
  });

  test("works while the engine is gone, and finds the engine that came back meanwhile", async () => {
    await using dcgm = await running(sim("", ', control: { endpoint: "127.0.0.1:29401" }'));
    await control("/simulated/fault?kind=engine_lost&for=30s");
    await dcgm.next(10_000);
    expect(dcgm.values("tracecore.dcgm.up")).toEqual(["0"]);
    expect((await control("/release?for=10m"))[1]).toEqual({
      endpoints: [{ name: "simulated", released: true, profiling: "on" }],
    });
    await dcgm.next(60_000);
    expect(new Set(dcgm.values("tracecore.dcgm.up"))).toEqual(new Set(["0"]));
    await control("/resume");
    await dcgm.next(20_000);
    expect(dcgm.values("tracecore.dcgm.up").at(-1)).toBe("1");
    expect(dcgm.values("hw.power").length).toBeGreaterThan(0);
  });

  test("ends by itself after its time", async () => {
    await using dcgm = await running(sim("", ', control: { endpoint: "127.0.0.1:29401" }'));
    await control("/release?for=30s");
    await dcgm.next(60_000);
    expect(dcgm.values("tracecore.dcgm.up").at(-1)).toBe("1");
  });

  test("faults of simulated GPUs can be asked for by HTTP", async () => {
    await using dcgm = await running(sim("", ', control: { endpoint: "127.0.0.1:29401" }'));
    expect((await control("/simulated/fault?kind=xid&gpu=1&code=48"))[0]).toBe(200);
    await dcgm.next(10_000);
    expect(dcgm.sink.logRecords[0]?.attributes["nvidia.xid.code"]).toBe(48);
  });
});
