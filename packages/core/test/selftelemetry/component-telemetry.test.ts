import { createNoopMeter, type Meter, type MeterProvider } from "@opentelemetry/api";
import { describe, expect, test } from "vitest";
import { emptyResource } from "../../src/pdata/pdata.ts";
import {
  canonicalKinds,
  canonicalReasons,
  exporterTelemetry,
  isCanonicalKind,
  isCanonicalReason,
  processorTelemetry,
  receiverTelemetry,
  recordInitError,
  type TelemetryOwner,
} from "../../src/selftelemetry/selftelemetry.ts";
import { capturedLogger } from "../http/captured-logger.ts";
import { sdkFixture } from "./sdk-reader.ts";

function settingsWith(meterProvider: MeterProvider | undefined): TelemetryOwner & { readonly lines: string[] } {
  const logger = capturedLogger();
  return { id: "clock", telemetry: { logger, meterProvider, resource: emptyResource }, lines: logger.lines };
}

/** The real meter, except that it refuses observable counters. */
function refusing(meterProvider: MeterProvider): MeterProvider {
  return {
    getMeter(name) {
      const meter = meterProvider.getMeter(name);
      return new Proxy(meter, {
        get(target, key) {
          if (key === "createObservableCounter") {
            return () => {
              throw new Error("no more instruments");
            };
          }
          const value = Reflect.get(target, key) as unknown;
          return typeof value === "function" ? value.bind(target) : value;
        },
      });
    },
  };
}

describe("the self-telemetry of a component", () => {
  test("tracecore #24: without instruments it does nothing, warns once and is counted", async () => {
    const sdk = sdkFixture();
    const settings = settingsWith(refusing(sdk.meterProvider));
    const receiver = receiverTelemetry(settings);
    receiver.incError("read");
    receiver.setDegraded(true);
    receiver[Symbol.dispose]();
    expect(settings.lines).toEqual(["warn runs without self-telemetry: no more instruments"]);
    const attributes = { role: "receiver", component_id: "clock", reason: "instrument_register" };
    expect(await sdk.valueOf("tracecore.selftelemetry.init_errors_total", attributes)).toBe(1);
  });

  test("without a meter provider it does nothing and warns once", () => {
    const settings = settingsWith(undefined);
    const exporter = exporterTelemetry(settings);
    exporter.incCallSuccess();
    expect(exporter.successCount()).toBe(0);
    expect(settings.lines).toEqual([
      'warn runs without self-telemetry: cannot make the self-telemetry of exporter "clock": there is no meter provider. Pass one, or use exporterTelemetry(settings), which does without',
    ]);
  });

  test("with something that is no meter provider it does nothing and warns once", () => {
    const settings = settingsWith({ getMeter: () => ({}) as Meter });
    const processor = processorTelemetry(settings);
    processor.incItemsIn(1);
    expect(settings.lines).toEqual([
      "warn runs without self-telemetry: the meter provider does not have the OpenTelemetry metrics API 1.x. Pass a MeterProvider of @opentelemetry/sdk-metrics 2 or later",
    ]);
  });

  test("with a meter provider it counts and says nothing", async () => {
    const sdk = sdkFixture();
    const settings = settingsWith(sdk.meterProvider);
    receiverTelemetry(settings).incEmissions(2);
    expect(await sdk.valueOf("tracecore.receiver.emissions_total", { component_id: "clock" })).toBe(2);
    expect(settings.lines).toEqual([]);
  });
});

describe("recordInitError", () => {
  test("shows all three labels", async () => {
    const sdk = sdkFixture();
    recordInitError(sdk.meterProvider, { role: "exporter", componentId: "stdout", reason: "unsupported_sdk" });
    const point = (await sdk.read()).find(({ name }) => name === "tracecore.selftelemetry.init_errors_total");
    expect(point).toMatchObject({
      value: 1,
      attributes: { role: "exporter", component_id: "stdout", reason: "unsupported_sdk" },
    });
  });

  test("tracecore #25: swallows its own failure", () => {
    const broken: MeterProvider = {
      getMeter: () => {
        throw new Error("broken");
      },
    };
    const error = { role: "receiver", componentId: "clock", reason: "nil_provider" } as const;
    expect(recordInitError(broken, error)).toBe(undefined);
    expect(recordInitError(undefined, error)).toBe(undefined);
    expect(recordInitError({ getMeter: () => createNoopMeter() }, error)).toBe(undefined);
  });
});

test("tracecore #26: there are exactly eight canonical kinds and three reasons", () => {
  expect(canonicalKinds).toEqual([
    "connect",
    "parse",
    "downstream",
    "enumerate",
    "read",
    "cardinality",
    "panic",
    "init",
  ]);
  expect(canonicalReasons).toEqual(["nil_provider", "instrument_register", "unsupported_sdk"]);
  expect(canonicalKinds.every(isCanonicalKind)).toBe(true);
  expect(isCanonicalKind("watch")).toBe(false);
  expect(canonicalReasons.every(isCanonicalReason)).toBe(true);
  expect(isCanonicalReason("other")).toBe(false);
});
