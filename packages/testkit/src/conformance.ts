import type { ComponentFactory } from "@tracecore/core";
import { optionTable } from "@tracecore/core/config";
import { numberPoints, type Metrics } from "@tracecore/core/pdata";
import { expect, test } from "vitest";
import { configProblems } from "./parse-config.ts";
import { metricsOf } from "./metrics-of.ts";
import { runExporter, type RunningExporter } from "./run-exporter.ts";
import { runExtension } from "./run-extension.ts";
import { runProcessor, type RunningProcessor } from "./run-processor.ts";
import { runReceiver, type RunningReceiver } from "./run-receiver.ts";
import type { Running } from "./running.ts";

/** Registers the tests that every component owes. `validYaml` is a config that works on any machine. */
export function conformance(factory: ComponentFactory, validYaml: string): void {
  test("describes every option", () => {
    expect(optionTable(factory.config)).toMatch(/^(?:\| Option \||There are no options\.$)/);
  });

  test("refuses an option that it does not know", () => {
    const about = configProblems(factory, "no_such_option: 1").filter((text) => text.includes(": no_such_option: "));
    expect(about).toEqual([expect.stringContaining("unknown option")]);
  });

  test("stops twice, and twice at once", async () => {
    const running = await run(factory, validYaml);
    await Promise.all([running[Symbol.asyncDispose](), running[Symbol.asyncDispose]()]);
    await running[Symbol.asyncDispose]();
  });

  test("stops at once when the time is up", async () => {
    const running = await run(factory, validYaml);
    await running.stopHard();
  });

  test("leaves no timer behind", async () => {
    const running = await run(factory, validYaml);
    await running[Symbol.asyncDispose]();
    expect(running.clock.waiting).toBe(0);
  });

  if (factory.kind === "receiver") {
    test("emits only metrics that it declares", async () => {
      await using running = (await run(factory, validYaml)) as RunningReceiver;
      await running.tick(60_000);
      const declared = Object.keys(factory.metrics?.definitions ?? {});
      const emitted = [...new Set(running.points.map(({ name }) => name))];
      expect(declared).toEqual(expect.arrayContaining(emitted));
    });
  }

  if (takesMetrics(factory)) {
    test("changes nothing about a batch that it is given: other branches have the same one", async () => {
      await using running = (await run(factory, validYaml)) as RunningProcessor | RunningExporter;
      const batch = metricsOf([
        { name: "test.temperature", value: 61.5, unit: "Cel", attributes: { gpu: 0 } },
        { name: "test.count", value: 2n ** 60n, kind: "sum", monotonic: true, temporality: "cumulative" },
      ]);
      const before = JSON.stringify(contentOf(batch));
      await running.consume(batch).catch(() => {}); // Without its backend it may refuse; that is not the question here.
      expect(JSON.stringify(contentOf(batch))).toBe(before);
      await running.stopHard(); // An exporter would try until then.
    });
  }

  if (factory.kind === "exporter" && factory.stability.metrics !== undefined) {
    test("takes an empty batch", async () => {
      await using running = await runExporter(factory, validYaml);
      await expect(running.consume(metricsOf([]))).resolves.toBeUndefined();
    });
  }
}

function takesMetrics(factory: ComponentFactory): boolean {
  if (factory.kind === "connector") return factory.routes.some(({ from }) => from === "metrics");
  return (factory.kind === "processor" || factory.kind === "exporter") && factory.stability.metrics !== undefined;
}

/** What a component could change about a batch, as plain data. */
function contentOf({ itemCount, numbers }: Metrics): unknown {
  const { series, values, flags, times, startTimes } = numbers;
  const columns = [values, flags, times.high, times.low, startTimes.high, startTimes.low].map((one) => Array.from(one));
  const points = Array.from(numberPoints({ numbers } as Metrics), ({ name, value, attributes }) => [
    name,
    String(value),
    attributes,
  ]);
  return [itemCount, series.length, columns, points];
}

async function run(factory: ComponentFactory, yaml: string): Promise<Running> {
  switch (factory.kind) {
    case "receiver":
      return runReceiver(factory, yaml);
    case "exporter":
      return runExporter(factory, yaml);
    case "processor":
    case "connector":
      return runProcessor(factory, yaml);
    case "extension":
      return runExtension(factory, yaml);
  }
}
