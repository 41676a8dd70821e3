import type { Scrapers } from "../config.ts";
import { bootTimeUnixNano, linesOf, unexpectedLine, type HostFiles } from "../host-files.ts";
import { nameFilter } from "../matcher.ts";
import type { Scraper } from "../scrapers.ts";

/** /proc/diskstats counts in sectors of this many bytes whatever the device uses (kernel: Documentation/admin-guide/iostats). */
const SECTOR_BYTES = 512;

export function diskScraper(files: HostFiles, config: Scrapers["disk"]): Scraper {
  const wanted = nameFilter("devices", config?.include, config?.exclude);
  return {
    read(batch) {
      const options = { startTimeUnixNano: bootTimeUnixNano(files) };
      for (const line of linesOf(files.proc("diskstats"))) {
        const columns = line.trim().split(/\s+/);
        const device = columns[2];
        if (device === undefined || columns.length < 14) throw unexpectedLine("diskstats", line);
        if (!wanted(device)) continue;
        const [reads, readMerges, readSectors, readMs, writes, writeMerges, writeSectors, writeMs, , ioMs] = columns
          .slice(3)
          .map(Number) as [number, number, number, number, number, number, number, number, number, number];
        const directions = [
          ["read", reads, readMerges, readSectors, readMs],
          ["write", writes, writeMerges, writeSectors, writeMs],
        ] as const;
        for (const [direction, operations, merges, sectors, ms] of directions) {
          const attributes = { "system.device": device, "disk.io.direction": direction };
          batch.add("system.disk.io", sectors * SECTOR_BYTES, attributes, options);
          batch.add("system.disk.operations", operations, attributes, options);
          batch.add("system.disk.merged", merges, attributes, options);
          batch.add("system.disk.operation_time", ms / 1000, attributes, options);
        }
        batch.add("system.disk.io_time", ioMs / 1000, { "system.device": device }, options);
      }
    },
  };
}
