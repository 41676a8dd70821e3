import { expect, test } from "vitest";
import { capturingExporter, capturingProcessor, capturingReceiver } from "../../src/selftelemetry/selftelemetry.ts";

test("a capturing receiver writes down every call in order", () => {
  const receiver = capturingReceiver();
  receiver.observeLatency(1.5);
  receiver.incEmissions(1);
  receiver.markActivity();
  receiver.incError("read");
  receiver.setDegraded(true);
  expect(receiver.calls()).toEqual([
    { method: "observeLatency", args: [1.5] },
    { method: "incEmissions", args: [1] },
    { method: "markActivity", args: [] },
    { method: "incError", args: ["read"] },
    { method: "setDegraded", args: [true] },
  ]);
  expect(receiver.callsOf("incError")).toEqual([["read"]]);
});

test("what a capturing object gives back is a copy", () => {
  const receiver = capturingReceiver();
  receiver.incError("read");
  const calls = receiver.calls();
  (calls[0]!.args as unknown as string[])[0] = "changed";
  calls.length = 0;
  receiver.callsOf("incError").length = 0;
  expect(receiver.calls()).toEqual([{ method: "incError", args: ["read"] }]);
});

test("a capturing exporter counts as the real one does", () => {
  const exporter = capturingExporter();
  exporter.incCallSuccess();
  exporter.incCallFailure("io");
  exporter.incCallFailure("marshal");
  expect([exporter.successCount(), exporter.failureCount()]).toEqual([1, 2]);
  expect(exporter.callsOf("incCallFailure")).toEqual([["io"], ["marshal"]]);
});

test("a capturing processor writes down items by kind", () => {
  const processor = capturingProcessor();
  processor.incItemsIn(2);
  processor.incItemsOut(1);
  processor.incItemsDropped(1, "filtered");
  expect(processor.callsOf("incItemsDropped")).toEqual([[1, "filtered"]]);
  expect(processor.calls()).toHaveLength(3);
});
