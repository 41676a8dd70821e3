import { readdirSync } from "node:fs";
import { kernelCount, readText } from "../host-files.ts";
import type { Scraper } from "../scrapers.ts";

/** The collector's own process. It is read from /proc/self of this process, whatever `root_path` says. */
export function processScraper(): Scraper {
  const startTimeUnixNano = BigInt(Math.round(performance.timeOrigin)) * 1_000_000n;
  const options = { startTimeUnixNano };
  return {
    read(batch, { fail }) {
      const { user, system } = process.cpuUsage();
      batch.add("process.cpu.time", user / 1e6, { "cpu.mode": "user" }, options);
      batch.add("process.cpu.time", system / 1e6, { "cpu.mode": "system" }, options);
      batch.add("process.memory.usage", process.memoryUsage.rss(), {});
      const usage = process.resourceUsage();
      batch.add("process.paging.faults", usage.majorPageFault, { "system.paging.fault.type": "major" }, options);
      batch.add("process.paging.faults", usage.minorPageFault, { "system.paging.fault.type": "minor" }, options);
      const voluntary = { "process.context_switch.type": "voluntary" };
      const involuntary = { "process.context_switch.type": "involuntary" };
      batch.add("process.context_switches", usage.voluntaryContextSwitches, voluntary, options);
      batch.add("process.context_switches", usage.involuntaryContextSwitches, involuntary, options);

      const parts = [
        () => {
          // The name in parentheses may hold anything; what follows it is fixed (proc(5), fields 20 and 23).
          const stat = readText("/proc/self/stat");
          const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
          batch.add("process.threads", Number(fields[17]), {});
          batch.add("process.memory.virtual", Number(fields[20]), {});
        },
        () => {
          // Asking for the list opens one more.
          batch.add("process.open_file_descriptors", readdirSync("/proc/self/fd").length - 1, {});
        },
        () => {
          const io = readText("/proc/self/io");
          for (const direction of ["read", "write"] as const) {
            const bytes = new RegExp(`^${direction}_bytes: (\\d+)$`, "m").exec(io)?.[1];
            if (bytes !== undefined)
              batch.add("process.disk.io", kernelCount(bytes), { "disk.io.direction": direction }, options);
          }
        },
      ];
      for (const part of parts) {
        try {
          part();
        } catch (error) {
          fail(error); // The other parts still count.
        }
      }
    },
  };
}
