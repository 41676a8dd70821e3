/** Times one in-memory form in a process of its own: `node variant.ts NAME`. Prints nanoseconds per item and step as JSON. */
import { logsAsColumns, logsAsObjects } from "./logs.ts";
import { metricsAsColumns, metricsAsObjects, metricsByAttributes } from "./metrics.ts";

/** The steps of a pipeline; each takes what the one before it made. */
export interface Form {
  readonly items: number;
  readonly steps: Readonly<Record<string, () => unknown>>;
}

const forms: Readonly<Record<string, () => Form>> = {
  "metrics-objects": metricsAsObjects,
  "metrics-columns": metricsAsColumns,
  "metrics-by-attributes": metricsByAttributes,
  "logs-objects": logsAsObjects,
  "logs-columns": logsAsColumns,
};

const WARM_ROUNDS = 30;
const ROUNDS = 60;

const { items, steps } = forms[process.argv[2] ?? ""]!();
const nsPerItem: Record<string, number> = {};
for (const name of Object.keys(steps)) nsPerItem[name] = 0;
for (let round = 0; round < WARM_ROUNDS + ROUNDS; round++) {
  for (const [name, step] of Object.entries(steps)) {
    const before = process.cpuUsage();
    step();
    const { user, system } = process.cpuUsage(before);
    if (round >= WARM_ROUNDS) nsPerItem[name]! += ((user + system) * 1000) / items / ROUNDS;
  }
}
process.stdout.write(JSON.stringify(nsPerItem));
