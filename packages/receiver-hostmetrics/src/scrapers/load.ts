import { unexpectedLine, type HostFiles } from "../host-files.ts";
import type { Scrapers } from "../config.ts";
import type { Scraper } from "../scrapers.ts";

export function loadScraper(files: HostFiles, config: Scrapers["load"]): Scraper {
  return {
    read(batch) {
      const text = files.proc("loadavg");
      const [one, five, fifteen] = text.split(" ").map(Number);
      if (one === undefined || five === undefined || fifteen === undefined || Number.isNaN(one + five + fifteen)) {
        throw unexpectedLine("loadavg", text.trimEnd());
      }
      const share = config?.cpu_average === true ? logicalCpus(files) : 1;
      batch.add("system.cpu.load_average.1m", one / share, {});
      batch.add("system.cpu.load_average.5m", five / share, {});
      batch.add("system.cpu.load_average.15m", fifteen / share, {});
    },
  };
}

function logicalCpus(files: HostFiles): number {
  return files.proc("stat").match(/^cpu\d+ /gm)?.length ?? 1;
}
