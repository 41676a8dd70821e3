import type { Clock, MetricBatch } from "@tracecore/core";
import type { ScraperOptions, Scrapers } from "./config.ts";
import type { HostFiles } from "./host-files.ts";
import type { metrics } from "./metrics.ts";
import { cpuScraper } from "./scrapers/cpu.ts";
import { diskScraper } from "./scrapers/disk.ts";
import { filesystemScraper } from "./scrapers/filesystem.ts";
import { loadScraper } from "./scrapers/load.ts";
import { memoryScraper } from "./scrapers/memory.ts";
import { networkScraper } from "./scrapers/network.ts";
import { pagingScraper } from "./scrapers/paging.ts";
import { processesScraper } from "./scrapers/processes.ts";
import { pressureScraper } from "./scrapers/pressure.ts";
import { processScraper } from "./scrapers/process.ts";
import { systemScraper } from "./scrapers/system.ts";

export type HostBatch = MetricBatch<(typeof metrics)["definitions"]>;

/** What one read gets beside the batch. */
export interface Reading {
  /** Reports a part that could not be read; the rest still counts. */
  readonly fail: (error: unknown) => void;
  readonly signal: AbortSignal;
}

/** A part of the host that can be read on its own. */
export interface Scraper {
  /** Adds what it reads. What it throws hides only itself. */
  read(batch: HostBatch, reading: Reading): Promise<void> | void;
}

type ScraperMakers = {
  [N in keyof Required<Scrapers>]: (config: Scrapers[N], files: HostFiles, clock: Clock) => Scraper;
};

const makers: ScraperMakers = {
  cpu: (_config, files) => cpuScraper(files),
  memory: (_config, files) => memoryScraper(files),
  load: (config, files) => loadScraper(files, config),
  paging: (_config, files) => pagingScraper(files),
  pressure: (_config, files) => pressureScraper(files),
  system: (_config, files) => systemScraper(files),
  processes: (_config, files) => processesScraper(files),
  process: () => processScraper(),
  disk: (config, files) => diskScraper(files, config),
  network: (config, files) => networkScraper(files, config),
  filesystem: (config, files, clock) => filesystemScraper(files, clock, config),
};

/** The scrapers that the config names, or all of them. */
export function chosenScrapers(config: Scrapers | undefined, files: HostFiles, clock: Clock): readonly Scraper[] {
  const names = Object.keys(makers) as (keyof ScraperMakers)[];
  return names
    .filter((name) => config === undefined || config[name] !== undefined)
    .map((name) => {
      const make = makers[name] as (config: unknown, files: HostFiles, clock: Clock) => Scraper;
      return without(disabled(config?.[name]), make(config?.[name], files, clock));
    });
}

function disabled({ metrics: chosen = {} }: ScraperOptions = {}): ReadonlySet<string> {
  return new Set(Object.keys(chosen).filter((name) => chosen[name]?.enabled === false));
}

/** `scraper` without some of its metrics. */
function without(names: ReadonlySet<string>, scraper: Scraper): Scraper {
  if (names.size === 0) return scraper;
  return {
    read: (batch, reading) =>
      scraper.read(
        { ...batch, add: (name, ...point) => (names.has(name) ? undefined : batch.add(name, ...point)) },
        reading,
      ),
  };
}
