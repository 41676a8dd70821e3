import { readdirSync } from "node:fs";
import { bootTimeUnixNano, linesOf, unexpectedLine, type HostFiles } from "../host-files.ts";
import type { Scraper } from "../scrapers.ts";

export function pressureScraper(files: HostFiles): Scraper {
  return {
    read(batch, { fail }) {
      const startTimeUnixNano = bootTimeUnixNano(files);
      for (const subsystem of subsystems(files)) {
        try {
          for (const line of linesOf(files.proc(`pressure/${subsystem}`))) {
            const match = /^(some|full) .*total=(\d+)$/.exec(line);
            if (match === null) throw unexpectedLine(`pressure/${subsystem}`, line);
            const attributes = { "linux.pressure.subsystem": subsystem, "linux.pressure.share": match[1]! };
            // The kernel counts microseconds.
            batch.add("system.linux.pressure.stall.time", Number(match[2]) / 1e6, attributes, { startTimeUnixNano });
          }
        } catch (error) {
          fail(error); // The other subsystems still count.
        }
      }
    },
  };
}

/** A kernel before 4.20, or one that is told psi=0, has no such folder: then there is nothing to report, and nothing wrong. */
function subsystems(files: HostFiles): string[] {
  try {
    return readdirSync(files.path("proc/pressure")).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
