import { forwardConnector } from "@tracecore/connector-forward";
import { emptyResource, emptyScope, logs, traces } from "@tracecore/core/pdata";
import { conformance, failingSink, metricsOf, runProcessor } from "@tracecore/testkit";
import { describe, expect, test } from "vitest";

const batches = {
  metrics: metricsOf([{ name: "a", value: 1 }]),
  logs: logs([{ resource: emptyResource, scope: emptyScope, body: "x" }]),
  traces: traces([]),
};

describe("forward connector", () => {
  conformance(forwardConnector, "{}");

  test.each(["metrics", "logs", "traces"] as const)("hands %s on as the same object", async (signal) => {
    await using connector = await runProcessor(forwardConnector, "{}");
    await connector.consume(batches[signal]);
    expect(connector.out.batches).toHaveLength(1);
    expect(connector.out.batches[0]).toBe(batches[signal]);
  });

  test("gives the error of the next pipeline back to the sender", async () => {
    const error = new Error("the backend is away");
    await using connector = await runProcessor(forwardConnector, "{}", { next: failingSink(error) });
    await expect(connector.consume(batches.logs)).rejects.toBe(error);
  });

  test("leads from each signal to the same and to no other", () => {
    expect(forwardConnector.routes.map(({ from, to }) => `${from} ${to}`)).toEqual([
      "metrics metrics",
      "logs logs",
      "traces traces",
    ]);
  });

  test("refuses options", async () => {
    await expect(runProcessor(forwardConnector, "to: b")).rejects.toThrow(
      "config.yaml:1:1: to: unknown option. It has no options. [config-unknown-option]",
    );
  });
});
