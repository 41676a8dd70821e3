import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Row } from "../compare.ts";
import { spread } from "../statistics.ts";
import type { Suite, SuiteOptions, SuiteResult } from "../suite.ts";

const run = promisify(execFile);

const variants = {
  "metrics-objects": "metrics: an object per point",
  "metrics-columns": "metrics: columns, the receiver keeps its series",
  "metrics-by-attributes": "metrics: columns, each point names its attributes",
  "logs-objects": "logs: an object per record",
  "logs-columns": "logs: columns",
} as const;
type Variant = keyof typeof variants;

/** What our form is compared with. */
const peers: Partial<Record<Variant, Variant>> = {
  "metrics-columns": "metrics-objects",
  "metrics-by-attributes": "metrics-objects",
  "logs-columns": "logs-objects",
};

/** The in-memory form of telemetry: columns against objects. */
export const pdataSuite: Suite = {
  name: "pdata",
  describe: "CPU of building, reading, editing and rendering 10,000 items, for each in-memory form",
  async run({ rounds, log }: SuiteOptions): Promise<SuiteResult> {
    const found = new Map<string, number[]>();
    for (let round = 1; round <= rounds; round++) {
      for (const variant of Object.keys(variants)) {
        const args = [
          "--conditions=@tracecore/source",
          "--no-warnings",
          join(import.meta.dirname, "variant.ts"),
          variant,
        ];
        const { stdout } = await run(process.execPath, args);
        log(`round ${round}/${rounds} ${variant}: ${stdout}`);
        const steps = Object.entries(JSON.parse(stdout) as Record<string, number>);
        const total = steps.reduce((sum, [, ns]) => sum + ns, 0);
        for (const [step, ns] of [...steps, ["total", total] as const]) {
          const key = `${variant} ${step}`;
          found.set(key, [...(found.get(key) ?? []), ns]);
        }
      }
    }
    return { rows: rowsOf(found), markdown: table(found) };
  },
};

function rowsOf(found: ReadonlyMap<string, number[]>): Row[] {
  return Object.entries(peers).map(([variant, peer]) => ({
    name: `pdata/${variant}-total/${peer}`,
    // Of the best rounds: what else the machine does only ever adds, so they vary least.
    ratio: Math.min(...found.get(`${variant} total`)!) / Math.min(...found.get(`${peer} total`)!),
  }));
}

function table(found: ReadonlyMap<string, number[]>): string {
  const steps = ["build", "iterate", "filter", "edit", "render", "total"];
  const lines = [
    "CPU nanoseconds per item: median [range] of the rounds. A render is Prometheus text for metrics and a line of text for logs.",
    "",
    `| form | ${steps.join(" | ")} |`,
    `|---|${steps.map(() => "---|").join("")}`,
  ];
  for (const [variant, label] of Object.entries(variants)) {
    const cells = steps.map((step) => {
      const values = found.get(`${variant} ${step}`);
      return values === undefined ? "–" : spread(values);
    });
    lines.push(`| ${label} | ${cells.join(" | ")} |`);
  }
  return lines.join("\n");
}
