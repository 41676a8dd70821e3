import type { HostFiles } from "../host-files.ts";
import type { Scraper } from "../scrapers.ts";

/** The entries of /proc/meminfo in bytes; the file counts in units of 1024 bytes and calls them kB. */
export function memoryInfo(files: HostFiles): ReadonlyMap<string, number> {
  const entries = files.proc("meminfo").matchAll(/^(\S+):\s+(\d+) kB$/gm);
  return new Map(Iterator.from(entries).map((match) => [match[1]!, Number(match[2]) * 1024]));
}

export function memoryScraper(files: HostFiles): Scraper {
  return {
    read(batch) {
      const info = memoryInfo(files);
      const get = (name: string): number => {
        const value = info.get(name);
        if (value === undefined) throw new Error(`there is no ${name} line in /proc/meminfo`);
        return value;
      };
      const total = get("MemTotal");
      const free = get("MemFree");
      const buffers = get("Buffers");
      const cached = get("Cached");
      // Linux before 3.14 does not estimate what is available.
      const available = info.get("MemAvailable") ?? free + buffers + cached;
      const states = { used: total - available, free, buffers, cached };
      for (const [state, value] of Object.entries(states)) {
        batch.add("system.memory.usage", value, { "system.memory.state": state });
      }
      batch.add("system.memory.limit", total, {});
      batch.add("system.memory.linux.available", available, {});
      for (const [state, name] of [
        ["reclaimable", "SReclaimable"],
        ["unreclaimable", "SUnreclaim"],
      ] as const) {
        const value = info.get(name);
        if (value !== undefined) {
          batch.add("system.memory.linux.slab.usage", value, { "system.memory.linux.slab.state": state });
        }
      }
    },
  };
}
