import { manualClock } from "@tracecore/core";
import { DropLog } from "../../src/temporality/drop-log.ts";
import { Turns } from "../../src/temporality/turns.ts";
import { testLogger } from "@tracecore/testkit";
import { describe, expect, test } from "vitest";

const inTime = (): AbortSignal => new AbortController().signal;

describe("turns", () => {
  test("run one task at a time, in the order in which they came, whatever becomes of the one before", async () => {
    const turns = new Turns();
    const seen: string[] = [];
    const first = Promise.withResolvers<void>();
    const tasks = [
      turns.take(inTime(), async () => {
        seen.push("first begins");
        await first.promise;
        throw new Error("the first fails");
      }),
      turns.take(inTime(), () => Promise.resolve(seen.push("second"))),
    ];
    await manualClock().advance(0);
    expect(seen).toEqual(["first begins"]);
    first.resolve();
    await expect(tasks[0]).rejects.toThrow("the first fails");
    await tasks[1];
    expect(seen).toEqual(["first begins", "second"]);
  });

  test("give up on a task whose time ends before its turn, and keep the order of those behind it", async () => {
    const turns = new Turns();
    const first = Promise.withResolvers<void>();
    const seen: string[] = [];
    const running = turns.take(inTime(), () => first.promise);
    const late = new AbortController();
    const given = turns.take(late.signal, () => Promise.resolve(seen.push("late")));
    const behind = turns.take(inTime(), () => Promise.resolve(seen.push("behind")));
    late.abort();
    await expect(given).rejects.toMatchObject({
      message: "the time ran out while earlier batches were under way",
      retryable: true,
    });
    expect(seen).toEqual([]);
    first.resolve();
    await Promise.all([running, behind]);
    expect(seen).toEqual(["behind"]);
  });
});

describe("the log of drops", () => {
  test("writes one line a minute for each reason, with all that came to it", async () => {
    const [logger, clock] = [testLogger(), manualClock()];
    const log = new DropLog(logger, clock, { late: "too late", broken: "broken" });
    log.add("late", 1);
    log.add("late", 2);
    log.add("broken", 4);
    await clock.advance(59_999);
    log.add("late", 3);
    await clock.advance(1);
    log.add("late", 5);
    expect(logger.lines.map(({ message, fields }) => [message, fields])).toEqual([
      ["dropped 1 items: too late", { items: 1, kind: "late" }],
      ["dropped 4 items: broken", { items: 4, kind: "broken" }],
      ["dropped 10 items: too late", { items: 10, kind: "late" }],
    ]);
  });
});
