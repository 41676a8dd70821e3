import { connect as connectHttp2, constants } from "node:http2";
import { describe, expect, test } from "vitest";
import { logRequest, receiving, type Receiving } from "./receiving.ts";

/** A pipeline that has no room for the first request, and waits for as long as that one is still wanted. */
function full() {
  const waiting = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  let taken = 0;
  const consumer = {
    async consume(_batch: unknown, abort: AbortSignal): Promise<void> {
      if (taken++ > 0) return;
      waiting.resolve();
      await new Promise((resolve) => abort.addEventListener("abort", resolve, { once: true }));
      left.resolve();
      throw new Error("no room");
    },
  };
  return {
    waiting: waiting.promise,
    left: left.promise,
    next: { metrics: consumer, logs: consumer, traces: consumer },
  };
}

const post = (rig: Receiving, signal?: AbortSignal): Promise<Response> =>
  fetch(`${rig.http}/v1/logs`, {
    method: "POST",
    headers: { "content-type": "application/x-protobuf" },
    body: logRequest(1) as never,
    ...(signal !== undefined && { signal }),
  });

describe("a sender that gives up while the pipeline has no room", () => {
  test("stands in line no longer over HTTP, and is no reason to refuse others", async () => {
    const { waiting, left, next } = full();
    await using rig = await receiving({}, { next });
    const giveUp = new AbortController();
    const given = post(rig, giveUp.signal).catch((error: unknown) => error);
    await waiting;
    giveUp.abort();
    await left;
    expect(await given).toBeInstanceOf(DOMException);
    expect((await post(rig)).status).toBe(200);
    expect(rig.receiver.logs.map(({ message }) => message)).not.toContainEqual(expect.stringContaining("refuses"));
  });

  test("stands in line no longer over gRPC, and is no reason to refuse others", async () => {
    const { waiting, left, next } = full();
    await using rig = await receiving({}, { next });
    const session = connectHttp2(`http://${rig.grpc}`);
    const call = () => {
      const stream = session.request({
        ":method": "POST",
        ":path": "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
        "content-type": "application/grpc",
        te: "trailers",
      });
      const message = logRequest(1);
      const prefix = Buffer.alloc(5);
      prefix.writeUInt32BE(message.length, 1);
      stream.end(Buffer.concat([prefix, message]));
      return stream;
    };
    const given = call();
    given.on("error", () => undefined);
    await waiting;
    given.close(constants.NGHTTP2_CANCEL);
    await left;
    const again = call().resume();
    const status = await new Promise((resolve) =>
      again.once("trailers", (trailers) => resolve(trailers["grpc-status"])),
    );
    expect(status).toBe("0");
    expect(rig.receiver.logs.map(({ message }) => message)).not.toContainEqual(expect.stringContaining("refuses"));
    session.destroy();
  });
});
