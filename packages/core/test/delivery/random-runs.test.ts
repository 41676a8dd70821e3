import type { Batch } from "@tracecore/core";
import type { SendResult } from "@tracecore/core/delivery";
import { expect, test } from "vitest";
import { batchOf, noSpread, start, type Rig } from "./delivering.ts";

/** Each run makes its choices from its number alone (mulberry32). */
function choices(seed: number): { chance: () => number; one: <T>(of: readonly T[]) => T } {
  let state = seed;
  const chance = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { chance, one: (of) => of[Math.floor(chance() * of.length)]! };
}

interface Call {
  readonly ids: readonly number[];
  /** Empty until it is answered. */
  readonly answers: ("taken" | Error)[];
}

interface Run {
  readonly rig: Rig;
  readonly calls: readonly Call[];
  /** In the order in which they were taken, by their place in `calls`. */
  readonly taken: readonly number[];
  /** How often the backend has taken each item. */
  readonly delivered: ReadonlyMap<number, number>;
  readonly options: { readonly overflow: string };
}

/** Items that are told apart: a backend takes, refuses, delays and loses them as the seed has it; the exporter stops at any moment. */
async function run(seed: number): Promise<Run> {
  const { chance, one } = choices(seed);
  const batch = chance() < 0.4 && { min_size: one([1, 3, 6]), max_size: one([0, 6, 8]), flush_timeout: "200ms" };
  const sizer = one(["requests", "items", "bytes"]);
  const queue = {
    num_consumers: one([1, 2, 4]),
    queue_size: sizer === "bytes" ? 200 : 12,
    sizer,
    overflow: one(["refuse", "block", "drop_oldest"]),
    ...(batch !== false && { batch }),
    ...(chance() < 0.3 && { memory_limit: "100B" }),
  };
  const retry = { ...noSpread, initial_interval: "1s", max_elapsed_time: one(["0s", "20s"]), enabled: chance() < 0.9 };
  const rig = start({ sending_queue: queue, retry_on_failure: retry });
  const { backend, clock, delivery } = rig;

  const delivered = new Map<number, number>();
  let ids: number[] = [];
  let known = 0;
  let calm = false;
  interface Known {
    readonly items: number;
    readonly bytes: number;
    readonly ids: readonly number[];
  }
  const request = (own: readonly number[]): Known => ({ items: own.length, bytes: own.length * 10, ids: own });
  backend.request = ({ itemCount }: Batch) => request((ids = Array.from({ length: itemCount }, () => known++)));
  backend.merge = (all) => request(all.flatMap((each) => (each as Known).ids));
  backend.split = (whole, max, by) => {
    const most = Math.max(1, by === "items" ? max : Math.floor(max / 10));
    const parts: Known[] = [];
    for (let i = 0; i < whole.items; i += most) parts.push(request((whole as Known).ids.slice(i, i + most)));
    // Every other one divides in turns of the event loop, which take a while.
    return seed % 2 === 0 ? parts : clock.sleep(10).then(() => parts);
  };
  backend.send = async (sent, signal): Promise<SendResult> => {
    if (!calm && chance() < 0.5) await clock.sleep(one([0, 10, 10, 500]), signal);
    if (signal.aborted) throw new Error("aborted");
    const answer = calm ? 0 : chance();
    if (answer < 0.5) {
      for (const id of (sent as Known).ids) delivered.set(id, (delivered.get(id) ?? 0) + 1);
      return { outcome: "delivered" };
    }
    if (answer < 0.7)
      return { outcome: "retry", kind: "unavailable", reason: "503", afterMs: one([0, 100, 3000, 1e18]) };
    if (answer < 0.78) return { outcome: "rejected", kind: "rejected", reason: "400" };
    if (answer < 0.88) return { outcome: "too_large", kind: "too_large", reason: "413" };
    if (answer < 0.94) throw new Error("connection lost");
    await clock.sleep(60_000, signal);
    throw new Error("no answer");
  };

  const calls: Call[] = [];
  const taken: number[] = [];
  const send = (): void => {
    ids = [];
    const aborter = new AbortController();
    const promise = delivery.consume(batchOf(one([1, 2, 5, 11])), aborter.signal);
    const call: Call = { ids, answers: [] };
    const place = calls.push(call) - 1;
    promise.then(
      () => call.answers.push("taken") > 0 && taken.push(place),
      (error: unknown) => call.answers.push(error as Error),
    );
    if (chance() < 0.1) aborter.abort();
  };
  for (let i = 0; i < 20; i++) {
    if (chance() < 0.6) send();
    else await clock.advance(one([0, 10, 200, 1000, 30_000]));
    expect(delivery.queueDepthRatio()).toBeGreaterThanOrEqual(0);
  }
  const cut = chance() < 0.5;
  calm = !cut;
  const stopped = delivery[Symbol.asyncDispose]();
  for (let i = 0; i < 5; i++) {
    if (chance() < 0.2) send();
    await clock.advance(one([0, 10, 500]));
  }
  if (!cut) await clock.advance(3_700_000);
  await clock.advance(0);
  rig.stop.abort();
  await stopped;
  send();
  // What is still to be said of the attempts that were under way.
  await clock.advance(3_700_000);
  return { rig, calls, taken, delivered, options: queue };
}

test("each item is delivered once, or its sender keeps it, or it is counted as dropped, whatever happens: 150 runs", async () => {
  for (let seed = 1; seed <= 150; seed++) {
    const { rig, calls, taken, delivered, options } = await run(seed);
    const what = `seed ${seed}`;
    expect(
      calls.filter(({ answers }) => answers.length !== 1),
      `answers of ${what}`,
    ).toEqual([]);
    expect(
      [...delivered.values()].filter((times) => times > 1),
      `sent twice in ${what}`,
    ).toEqual([]);
    const kept = calls.filter(({ answers }) => answers[0] !== "taken").flatMap(({ ids }) => ids);
    expect(
      kept.filter((id) => delivered.has(id)),
      `kept and sent in ${what}`,
    ).toEqual([]);
    const lost = taken.flatMap((place) => calls[place]!.ids).filter((id) => !delivered.has(id));
    expect(rig.dropped(), `dropped in ${what}`).toBe(lost.length);
    if (options.overflow === "block") {
      expect(taken, `order of ${what}`).toEqual(taken.toSorted((a, b) => a - b));
    }
    expect(rig.clock.waiting, `timers of ${what}`).toBe(0);
  }
});
