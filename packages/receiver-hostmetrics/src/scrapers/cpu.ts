import { bootTimeUnixNano, linesOf, unexpectedLine, USER_HZ, type HostFiles } from "../host-files.ts";
import type { Scraper } from "../scrapers.ts";

/** The columns of a cpu line of /proc/stat (proc(5)) that are reported; guest time is part of user and nice. */
const modes = ["user", "nice", "system", "idle", "iowait", "interrupt", "softirq", "steal"] as const;

export function cpuScraper(files: HostFiles): Scraper {
  return {
    read(batch) {
      const startTimeUnixNano = bootTimeUnixNano(files);
      for (const line of linesOf(files.proc("stat"))) {
        const match = /^cpu(\d+) (.*)$/.exec(line);
        if (match === null) continue;
        const ticks = match[2]!.trim().split(/\s+/).map(Number);
        for (const [i, mode] of modes.entries()) {
          const value = ticks[i];
          if (value === undefined || Number.isNaN(value)) throw unexpectedLine("stat", line);
          const attributes = { "cpu.logical_number": Number(match[1]), "cpu.mode": mode };
          batch.add("system.cpu.time", value / USER_HZ, attributes, { startTimeUnixNano });
        }
      }
    },
  };
}
