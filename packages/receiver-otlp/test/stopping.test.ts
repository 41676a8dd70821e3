import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { logRequest, receiving } from "./receiving.ts";

function post(url: string, body: Uint8Array): Promise<Response> {
  return fetch(url, { method: "POST", headers: { "content-type": "application/x-protobuf" }, body: body as never });
}

describe("OTLP/HTTP that stops", () => {
  /** A pipeline that takes nothing before it is told to. */
  const slow = () => {
    const hold = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    const consumer = {
      consume: () => {
        held.resolve();
        return hold.promise;
      },
    };
    return { hold, held: held.promise, next: { metrics: consumer, logs: consumer, traces: consumer } };
  };

  test("answers what the pipeline takes, however long that takes, and then nothing more", async () => {
    const { hold, held, next } = slow();
    const rig = await receiving({}, { next });
    const under = post(`${rig.http}/v1/logs`, logRequest(1));
    await held;
    const stopped = rig[Symbol.asyncDispose]();
    await rig.receiver.clock.advance(0);
    // Longer than a connection is left open on which nothing is being done.
    await rig.receiver.clock.advance(5_000);
    hold.resolve();
    expect((await under).status).toBe(200);
    await stopped;
    await expect(post(`${rig.http}/v1/logs`, logRequest(1))).rejects.toThrow("fetch failed");
  });

  test("answers also what was still being read when it began to stop", async () => {
    const { hold, held, next } = slow();
    const rig = await receiving({}, { next });
    const { hostname, port } = new URL(rig.http);
    const socket = connect(Number(port), hostname);
    await once(socket, "connect");
    const body = logRequest(1);
    const type = "content-type: application/x-protobuf";
    socket.write(`POST /v1/logs HTTP/1.1\r\nhost: a\r\n${type}\r\ncontent-length: ${body.length}\r\n\r\n`);
    await post(`${rig.http}/v1/traces`, new Uint8Array());
    const stopped = rig[Symbol.asyncDispose]();
    await rig.receiver.clock.advance(0);
    socket.write(body);
    await held;
    await rig.receiver.clock.advance(800);
    await rig.receiver.clock.advance(5_000);
    hold.resolve();
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(answer.toString("latin1")).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    await stopped;
  });

  test("waits no longer for it than there is time", async () => {
    const { held, next } = slow();
    const rig = await receiving({}, { next });
    const under = post(`${rig.http}/v1/logs`, logRequest(1)).catch((error: unknown) => error);
    await held;
    const stopped = rig.receiver.stopHard();
    await rig.receiver.clock.advance(1_000);
    await stopped;
    expect(await under).toBeInstanceOf(TypeError);
  });

  test("waits for nobody who is still sending", async () => {
    const rig = await receiving();
    const { hostname, port } = new URL(rig.http);
    const socket = connect(Number(port), hostname);
    await once(socket, "connect");
    socket.write(
      "POST /v1/logs HTTP/1.1\r\nhost: a\r\ncontent-type: application/x-protobuf\r\ncontent-length: 9\r\n\r\n1",
    );
    await post(`${rig.http}/v1/logs`, logRequest(1));
    const closed = once(socket, "close");
    const stopped = rig[Symbol.asyncDispose]();
    await rig.receiver.clock.advance(0);
    await rig.receiver.clock.advance(800);
    await rig.receiver.clock.advance(200);
    await stopped;
    expect(await closed).toBeDefined();
  });
});
