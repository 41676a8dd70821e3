import type { Row } from "../compare.ts";
import { residentMib } from "../process-cpu.ts";
import { median, round, spread } from "../statistics.ts";
import type { Suite, SuiteOptions, SuiteResult } from "../suite.ts";
import { installed, startNodeExporter, startPushgateway, startVariant, type ServerProcess } from "./child.ts";
import { measure, type Scrape } from "./measure.ts";

interface Variant {
  readonly name: string;
  readonly label: string;
  /** The scrapes that mean something for it. */
  readonly scrapes: readonly Scrape[];
  readonly start: (count: number, port: number) => Promise<ServerProcess>;
}

interface Cell {
  readonly variant: string;
  readonly count: number;
  readonly scrape: Scrape;
  readonly cpu: number[];
  wireBytes: number;
  residentMib: number;
}

const all: readonly Scrape[] = [false, true].flatMap((gzip) => [false, true].map((tenth) => ({ gzip, tenth })));

/** CPU of a scrape over HTTP, values updated before each. */
export const expositionSuite: Suite = {
  name: "exposition",
  describe: "server CPU of a Prometheus scrape over HTTP, values updated before each",
  async run({ rounds, quick, log }: SuiteOptions): Promise<SuiteResult> {
    const variants = variantsHere(log);
    const counts = quick ? [1000, 10_000] : [1000, 10_000, 100_000];
    const cells = new Map<string, Cell>();
    for (let number = 1; number <= rounds; number++) {
      for (const count of counts) {
        for (const [index, variant] of variants.entries()) {
          if (variant.name === "node_exporter" && count !== 1000) continue;
          await using server = await variant.start(count, 19_100 + index);
          for (const scrape of variant.scrapes) {
            const cost = await measure(server, scrape);
            const key = keyOf(variant.name, count, scrape);
            const cell = cells.get(key) ?? {
              variant: variant.name,
              count,
              scrape,
              cpu: [],
              wireBytes: 0,
              residentMib: 0,
            };
            cell.cpu.push(cost.cpuMs);
            cell.wireBytes = cost.wireBytes;
            cell.residentMib = residentMib(server.pid);
            cells.set(key, cell);
            log(`round ${number}/${rounds} ${key}: ${round(cost.cpuMs)} ms`);
          }
        }
      }
    }
    return { rows: rowsOf(cells), markdown: tables(cells, variants, counts) };
  },
};

function variantsHere(log: (line: string) => void): Variant[] {
  const variants: Variant[] = [
    {
      name: "tracecore",
      label: "tracecore exporter-prom",
      scrapes: all,
      start: (count) => startVariant("tracecore", count),
    },
    {
      name: "prom-client",
      label: "prom-client 15.1.3",
      scrapes: all,
      start: (count) => startVariant("prom-client", count),
    },
    {
      name: "otel",
      label: "@opentelemetry/exporter-prometheus 0.301.0",
      scrapes: all.filter(({ gzip }) => !gzip),
      start: (count) => startVariant("otel", count),
    },
  ];
  // Their values stay as they are: nothing pushes or changes them between scrapes.
  const still = all.filter(({ tenth }) => !tenth);
  const pushgateway = installed("prometheus-pushgateway", "pushgateway");
  if (pushgateway === undefined)
    log("no pushgateway (apt-get install prometheus-pushgateway): no Go client in this run");
  else {
    const start: Variant["start"] = (count, port) => startPushgateway(pushgateway, count, port);
    variants.push({
      name: "pushgateway",
      label: "client_golang (pushgateway, values not updated)",
      scrapes: still,
      start,
    });
  }
  const nodeExporter = installed("prometheus-node-exporter", "node_exporter");
  if (nodeExporter !== undefined) {
    const start: Variant["start"] = (_count, port) => startNodeExporter(nodeExporter, port);
    variants.push({ name: "node_exporter", label: "node_exporter, its own series", scrapes: still, start });
  }
  return variants;
}

/** The cell of a peer to compare ours with: a peer whose values stand still has one for both. */
function peerCell(cells: ReadonlyMap<string, Cell>, peer: string, count: number, scrape: Scrape): Cell | undefined {
  return (
    cells.get(keyOf(peer, count, scrape)) ??
    (peer === "pushgateway" ? cells.get(keyOf(peer, count, { ...scrape, tenth: false })) : undefined)
  );
}

/** Of the best rounds: what else the machine does only ever adds, so they vary least. */
function rowsOf(cells: ReadonlyMap<string, Cell>): Row[] {
  const rows: Row[] = [];
  for (const own of cells.values()) {
    if (own.variant !== "tracecore") continue;
    for (const peer of ["prom-client", "otel", "pushgateway"]) {
      const cell = peerCell(cells, peer, own.count, own.scrape);
      if (cell === undefined) continue;
      rows.push({
        name: `exposition/${whatOf(own.count, own.scrape)}/${peer}`,
        ratio: Math.min(...own.cpu) / Math.min(...cell.cpu),
      });
    }
  }
  return rows;
}

function tables(cells: ReadonlyMap<string, Cell>, variants: readonly Variant[], counts: readonly number[]): string {
  const lines = [
    "CPU of the server process for one scrape, milliseconds: median [range] of the rounds.",
    "",
    "| server | series | values changed | coding | bytes on the wire | CPU ms | CPU ns per series | resident MiB |",
    "|---|---|---|---|---|---|---|---|",
  ];
  for (const count of counts) {
    for (const variant of variants) {
      for (const scrape of variant.scrapes) {
        const cell = cells.get(keyOf(variant.name, count, scrape));
        if (cell === undefined) continue;
        const still = variant.name === "pushgateway" || variant.name === "node_exporter";
        const series = variant.name === "node_exporter" ? "own" : String(count);
        const each = variant.name === "node_exporter" ? "" : round((median(cell.cpu) * 1e6) / count);
        lines.push(
          `| ${variant.label} | ${series} | ${still ? "none" : scrape.tenth ? "10 %" : "all"} | ${scrape.gzip ? "gzip" : "identity"} | ${cell.wireBytes} | ${spread(cell.cpu)} | ${each} | ${round(cell.residentMib)} |`,
        );
      }
    }
  }
  lines.push(
    "",
    "How many times cheaper exporter-prom is:",
    "",
    "| series | values changed | coding | client_golang | prom-client | otel exporter |",
    "|---|---|---|---|---|---|",
  );
  for (const count of counts) {
    for (const scrape of all) {
      const own = cells.get(keyOf("tracecore", count, scrape));
      if (own === undefined) continue;
      const times = ["pushgateway", "prom-client", "otel"].map((peer) => {
        const cell = peerCell(cells, peer, count, scrape);
        return cell === undefined ? "–" : `${round(median(cell.cpu) / median(own.cpu))}×`;
      });
      lines.push(
        `| ${count} | ${scrape.tenth ? "10 %" : "all"} | ${scrape.gzip ? "gzip" : "identity"} | ${times.join(" | ")} |`,
      );
    }
  }
  return lines.join("\n");
}

function keyOf(variant: string, count: number, scrape: Scrape): string {
  return `${variant} ${whatOf(count, scrape)}`;
}

function whatOf(count: number, { gzip, tenth }: Scrape): string {
  return `${count}-${tenth ? "tenth" : "all"}-${gzip ? "gzip" : "identity"}`;
}
