import type { Scrapers } from "../config.ts";
import { bootTimeUnixNano, kernelCount, linesOf, unexpectedLine, type HostFiles } from "../host-files.ts";
import { nameFilter } from "../matcher.ts";
import type { Scraper } from "../scrapers.ts";

export function networkScraper(files: HostFiles, config: Scrapers["network"]): Scraper {
  const wanted = nameFilter("interfaces", config?.include, config?.exclude);
  return {
    read(batch) {
      const options = { startTimeUnixNano: bootTimeUnixNano(files) };
      // net/dev of process 1: /proc/net leads to the network namespace of the reader, which in a container is not the host's.
      for (const line of linesOf(netDev(files)).slice(2)) {
        const colon = line.lastIndexOf(":");
        const name = line.slice(0, colon).trim();
        const columns = line
          .slice(colon + 1)
          .trim()
          .split(/\s+/)
          .map(kernelCount);
        if (colon === -1 || columns.length < 16 || columns.some(Number.isNaN)) throw unexpectedLine("net/dev", line);
        if (!wanted(name)) continue;
        for (const [direction, at] of [
          ["receive", 0],
          ["transmit", 8],
        ] as const) {
          const attributes = { "network.interface.name": name, "network.io.direction": direction };
          batch.add("system.network.io", columns[at]!, attributes, options);
          batch.add("system.network.packet.count", columns[at + 1]!, attributes, options);
          batch.add("system.network.errors", columns[at + 2]!, attributes, options);
          batch.add("system.network.packet.dropped", columns[at + 3]!, attributes, options);
        }
      }
    },
  };
}

function netDev(files: HostFiles): string {
  try {
    return files.proc("1/net/dev");
  } catch {
    return files.proc("net/dev"); // Without rights on process 1: the namespace of the collector.
  }
}
