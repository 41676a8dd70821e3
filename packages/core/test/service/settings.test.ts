import {
  defineReceiver,
  zeroBuildInfo,
  type BuildInfo,
  type CreateSettings,
  type TelemetrySettings,
} from "@tracecore/core";
import { noOptions } from "@tracecore/core/config";
import { emptyResource } from "@tracecore/core/pdata";
import { noopMeterProvider } from "@tracecore/core/selftelemetry";
import { describe, expect, test } from "vitest";
import { hostResource } from "../../src/service/resource.ts";
import type { ServiceOptions } from "../../src/service/run-service.ts";
import { testGraph } from "./graph-fixture.ts";

/** The settings that a receiver gets from the runtime. */
async function settingsOf(options: Partial<ServiceOptions>): Promise<CreateSettings> {
  const graph = testGraph();
  let seen: CreateSettings | undefined;
  const factory = defineReceiver({
    type: "test",
    stability: { metrics: "stable" },
    config: noOptions(),
    start(_config, { settings }) {
      seen = settings;
      return { [Symbol.asyncDispose]: () => Promise.resolve() };
    },
  });
  const components = [graph.component("receiver", "test/a", {}, { factory }), graph.component("exporter", "out")];
  await using _service = await graph.start(graph.config(components, { metrics: "test/a >> out" }), options);
  return seen!;
}

describe("settings of a component", () => {
  test("tracecore #1: an empty meter provider is undefined by contract", () => {
    const { logger } = { logger: undefined as never };
    const settings: TelemetrySettings = { logger, resource: emptyResource };
    expect(settings.meterProvider).toBeUndefined();
  });

  test("tracecore #2: the runtime fills in a meter provider that measures nothing", async () => {
    const { telemetry } = await settingsOf({});
    const counter = telemetry.meterProvider!.getMeter("test").createCounter("a");
    expect(() => counter.add(1)).not.toThrow("");
    expect(telemetry.meterProvider).toBe(noopMeterProvider);
  });

  test("tracecore #3: a component gets the very provider and build info that the runtime was given", async () => {
    const meterProvider = { getMeter: () => noopMeterProvider.getMeter("other") };
    const buildInfo: BuildInfo = { command: "tracecore", description: "test", version: "1.2.3" };
    const settings = await settingsOf({ meterProvider, buildInfo });
    expect(settings.telemetry.meterProvider).toBe(meterProvider);
    expect(settings.buildInfo).toBe(buildInfo);
    expect(settings.id).toBe("test/a");
  });

  test("tracecore #4: the resource says which host and which service it is, whatever the build says", async () => {
    for (const buildInfo of [zeroBuildInfo, { command: "tracecore", description: "", version: "1.2.3" }]) {
      const { attributes } = (await settingsOf({ buildInfo })).telemetry.resource;
      for (const key of ["host.name", "service.name", "service.version", "service.instance.id"]) {
        expect(attributes.get(key), key).toMatch(/^\S+$/);
      }
    }
  });

  test("the instance ID is a UUID that stays the same after a restart and differs between instances", () => {
    const id = (instance: string): unknown =>
      hostResource(zeroBuildInfo, instance).attributes.get("service.instance.id");
    expect(id("/etc/a.yaml")).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(id("/etc/a.yaml")).toBe(id("/etc/a.yaml"));
    expect(id("/etc/a.yaml")).not.toBe(id("/etc/b.yaml"));
  });
});
