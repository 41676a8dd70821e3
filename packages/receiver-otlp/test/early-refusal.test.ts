import { once } from "node:events";
import { request, type ClientRequest, type IncomingMessage } from "node:http";
import { ConsumeError, manualClock } from "@tracecore/core";
import { describe, expect, test } from "vitest";
import { EarlyRefusal, type Place } from "../src/early-refusal.ts";
import { RefusalPace } from "../src/refusal-pace.ts";
import { downstream } from "../src/refusal.ts";
import { logRequest, receiving } from "./receiving.ts";

const full = downstream("the sending queue is full", true, 50);

/** The place of a request, when it is let in. */
function enters(gate: EarlyRefusal): Place | undefined {
  try {
    return gate.enter();
  } catch (error) {
    expect(error).toBe(full);
    return undefined;
  }
}

/** Whether a request is let in. */
function lets(gate: EarlyRefusal): boolean {
  return enters(gate) !== undefined;
}

describe("refusing before a request is read", () => {
  test("lets in whatever comes while nothing was refused", () => {
    const gate = new EarlyRefusal(manualClock());
    for (let i = 0; i < 1000; i++) expect(lets(gate)).toBe(true);
  });

  test("asks the pipeline again after the time that it named, with half of what was under way, and one more each time", async () => {
    const clock = manualClock();
    const gate = new EarlyRefusal(clock);
    const places = Array.from({ length: 8 }, () => gate.enter());
    for (const place of places) gate.leave(place, full);
    expect(lets(gate)).toBe(false);
    await clock.advance(49);
    expect(lets(gate)).toBe(false);
    await clock.advance(1);
    const let4 = Array.from({ length: 6 }, () => enters(gate));
    expect(let4.map((place) => place !== undefined)).toEqual([true, true, true, true, false, false]);
    gate.leave(let4[0]!, undefined);
    expect(Array.from({ length: 3 }, () => lets(gate))).toEqual([true, true, false]);
  });

  test("has no limit any more once enough was taken", async () => {
    const clock = manualClock();
    const gate = new EarlyRefusal(clock);
    gate.leave(gate.enter(), full);
    await clock.advance(50);
    for (let i = 0; i < 256; i++) gate.leave(gate.enter(), undefined);
    for (let i = 0; i < 1000; i++) expect(lets(gate)).toBe(true);
  });

  test("who takes longer than a second keeps nobody out", async () => {
    const clock = manualClock();
    using gate = new EarlyRefusal(clock);
    const [slow, refused] = [gate.enter(), gate.enter()];
    gate.leave(refused, full);
    await clock.advance(999);
    expect(lets(gate)).toBe(false);
    await clock.advance(1);
    const next = gate.enter();
    expect(lets(gate)).toBe(false);
    // It had given its place up already.
    gate.leave(slow, undefined);
    expect([lets(gate), lets(gate)]).toEqual([true, false]);
    gate.leave(next, undefined);
    expect([lets(gate), lets(gate), lets(gate)]).toEqual([true, true, false]);
  });

  test("what the pipeline would refuse is not read, until the pipeline has had its time", async () => {
    let refusal: Error | undefined = new ConsumeError("the queue is full", { retryable: true, retryAfterMs: 200 });
    const consumer = { consume: () => (refusal === undefined ? Promise.resolve() : Promise.reject(refusal)) };
    await using rig = await receiving({}, { next: { metrics: consumer, logs: consumer, traces: consumer } });
    const send = async (signal: string, body: string | Uint8Array): Promise<number> => {
      const headers = { "content-type": "application/x-protobuf" };
      const { status } = await fetch(`${rig.http}/v1/${signal}`, {
        method: "POST",
        body: typeof body === "string" ? body : Buffer.from(body),
        headers,
      });
      return status;
    };
    expect(await send("logs", logRequest(1))).toBe(503);
    refusal = undefined;
    // It is no OTLP, and would get 400 if it were read. Other signals have other pipelines.
    expect([await send("logs", "nonsense"), await send("traces", "nonsense")]).toEqual([503, 400]);
    await rig.receiver.tick(200);
    expect([await send("logs", "nonsense"), await send("logs", logRequest(1))]).toEqual([400, 200]);
  });

  test("nothing more is let in for a moment when a request outgrows what there is room for", async () => {
    const [hold, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const consumer = {
      consume: () => {
        held.resolve();
        return hold.promise;
      },
    };
    const next = { metrics: consumer, logs: consumer, traces: consumer };
    await using rig = await receiving({ more: ", max_in_flight_size: 8KiB" }, { next });
    const send = async (body: Uint8Array<ArrayBuffer>): Promise<number> => {
      const response = await fetch(`${rig.http}/v1/logs`, {
        method: "POST",
        headers: { "content-type": "application/x-protobuf" },
        body: new Blob([body]).stream(), // Without its length.
        duplex: "half",
      });
      return response.status;
    };
    const first = send(new Uint8Array(logRequest(1)));
    await held.promise;
    const bytes = (count: number): Uint8Array<ArrayBuffer> => new Uint8Array(count).fill(0xff);
    expect([await send(bytes(10_000)), await send(bytes(10))]).toEqual([429, 429]);
    hold.resolve();
    expect(await first).toBe(200);
    expect(await send(bytes(10))).toBe(429);
    await rig.receiver.tick(5);
    expect(await send(bytes(10))).toBe(400);
  });
});

describe("refusals that wait", () => {
  test("are answered at once when the receiver stops", async () => {
    const consumer = { consume: () => Promise.reject(new ConsumeError("the queue is full", { retryable: true })) };
    const next = { metrics: consumer, logs: consumer, traces: consumer };
    await using rig = await receiving({}, { next });
    const headers = { "content-type": "application/x-protobuf" };
    await fetch(`${rig.http}/v1/logs`, { method: "POST", headers, body: new Uint8Array(logRequest(1)) });
    /** Announces 20 MiB, which would take 20 ms of the 100 that are free. */
    const announce = (): ClientRequest => {
      const sent = request(`${rig.http}/v1/logs`, {
        method: "POST",
        headers: { ...headers, "content-length": 20 * 1024 * 1024 },
        agent: false,
      });
      sent.on("error", () => {}).flushHeaders();
      return sent;
    };
    const statusOf = async (sent: ClientRequest): Promise<number | undefined> => {
      const [response] = (await once(sent, "response")) as [IncomingMessage];
      sent.destroy();
      return response.statusCode;
    };
    for (let i = 0; i < 5; i++) expect(await statusOf(announce())).toBe(503);
    const waiting = announce();
    const answered = statusOf(waiting);
    // Nobody waits that long for the answer to what was sent later.
    expect(await fetch(`${rig.http}/nowhere`).then(({ status }) => status)).toBe(404);
    const stopped = rig[Symbol.asyncDispose]();
    expect(await answered).toBe(503);
    await stopped;
  });
});

describe("a refusal over HTTP", () => {
  test("waits no longer than half of the time that a request and its answer have", async () => {
    const consumer = { consume: () => Promise.reject(new ConsumeError("the queue is full", { retryable: true })) };
    const next = { metrics: consumer, logs: consumer, traces: consumer };
    const options = { http: ", read_timeout: 40s, write_timeout: 3s", more: ", refusals: { max_delay: 1h }" };
    await using rig = await receiving(options, { next });
    const send = async (length?: number): Promise<IncomingMessage> => {
      const body = logRequest(1);
      const headers = { "content-type": "application/x-protobuf", "content-length": length ?? body.length };
      const sent = request(`${rig.http}/v1/logs`, { method: "POST", headers, agent: false }).on("error", () => {});
      if (length === undefined) sent.end(body);
      else sent.flushHeaders();
      const [response] = (await once(sent, "response")) as [IncomingMessage];
      sent.destroy();
      return response;
    };
    await send();
    // 20 ms of CPU each: 100 are free, the others wait for 0.4 s each.
    for (let i = 0; i < 5; i++) await send(20 * 1024 * 1024);
    const waiting = [1, 2, 3, 4, 5].map(() => send(20 * 1024 * 1024));
    // The last one to come would wait for longer than 1.5 s.
    expect((await Promise.any(waiting)).statusCode).toBe(503);
    await rig.receiver.tick(1500);
    expect((await Promise.all(waiting)).map(({ statusCode }) => statusCode)).toEqual([503, 503, 503, 503, 503]);
  });
});

describe("the pace of refusals", () => {
  const config = { cpu_share: 0.1, max_delay: 2000 };

  test("the first ones are not delayed, the rest is spread over time", async () => {
    const clock = manualClock();
    const pace = new RefusalPace(clock, config);
    // 100 ms of CPU at 80 µs each, and then one each 0.8 ms.
    const delays = Array.from({ length: 1260 }, () => pace.delayMs(0)!);
    expect(delays.findIndex((ms) => ms > 0)).toBe(1251);
    expect(delays[1259]).toBeCloseTo(1259 * 0.8 - 1000, 6);
    await clock.advance(100);
    expect(pace.delayMs(0)).toBe(0);
  });

  test("a long body waits for as long as reading it takes", () => {
    const pace = new RefusalPace(manualClock(), config);
    const delays = Array.from({ length: 4 }, () => pace.delayMs(512 * 1024)!);
    // 592 µs each.
    expect(delays).toEqual([0, 0, 0, 0]);
    for (let i = 0; i < 166; i++) pace.delayMs(512 * 1024);
    expect(pace.delayMs(0)).toBeCloseTo(170 * 5.92 - 1000, 6);
  });

  test("what would wait longer than max_delay is not read, and costs nothing", async () => {
    const clock = manualClock();
    const pace = new RefusalPace(clock, { cpu_share: 0.1, max_delay: 8 });
    for (let i = 0; i < 1250 + 10; i++) expect(pace.delayMs(0)).toBeLessThanOrEqual(8);
    expect(pace.delayMs(0)).toBeCloseTo(8, 6);
    expect([pace.delayMs(0), pace.delayMs(0)]).toEqual([undefined, undefined]);
    await clock.advance(1);
    expect(pace.delayMs(0)).toBeCloseTo(7.8, 6);
  });
});
