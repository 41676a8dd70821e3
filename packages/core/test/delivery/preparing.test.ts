import { expect, test } from "vitest";
import { Backend, noSpread, start } from "./delivering.ts";

test("does not count what an attempt has to be prepared with in its timeout", async () => {
  const ready = Promise.withResolvers<undefined>();
  const backend = Object.assign(new Backend(), { prepare: () => ready.promise });
  const rig = start({ timeout: "3s" }, backend);
  await rig.send(1);
  await rig.clock.advance(10_000);
  expect([backend.sent, rig.telemetry.callsOf("incCallFailure")]).toEqual([[], []]);
  ready.resolve(undefined);
  await rig.clock.advance(0);
  expect([backend.sent, rig.telemetry.callsOf("incCallFailure")]).toEqual([[1], []]);
  await rig.delivery[Symbol.asyncDispose]();
});

test("sends nothing that was prepared when the time for stopping was up, and tries again where preparing fails", async () => {
  const late = Promise.withResolvers<undefined>();
  const tries = [() => Promise.reject<undefined>(new Error("no memory")), () => late.promise];
  const backend = Object.assign(new Backend(), { prepare: () => tries.shift()!() });
  const rig = start({ retry_on_failure: { ...noSpread, initial_interval: "1s" } }, backend);
  await rig.send(1);
  await rig.clock.advance(0);
  expect(rig.telemetry.callsOf("incCallFailure")).toEqual([["connect"]]);
  await rig.clock.advance(1_000);
  rig.stop.abort();
  await rig.delivery[Symbol.asyncDispose]();
  late.resolve(undefined);
  await rig.clock.advance(0);
  expect([backend.sent, rig.dropped()]).toEqual([[], 1]);
});
