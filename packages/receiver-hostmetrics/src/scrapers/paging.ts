import { bootTimeUnixNano, type HostFiles } from "../host-files.ts";
import type { Scraper } from "../scrapers.ts";
import { memoryInfo } from "./memory.ts";

export function pagingScraper(files: HostFiles): Scraper {
  return {
    read(batch) {
      const startTimeUnixNano = bootTimeUnixNano(files);
      const info = memoryInfo(files);
      const total = info.get("SwapTotal") ?? 0;
      const free = info.get("SwapFree") ?? 0;
      batch.add("system.paging.usage", total - free, { "system.paging.state": "used" });
      batch.add("system.paging.usage", free, { "system.paging.state": "free" });

      const counts = new Map(
        Iterator.from(files.proc("vmstat").matchAll(/^(pgfault|pgmajfault|pswpin|pswpout) (\d+)$/gm)).map((match) => [
          match[1]!,
          Number(match[2]),
        ]),
      );
      const faults = counts.get("pgfault") ?? 0;
      const major = counts.get("pgmajfault") ?? 0;
      const options = { startTimeUnixNano };
      // pgfault counts both kinds.
      batch.add("system.paging.faults", faults - major, { "system.paging.fault.type": "minor" }, options);
      batch.add("system.paging.faults", major, { "system.paging.fault.type": "major" }, options);
      batch.add("system.paging.operations", counts.get("pswpin") ?? 0, { "system.paging.direction": "in" }, options);
      batch.add("system.paging.operations", counts.get("pswpout") ?? 0, { "system.paging.direction": "out" }, options);
    },
  };
}
