import { unexpectedLine, type HostFiles } from "../host-files.ts";
import type { Scraper } from "../scrapers.ts";

export function systemScraper(files: HostFiles): Scraper {
  return {
    read(batch) {
      const uptime = files.proc("uptime");
      const seconds = Number(uptime.split(" ")[0]);
      if (Number.isNaN(seconds)) throw unexpectedLine("uptime", uptime.trimEnd());
      batch.add("system.uptime", seconds, {});
    },
  };
}
