import { describe, expect, test } from "vitest";
import { running } from "./running.ts";

/** Outages in parts of an interval: short ones between two ticks, ones that take some attempts, and long ones. */
const lengths = [0.3, 1, 1.7, 5, 23.37];
/** Where in an interval the engine goes. */
const phases = [0, 0.01, 0.25, 0.5, 0.99];

interface Outage {
  readonly interval: number;
  readonly length: number;
  readonly phase: number;
}

const all: readonly Outage[] = [1, 2, 7, 10, 60].flatMap((interval) =>
  lengths.flatMap((length) => phases.map((phase) => ({ interval, length, phase }))),
);
/** Each wait for a call that hangs takes the clock some real time to pass. */
const few = all.filter(
  ({ interval, length, phase }) => interval !== 7 && length < 2 && (phase === 0.25 || phase === 0.99),
);

describe("an engine that is gone and back", () => {
  test.each([
    ["engine_lost", all],
    ["hang", few],
  ])(
    "with %s is read again within two intervals of its return, and no value bears a time between",
    async (kind, cases) => {
      const late: string[] = [];
      const stale: string[] = [];
      for (const { interval, length, phase } of cases) {
        const goneMs = Math.round((2 + phase) * interval * 1000);
        const forMs = Math.round(length * interval * 1000);
        await using dcgm = await running(
          `{ mode: simulated, collection_interval: ${interval}s, call_timeout: 500ms, fields: [155], simulated: { gpus: 1, faults: [{ kind: ${kind}, after: ${goneMs}ms, for: ${forMs}ms }] } }`,
        );
        const startMs = dcgm.clock.nowMs();
        const backMs = goneMs + forMs;
        const seen: number[] = [];
        for (let ms = 0; ms < backMs + 3 * interval * 1000; ms += interval * 250) {
          await dcgm.next(interval * 250);
          seen.push(...dcgm.points("hw.power").map(({ timeUnixNano }) => Number(timeUnixNano / 1_000_000n) - startMs));
        }
        const what = `interval ${interval} s, gone at ${goneMs} ms for ${forMs} ms`;
        const between = seen.filter((ms) => ms > goneMs && ms < backMs);
        if (between.length > 0) stale.push(`${what}: ${between.join(", ")}`);
        const first = seen.find((ms) => ms >= backMs);
        if (first === undefined || first - backMs > 2 * interval * 1000) late.push(`${what}: first value at ${first}`);
      }
      expect({ late, stale }).toEqual({ late: [], stale: [] });
    },
    60_000,
  );
});
