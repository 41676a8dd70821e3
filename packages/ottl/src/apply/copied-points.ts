import { pickMetrics, series, type MetricFamily, type Metrics, type Series } from "@tracecore/core/pdata";
import type { MetricItem } from "../items/metric-item.ts";
import { bySource, madeOf, type BySource } from "./by-source.ts";
import type { Steps } from "./steps.ts";
import { sections } from "../items/point-item.ts";

/** The copies that there are of each metric. */
export function copiesBySource(copies: readonly MetricItem[]): Steps<BySource<MetricFamily, MetricItem>> {
  return bySource(copies, ({ source }) => source);
}

/** The part with the points of copies behind its own, section by section. */
export function withCopies(batch: Metrics, copies: BySource<MetricFamily, MetricItem>): Metrics {
  const rows: Record<string, Uint32Array | undefined> = {};
  const families: Record<string, MetricFamily[]> = {};
  for (const name of sections) {
    const all = batch[name].series;
    const rowsOf = rowsByFamily(all);
    const picked = Array.from(all.keys());
    families[name] = [];
    for (const { source, original } of madeOf(copies, rowsOf.keys())) {
      for (const row of rowsOf.get(source)!) {
        picked.push(row);
        families[name].push(original);
      }
    }
    rows[name] = picked.length === all.length ? undefined : new Uint32Array(picked);
  }
  const longer = pickMetrics(batch, rows);
  const renamed = sections.map((name) => {
    const { length } = batch[name];
    const all = longer[name].series.map((one, row) =>
      row < length ? one : series(families[name]![row - length]!, one.attributes),
    );
    return [name, { ...longer[name], series: all }] as const;
  });
  return { ...longer, ...Object.fromEntries(renamed) };
}

function rowsByFamily(all: readonly Series[]): Map<MetricFamily, number[]> {
  const rows = new Map<MetricFamily, number[]>();
  for (const [row, { family }] of all.entries()) {
    const own = rows.get(family);
    if (own === undefined) rows.set(family, [row]);
    else own.push(row);
  }
  return rows;
}
