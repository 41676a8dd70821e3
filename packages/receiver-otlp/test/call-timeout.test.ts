import { once } from "node:events";
import { connect, type ClientHttp2Session, type ClientHttp2Stream } from "node:http2";
import { describe, expect, test } from "vitest";
import { timeoutOf } from "../src/call-timeout.ts";
import { logRequest, receiving } from "./receiving.ts";

const LOGS = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";

function begin(session: ClientHttp2Session, timeout: string): ClientHttp2Stream {
  const headers = { ":method": "POST", ":path": LOGS, "content-type": "application/grpc", "grpc-timeout": timeout };
  const stream = session.request(headers, { endStream: false });
  stream.on("error", () => {});
  return stream;
}

function framed(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

async function pinged(session: ClientHttp2Session): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  session.ping(() => resolve());
  await promise;
}

/** A pipeline that waits for as long as the sender does. */
function waitingFor() {
  const began = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  const consumer = {
    async consume(_batch: unknown, abort: AbortSignal): Promise<void> {
      began.resolve();
      await new Promise((resolve) => abort.addEventListener("abort", resolve, { once: true }));
      left.resolve();
      throw new Error("no room");
    },
  };
  return { began: began.promise, left: left.promise, next: { metrics: consumer, logs: consumer, traces: consumer } };
}

describe("a call whose caller says how long it waits", () => {
  test("ends with DEADLINE_EXCEEDED then, and stands in line no longer", async () => {
    const { began, left, next } = waitingFor();
    await using rig = await receiving({}, { next });
    const session = connect(`http://${rig.grpc}`);
    const stream = begin(session, "2S");
    let answered = false;
    const answer = once(stream, "response").finally(() => (answered = true));
    stream.end(framed(logRequest(1)));
    await began;
    await rig.receiver.tick(1900);
    await pinged(session);
    expect(answered).toBe(false);
    await rig.receiver.tick(150);
    const [headers] = (await answer) as [Record<string, string>];
    expect([headers["grpc-status"], headers["grpc-message"]]).toEqual(["4", "the deadline of the call has passed"]);
    await left;
    session.destroy();
  });

  test("ends also where its message has not come by then, and passes nothing on that comes later", async () => {
    await using rig = await receiving();
    const session = connect(`http://${rig.grpc}`);
    const stream = begin(session, "500m");
    const message = framed(logRequest(1));
    stream.write(message.subarray(0, 10));
    await pinged(session);
    await pinged(session);
    const answer = once(stream, "response");
    await rig.receiver.tick(600);
    const [headers] = (await answer) as [Record<string, string>];
    expect(headers["grpc-status"]).toBe("4");
    stream.end(message.subarray(10));
    await once(stream, "close");
    await pinged(session);
    expect(rig.receiver.logRecords).toHaveLength(0);
    session.destroy();
  });

  test("is taken within its time", async () => {
    await using rig = await receiving();
    const session = connect(`http://${rig.grpc}`);
    const stream = begin(session, "10S");
    stream.end(framed(logRequest(2)));
    const [trailers] = (await once(stream.resume(), "trailers")) as [Record<string, string>];
    expect(trailers["grpc-status"]).toBe("0");
    await rig.receiver.tick(11_000);
    expect(rig.receiver.logRecords).toHaveLength(2);
    session.destroy();
  });
});

test.each([
  ["2H", 7_200_000],
  ["3M", 180_000],
  ["99999999S", 99_999_999_000],
  ["20m", 20],
  ["1500u", 1.5],
  ["1000000n", 1],
  ["0n", 0],
  ["100000000m", undefined],
  ["5", undefined],
  ["m", undefined],
  ["-1S", undefined],
  ["1s", undefined],
  [undefined, undefined],
])("the timeout %s", (header, ms) => {
  expect(timeoutOf(header)).toBe(ms);
});
