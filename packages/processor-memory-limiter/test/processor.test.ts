import { memoryLimit } from "@tracecore/core";
import { memoryLimiterProcessor } from "@tracecore/processor-memory-limiter";
import { emptyResource, emptyScope, logs } from "@tracecore/core/pdata";
import { conformance, runProcessor } from "@tracecore/testkit";
import { afterEach, describe, expect, test, vi } from "vitest";

const MIB = 1024 * 1024;
const batch = logs([{ resource: emptyResource, scope: emptyScope, body: "x" }]);

describe("memory limiter processor", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });
  conformance(memoryLimiterProcessor, "limit_mib: 100000");

  test("passes data on while there is memory", async () => {
    await using processor = await runProcessor(memoryLimiterProcessor, "limit_mib: 100000");
    await processor.consume(batch);
    expect(processor.out.batches).toEqual([batch]);
  });

  test("refuses from the limit less the spike limit on, and takes data again below", async () => {
    const rss = vi.spyOn(process.memoryUsage, "rss").mockReturnValue(399 * MIB);
    await using processor = await runProcessor(
      memoryLimiterProcessor,
      "{ limit_mib: 500, spike_limit_mib: 100, check_interval: 2s }",
    );
    await processor.consume(batch);
    rss.mockReturnValue(400 * MIB);
    await processor.clock.advance(2000);
    await expect(processor.consume(batch)).rejects.toMatchObject({ retryable: true, retryAfterMs: 2000 });
    rss.mockReturnValue(399 * MIB);
    await processor.clock.advance(2000);
    await processor.consume(batch);
    expect(processor.out.batches).toHaveLength(2);
    expect(processor.logs.map(({ message }) => message)).toEqual([
      "refuses data: the process has 400 MiB of 400",
      "takes data again: the process has 399 MiB of 400",
    ]);
  });

  test("collects garbage before it refuses, and not again for ten seconds; beyond the limit with each look", async () => {
    const rss = vi.spyOn(process.memoryUsage, "rss").mockReturnValue(300 * MIB);
    await using processor = await runProcessor(memoryLimiterProcessor, "{ limit_mib: 500, spike_limit_mib: 100 }");
    const collected = async (mib: number): Promise<boolean> => {
      const forgotten = new WeakRef({});
      rss.mockReturnValue(mib * MIB);
      // What a WeakRef names is kept until the end of this turn.
      await processor.clock.advance(1000);
      return forgotten.deref() === undefined;
    };
    expect(await collected(399)).toBe(false);
    expect(await collected(400)).toBe(true);
    expect(await collected(400)).toBe(false);
    await processor.clock.advance(8000);
    expect(await collected(400)).toBe(true);
    expect(await collected(499)).toBe(false);
    expect(await collected(500)).toBe(true);
    expect(await collected(500)).toBe(true);
  });

  test("goes on where it was garbage that took the memory", async () => {
    const rss = vi.spyOn(process.memoryUsage, "rss").mockReturnValue(300 * MIB);
    await using processor = await runProcessor(memoryLimiterProcessor, "{ limit_mib: 500, spike_limit_mib: 100 }");
    rss.mockReturnValueOnce(450 * MIB);
    await processor.clock.advance(1000);
    await processor.consume(batch);
    expect([processor.out.batches.length, processor.logs]).toEqual([1, []]);
  });

  test("asks whatever makes use of free memory to heed where it begins to refuse, for as long as it runs", async () => {
    const before = memoryLimit();
    {
      await using _processor = await runProcessor(memoryLimiterProcessor, "{ limit_mib: 500, spike_limit_mib: 100 }");
      expect(memoryLimit()).toBe(400 * MIB);
    }
    expect(memoryLimit()).toBe(before);
  });

  test("takes a fifth of the limit as spike limit when none is set", async () => {
    vi.spyOn(process.memoryUsage, "rss").mockReturnValue(80 * MIB);
    await using processor = await runProcessor(memoryLimiterProcessor, "limit_mib: 100");
    await expect(processor.consume(batch)).rejects.toMatchObject({ retryable: true });
  });

  test("takes a share of the memory of the cgroup", async () => {
    vi.spyOn(process, "constrainedMemory").mockReturnValue(1000 * MIB);
    vi.spyOn(process.memoryUsage, "rss").mockReturnValue(500 * MIB);
    await using refusing = await runProcessor(
      memoryLimiterProcessor,
      "{ limit_percentage: 60, spike_limit_percentage: 10 }",
    );
    await expect(refusing.consume(batch)).rejects.toMatchObject({ retryable: true });
    await using taking = await runProcessor(
      memoryLimiterProcessor,
      "{ limit_percentage: 65, spike_limit_percentage: 10 }",
    );
    await taking.consume(batch);
    expect(taking.out.batches).toHaveLength(1);
  });

  test("takes the intervals of collections that the Collector has", () => {
    const intervals = Object.fromEntries(
      ["min", "max"].flatMap((end) =>
        ["soft", "hard"].map((limit) => [`${end}_gc_interval_when_${limit}_limited`, "10s"]),
      ),
    );
    expect(memoryLimiterProcessor.config.parse({ limit_mib: 5, ...intervals })).toMatchObject({ limit_mib: 5 });
  });

  test.each([
    ["{}", 'no limit is set. Set "limit_mib" or "limit_percentage"'],
    ["{ limit_mib: 5, spike_limit_mib: 5 }", '"spike_limit_mib" must be below "limit_mib"'],
  ])("refuses the limits %s", async (yaml, message) => {
    await expect(runProcessor(memoryLimiterProcessor, yaml)).rejects.toThrow(message);
  });
});
