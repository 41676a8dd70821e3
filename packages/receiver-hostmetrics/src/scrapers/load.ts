import { unexpectedLine, type HostFiles } from "../host-files.ts";
import type { Scraper } from "../scrapers.ts";

export function loadScraper(files: HostFiles): Scraper {
  return {
    read(batch) {
      const text = files.proc("loadavg");
      const [one, five, fifteen] = text.split(" ").map(Number);
      if (one === undefined || five === undefined || fifteen === undefined || Number.isNaN(one + five + fifteen)) {
        throw unexpectedLine("loadavg", text.trimEnd());
      }
      batch.add("system.cpu.load_average.1m", one, {});
      batch.add("system.cpu.load_average.5m", five, {});
      batch.add("system.cpu.load_average.15m", fifteen, {});
    },
  };
}
