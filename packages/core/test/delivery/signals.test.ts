import type { Batch } from "@tracecore/core";
import type { StatusEvent } from "@tracecore/core/componentstatus";
import { expect, test } from "vitest";
import { Backend, batchOf, busy, noSpread, start } from "./delivering.ts";

const never = new AbortController().signal;

function tracesOf(items: number): Batch {
  return { ...batchOf(items), signal: "traces" } as unknown as Batch;
}

/** A backend whose service for logs may fail. */
class HalfBackend extends Backend {
  readonly arrived: string[] = [];
  logsFail = true;

  override request = (batch: Batch): { items: number; bytes: number; signal: string } => ({
    items: batch.itemCount,
    bytes: batch.itemCount * 10,
    signal: batch.signal,
  });
  override send: Backend["send"] = async (request) => {
    const { signal } = request as ReturnType<HalfBackend["request"]>;
    if (signal === "logs" && this.logsFail) return busy();
    this.arrived.push(signal);
    return { outcome: "delivered" };
  };
}

test("a backend that fails for one signal holds up no other, whose queue is its own", async () => {
  const backend = new HalfBackend();
  const rig = start({ sending_queue: { queue_size: 20 }, retry_on_failure: noSpread }, backend);
  for (let i = 0; i < 20; i++) await rig.delivery.consume(batchOf(1), never);
  await rig.clock.advance(10_000);
  await expect(rig.delivery.consume(batchOf(1), never)).rejects.toThrow("the sending queue is full (20 of 20)");
  expect(rig.delivery.queueDepthRatio()).toBe(1);
  for (let i = 0; i < 200; i++) {
    await rig.delivery.consume(tracesOf(1), never);
    await rig.clock.advance(1);
  }
  expect(backend.arrived).toEqual(Array.from({ length: 200 }, () => "traces"));
  backend.logsFail = false;
  await rig.delivery[Symbol.asyncDispose]();
  expect([backend.arrived.filter((signal) => signal === "logs").length, rig.dropped()]).toEqual([20, 0]);
});

test("an exporter is well when no signal fails that has anything to send", async () => {
  const backend = new HalfBackend();
  const rig = start({ retry_on_failure: { ...noSpread, max_elapsed_time: "30s" } }, backend);
  const statuses = (): string[] => rig.statuses.map(({ status }: StatusEvent) => status);
  await rig.delivery.consume(batchOf(1), never);
  await rig.clock.advance(1);
  await rig.delivery.consume(tracesOf(1), never);
  await rig.clock.advance(1);
  expect([statuses(), backend.arrived]).toEqual([["recoverable_error"], ["traces"]]);
  // The logs are given up.
  await rig.clock.advance(60_000);
  expect(rig.dropped()).toBe(1);
  await rig.delivery.consume(tracesOf(1), never);
  await rig.clock.advance(1);
  expect(statuses()).toEqual(["recoverable_error", "ok"]);
});
