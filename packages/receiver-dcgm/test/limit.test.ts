import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { numberPoints, POINT_NO_VALUE } from "@tracecore/core/pdata";
import { expect, test } from "vitest";
import { running } from "./running.ts";

const file = join(mkdtempSync(join(tmpdir(), "counters-")), "counters.csv");
writeFileSync(file, "DCGM_EXP_XID_ERRORS_COUNT, gauge, x\nDCGM_EXP_CLOCK_EVENTS_TOTAL, counter, x\n");

const faults = ["xid", "gpu_lost", "thermal", "mig_change", "unsupported", "engine_lost", "profiling_zero", "xid"]
  .map((kind, i) => `{ kind: ${kind}, gpu: ${i % 3}, code: ${40 + i}, after: ${15 + 20 * i}s, for: 35s }`)
  .join(", ");

test.each([1, 20, 137, 400, 1500])(
  "max_series: %i holds whatever comes and goes, and a restart shows the same series",
  async (max) => {
    const run = async (): Promise<string[]> => {
      await using dcgm = await running(
        `{ mode: simulated, collection_interval: 10s, fields: [all], naming: [otel, dcgm-exporter, dcgm-exporter-4.9], counters_file: ${file}, max_series: ${max}, simulated: { gpus: 3, mig: true, faults: [${faults}] } }`,
      );
      const live = new Set<string>();
      let most = 0;
      const steps: string[] = [];
      for (let i = 0; i < 40; i++) {
        if (i > 0) await dcgm.next(10_000);
        for (const batch of dcgm.sink.batches) {
          if (batch.signal !== "metrics") continue;
          let row = 0;
          for (const { series } of numberPoints(batch)) {
            const key = `${series.name} ${series.attributes.identity}`;
            if ((batch.numbers.flags[row++]! & POINT_NO_VALUE) === 0) live.add(key);
            else live.delete(key);
          }
        }
        most = Math.max(most, live.size);
        steps.push([...live].sort().join("\n"));
      }
      expect(most).toBeLessThanOrEqual(max);
      return steps;
    };
    expect(await run()).toEqual(await run());
  },
);
