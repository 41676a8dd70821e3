import { bootTimeUnixNano, type HostFiles } from "../host-files.ts";
import type { Scraper } from "../scrapers.ts";

/** Processes of the host as /proc/stat counts them (proc(5)). */
export function processesScraper(files: HostFiles): Scraper {
  return {
    read(batch) {
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
