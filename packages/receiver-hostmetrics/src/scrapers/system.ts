import { bootTimeUnixNano, unexpectedLine, type HostFiles } from "../host-files.ts";
import type { Scraper } from "../scrapers.ts";

export function systemScraper(files: HostFiles): Scraper {
  return {
    read(batch) {
      const uptime = files.proc("uptime");
      const seconds = Number(uptime.split(" ")[0]);
      if (Number.isNaN(seconds)) throw unexpectedLine("uptime", uptime.trimEnd());
      batch.add("system.uptime", seconds, {});

      const stat = files.proc("stat");
      const number = (name: string): number | undefined => {
        const match = new RegExp(`^${name} (\\d+)$`, "m").exec(stat);
        return match === null ? undefined : Number(match[1]);
      };
      const created = number("processes");
      if (created !== undefined) {
        batch.add("system.process.created", created, {}, { startTimeUnixNano: bootTimeUnixNano(files) });
      }
      for (const state of ["running", "blocked"] as const) {
        const count = number(`procs_${state}`);
        if (count !== undefined) batch.add("system.linux.tasks", count, { "process.state": state });
      }
    },
  };
}
