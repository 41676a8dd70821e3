import type { ComponentFactory } from "@tracecore/core";
import { optionTable } from "@tracecore/core/config";
import { expect, test } from "vitest";
import { configProblems } from "./parse-config.ts";
import { metricsOf } from "./metrics-of.ts";
import { runExporter } from "./run-exporter.ts";
import { runProcessor } from "./run-processor.ts";
import { runReceiver, type RunningReceiver } from "./run-receiver.ts";
import type { Running } from "./running.ts";

/** Registers the tests that every component owes. `validYaml` is a config that works on any machine. */
export function conformance(factory: ComponentFactory, validYaml: string): void {
  test("describes every option", () => {
    expect(optionTable(factory.config)).toMatch(/^\| Option \|/);
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

  if (factory.kind === "exporter" && factory.stability.metrics !== undefined) {
    test("takes an empty batch", async () => {
      await using running = await runExporter(factory, validYaml);
      await expect(running.consume(metricsOf([]))).resolves.toBeUndefined();
    });
  }
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
      throw new Error("the conformance suite does not know extensions yet");
  }
}
