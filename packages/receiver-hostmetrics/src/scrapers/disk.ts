import type { Scrapers } from "../config.ts";
import { bootTimeUnixNano, kernelCount, linesOf, unexpectedLine, type HostFiles } from "../host-files.ts";
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
        const counts = columns.slice(3).map(kernelCount);
        if (counts.some(Number.isNaN)) throw unexpectedLine("diskstats", line);
        const count = (column: number): number | bigint => counts[column] ?? Number.NaN;
        const directions = [
          ["read", 0],
          ["write", 4],
        ] as const;
        for (const [direction, at] of directions) {
          const attributes = { "system.device": device, "disk.io.direction": direction };
          batch.add("system.disk.io", bytesOf(count(at + 2)), attributes, options);
          batch.add("system.disk.operations", count(at), attributes, options);
          batch.add("system.disk.merged", count(at + 1), attributes, options);
          batch.add("system.disk.operation_time", Number(count(at + 3)) / 1000, attributes, options);
        }
        batch.add("system.disk.io_time", Number(count(9)) / 1000, { "system.device": device }, options);
      }
    },
  };
}

function bytesOf(sectors: number | bigint): number | bigint {
  return typeof sectors === "bigint" ? sectors * BigInt(SECTOR_BYTES) : sectors * SECTOR_BYTES;
}
