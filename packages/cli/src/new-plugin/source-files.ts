// The texts of a new plugin. They are long because they are whole files; `tracecore new` and its tests run them.
import type { NewPlugin } from "./plugin-files.ts";

function camel(type: string): string {
  return type.replaceAll(/_(.)/g, (_match, letter: string) => letter.toUpperCase());
}

/** The name of the exported factory: `gpu_fan` and receiver give `gpuFanReceiver`. */
function factoryName({ kind, type }: NewPlugin): string {
  return camel(type) + kind[0]!.toUpperCase() + kind.slice(1);
}

/** The source file. */
export function source(plugin: NewPlugin): string {
  const name = factoryName(plugin);
  const { type } = plugin;
  switch (plugin.kind) {
    case "receiver":
      return `import { defineMetrics, defineReceiver, scrape, type ReceiverFactory } from "@tracecore/core";
import { duration } from "@tracecore/core/config";
import * as z from "zod";

const config = z.strictObject({
  collection_interval: duration().prefault("10s").describe("Time between two reads."),
  initial_delay: duration({ zero: true }).prefault("0s").describe("Time before the first read."),
});

const metrics = defineMetrics({
  "${type}.value": {
    kind: "gauge",
    unit: "1",
    description: "What this receiver reads; replace it by your own.",
    attributes: { "${type}.name": "Which one it is." },
  },
});

/** Says what it brings in, in one sentence. */
export const ${name}: ReceiverFactory = defineReceiver({
  type: "${type}",
  stability: { metrics: "development" },
  config,
  metrics,
  start({ collection_interval, initial_delay }, ctx) {
    const options = { intervalMs: collection_interval, initialDelayMs: initial_delay };
    return scrape(ctx, options, async ({ emit }) => {
      const batch = metrics.batch(ctx);
      batch.add("${type}.value", 1, { "${type}.name": "example" });
      await emit(ctx.next.metrics, batch.build());
    });
  },
});
`;
    case "processor":
      return `import { defineProcessor, type ProcessorFactory } from "@tracecore/core";
import { mapParts, mapSeries, onceForEach, type Series } from "@tracecore/core/pdata";
import * as z from "zod";

const config = z.strictObject({
  key: z.string().min(1).default("example").describe("Attribute to set on every series."),
  value: z.string().default("1").describe("Value of that attribute."),
});

/** Says what it changes, in one sentence. */
export const ${name}: ProcessorFactory = defineProcessor({
  type: "${type}",
  stability: { metrics: "development" },
  config,
  start({ key, value }, { next }) {
    // Series are immutable, and there is one object for each: what was made of it holds for as long as it is in use.
    const labelled = onceForEach((series: Series) => series.withAttributes(series.attributes.with({ [key]: value })));
    return {
      metrics: {
        // A large batch in parts, so that others have their turn in between.
        async consume(batch, signal) {
          await next.metrics.consume(await mapParts(batch, (part) => mapSeries(part, labelled)), signal);
        },
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  },
});
`;
    case "exporter":
      return `import { appendFile } from "node:fs/promises";
import { ConsumeError, defineExporter, type ExporterFactory } from "@tracecore/core";
import { numberPoints } from "@tracecore/core/pdata";
import * as z from "zod";

const config = z.strictObject({
  path: z.string().min(1).describe("File to append to."),
});

/** Says where it sends data, in one sentence. */
export const ${name}: ExporterFactory = defineExporter({
  type: "${type}",
  stability: { metrics: "development" },
  config,
  start({ path }, { telemetry }) {
    return {
      metrics: {
        async consume(batch) {
          const lines = Array.from(numberPoints(batch), ({ name, value }) => \`\${name} \${value}\\n\`);
          try {
            if (lines.length > 0) await appendFile(path, lines.join(""));
            telemetry.incCallSuccess();
          } catch (error) {
            telemetry.incCallFailure("io");
            throw new ConsumeError(\`cannot write to \${path}\`, { retryable: true, cause: error });
          }
        },
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  },
});
`;
  }
}

/** The test file. */
export function test(plugin: NewPlugin): string {
  const name = factoryName(plugin);
  const { type } = plugin;
  switch (plugin.kind) {
    case "receiver":
      return `import { conformance, runReceiver } from "@tracecore/testkit";
import { describe, expect, test } from "vitest";
import { ${name} } from "../src/receiver.ts";

describe("${type} receiver", () => {
  conformance(${name}, "{}");

  test("reports one point at each interval", async () => {
    await using receiver = await runReceiver(${name}, "collection_interval: 10s");
    await receiver.tick(0);
    await receiver.tick(10_000);
    expect(receiver.points.map((point) => [point.name, point.value, point.attributes])).toEqual([
      ["${type}.value", 1, { "${type}.name": "example" }],
      ["${type}.value", 1, { "${type}.name": "example" }],
    ]);
  });
});
`;
    case "processor":
      return `import { conformance, metricsOf, runProcessor } from "@tracecore/testkit";
import { describe, expect, test } from "vitest";
import { ${name} } from "../src/processor.ts";

describe("${type} processor", () => {
  conformance(${name}, "{}");

  test("sets the attribute on every series", async () => {
    await using processor = await runProcessor(${name}, "{ key: team, value: gpu }");
    await processor.consume(metricsOf([{ name: "a", value: 1 }]));
    expect(processor.out.points.map((point) => point.attributes)).toEqual([{ team: "gpu" }]);
  });
});
`;
    case "exporter":
      return `import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { conformance, metricsOf, runExporter } from "@tracecore/testkit";
import { describe, expect, test } from "vitest";
import { ${name} } from "../src/exporter.ts";

describe("${type} exporter", () => {
  conformance(${name}, "path: /dev/null");

  test("appends a line for each point", async () => {
    const path = join(await mkdtemp(join(tmpdir(), "${type}-")), "out");
    await using exporter = await runExporter(${name}, \`path: \${path}\`);
    await exporter.consume(metricsOf([{ name: "a", value: 1 }]));
    expect(await readFile(path, "utf8")).toBe("a 1\\n");
  });
});
`;
  }
}

/** The README. */
export function readme(plugin: NewPlugin): string {
  const { kind, type, packageName } = plugin;
  const title = `${type.replaceAll("_", " ")} ${kind}`;
  const metrics = kind === "receiver" ? "\n## Metrics\n\n<!-- generated:metrics -->\n<!-- /generated -->\n" : "";
  const other = kind === "exporter" ? "receivers: { clock: {} }" : "exporters: { stdout: {} }";
  const own = `${kind}s: { ${type}: ${kind === "exporter" ? "{ path: out.txt }" : "{}"} }`;
  const parts = {
    receiver: `${own}\n${other}\npipelines: { metrics: { receivers: [${type}], exporters: [stdout] } }`,
    processor: `receivers: { clock: {} }\n${own}\n${other}\npipelines: { metrics: { receivers: [clock], processors: [${type}], exporters: [stdout] } }`,
    exporter: `${other}\n${own}\npipelines: { metrics: { receivers: [clock], exporters: [${type}] } }`,
  };
  return `# ${title[0]!.toUpperCase()}${title.slice(1)}

<!-- generated:status -->
Type \`${type}\` · package \`${packageName}\`
<!-- /generated -->

Say in two sentences what it does and when to use it.

## Example

\`\`\`yaml
${parts[kind]}
\`\`\`

## Options

<!-- generated:options -->
<!-- /generated -->
${metrics}
## Behaviour

Say what happens when something is missing, what is lost on shutdown, and what it costs.
`;
}
