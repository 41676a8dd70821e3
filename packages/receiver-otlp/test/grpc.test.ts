import { once } from "node:events";
import { connect, constants, type ClientHttp2Session, type ClientHttp2Stream } from "node:http2";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { Client, compressionAlgorithms, credentials, Metadata, status, type ServiceError } from "@grpc/grpc-js";
import { ConsumeError } from "@tracecore/core";
import { decodeJson, decodeStatus, encodeProtobuf } from "@tracecore/otlp";
import { failingSink } from "@tracecore/testkit";
import { describe, expect, test } from "vitest";
import { logRequest, receiving } from "./receiving.ts";

const LOGS = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";
const bytes = (value: Buffer): Buffer => value;

/** A call with the reference client; gives the response or throws its ServiceError. */
async function call(
  address: string,
  body: Uint8Array,
  { path = LOGS, options = {}, metadata = new Metadata() } = {},
): Promise<Buffer> {
  const client = new Client(address, credentials.createInsecure(), options);
  try {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    client.makeUnaryRequest(path, bytes, bytes, Buffer.from(body), metadata, (error, value) => {
      if (error === null) resolve(value!);
      else reject(error);
    });
    return await promise;
  } finally {
    client.close();
  }
}

const failure = (of: Promise<unknown>): Promise<ServiceError> =>
  of.then(
    () => Promise.reject(new Error("it worked")),
    (error: ServiceError) => error,
  );

/** The server has seen what was sent before. */
async function pinged(session: ClientHttp2Session): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  session.ping(() => resolve());
  await promise;
}

describe("OTLP/gRPC", () => {
  test("takes calls of the reference client", async () => {
    await using rig = await receiving();
    expect(await call(rig.grpc, logRequest(3))).toHaveLength(0);
    const metadata = new Metadata();
    for (let i = 0; i < 300; i++) metadata.set(`x-${i}`, "value");
    expect(await call(rig.grpc, logRequest(1), { metadata })).toHaveLength(0);
    expect(rig.receiver.logRecords).toHaveLength(4);
  });

  test("refuses a request of more items than one may have, and does not ask to try again", async () => {
    await using rig = await receiving({ more: ", max_request_items: 3" });
    expect(await call(rig.grpc, logRequest(3))).toHaveLength(0);
    const error = await failure(call(rig.grpc, logRequest(4)));
    expect([error.code, error.details]).toEqual([
      status.RESOURCE_EXHAUSTED,
      "the request has more items than max_request_items, which is 3",
    ]);
    // Where it would say when.
    expect(error.metadata.get("grpc-status-details-bin")).toEqual([]);
  });

  test("refuses a request with a record of more fields than one may have", async () => {
    await using rig = await receiving({ more: ", max_item_fields: 4" });
    // The body of a record is two: the field itself, and the text in it.
    expect(await call(rig.grpc, logRequest(9))).toHaveLength(0);
    await using strict = await receiving({ more: ", max_item_fields: 1" });
    expect(await failure(call(strict.grpc, logRequest(9)))).toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      details: "an item, resource or scope has more fields than max_item_fields, which is 1",
    });
  });

  test("refuses a request with a record, or a resource, of more bytes than one may have", async () => {
    await using rig = await receiving({ more: ", max_item_size: 8B, max_resource_size: 100B" });
    expect(await failure(call(rig.grpc, logRequest(1)))).toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      details: "a record, span or point has more bytes than max_item_size, which is 8 bytes",
    });
    await using strict = await receiving({ more: ", max_resource_size: 4B" });
    const withScope = decodeJson(
      "logs",
      `{"resourceLogs":[{"scopeLogs":[{"scope":{"name":"long"},"logRecords":[{}]}]}]}`,
    );
    expect(await failure(call(strict.grpc, encodeProtobuf(withScope)))).toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      details: "a resource, scope or metric has more bytes than max_resource_size, which is 4 bytes",
    });
  });

  test("keeps to what gRPC says of codings", async () => {
    await using rig = await receiving();
    const session = connect(`http://${rig.grpc}`);
    const send = async (encoding: string, flag: number, message: Uint8Array): Promise<unknown[]> => {
      const stream = session.request({
        ":method": "POST",
        ":path": LOGS,
        "content-type": "application/grpc",
        "grpc-encoding": encoding,
      });
      const prefix = Buffer.alloc(5);
      prefix[0] = flag;
      prefix.writeUInt32BE(message.length, 1);
      stream.end(Buffer.concat([prefix, message]));
      const said: Record<string, unknown> = {};
      stream.on("response", (headers) => Object.assign(said, headers));
      stream.on("trailers", (headers) => Object.assign(said, headers));
      await once(stream.resume(), "close");
      return [said[":status"], said["grpc-status"], said["grpc-message"], said["grpc-accept-encoding"]];
    };
    expect(await send("snappy", 1, logRequest(1))).toEqual([
      200,
      "12",
      'the content coding "snappy" is not supported; gzip, zstd, deflate are',
      "identity, gzip, zstd, deflate",
    ]);
    expect(await send("snappy", 0, logRequest(1))).toEqual([200, "0", undefined, undefined]);
    expect(await send("identity", 1, logRequest(1))).toEqual([
      200,
      "13",
      "the message says that it is compressed, and the call does not say how",
      undefined,
    ]);
    session.close();
  });

  test("takes its gzip", async () => {
    await using rig = await receiving();
    await call(rig.grpc, logRequest(500), {
      options: { "grpc.default_compression_algorithm": compressionAlgorithms.gzip },
    });
    expect(rig.receiver.logRecords).toHaveLength(500);
  });

  test("takes requests of several megabytes", async () => {
    await using rig = await receiving({ grpc: ", max_recv_msg_size_mib: 16" });
    await call(rig.grpc, logRequest(20_000, "x".repeat(300)));
    expect(rig.receiver.batches[0]!.itemCount).toBe(20_000);
  });

  test.each([
    [
      "a method that is not there",
      { path: "/x.Y/Z" },
      logRequest(1),
      status.UNIMPLEMENTED,
      "there is no method /x.Y/Z",
    ],
    [
      "what is no protobuf",
      {},
      Buffer.from("nonsense"),
      status.INVALID_ARGUMENT,
      "not OTLP: the field at byte 0 has the wire type 6",
    ],
    [
      "what is too large",
      {},
      new Uint8Array(5 * 1024 * 1024),
      status.RESOURCE_EXHAUSTED,
      "the request has more than 4194304 bytes",
    ],
  ])("refuses %s with a status", async (_what, options, body, code, details) => {
    await using rig = await receiving();
    expect(await failure(call(rig.grpc, body, options))).toMatchObject({ code, details });
    expect(await call(rig.grpc, logRequest(1))).toHaveLength(0);
  });

  test("refuses a message that says to be too large without waiting for it", async () => {
    await using rig = await receiving();
    const session = connect(`http://${rig.grpc}`);
    const stream = session.request({ ":method": "POST", ":path": LOGS, "content-type": "application/grpc" });
    const answered = new Promise<unknown>((resolve) =>
      stream.on("response", (headers) => resolve([headers["grpc-status"], headers["grpc-message"]])),
    );
    stream.on("error", () => {});
    stream.write(Buffer.from([0, 0xff, 0xff, 0xff, 0xff]));
    await pinged(session);
    await pinged(session);
    // For so long a call that is refused is read on.
    await rig.receiver.clock.advance(3_000);
    expect(await answered).toEqual(["8", "the request has more than 4194304 bytes"]);
    session.destroy();
  });

  test("says with RetryInfo when the sender may come back", async () => {
    const error = new ConsumeError("the queue is full", { retryable: true, retryAfterMs: 2500 });
    await using rig = await receiving({}, { next: failingSink(error) });
    const failed = await failure(call(rig.grpc, logRequest(1)));
    expect(failed).toMatchObject({ code: status.UNAVAILABLE, details: "the queue is full" });
    const [details] = failed.metadata.get("grpc-status-details-bin") as [Buffer];
    expect(decodeStatus(details)).toEqual({ code: 14, message: "the queue is full", retryAfterMs: 2500 });
  });

  test("answers a refused call when all of it has come, or after three seconds: else the client has room for its next one too early", async () => {
    const refusing = { consume: () => Promise.reject(new ConsumeError("full", { retryable: true })) };
    const next = { metrics: refusing, logs: refusing, traces: refusing };
    await using rig = await receiving({}, { next });
    await failure(call(rig.grpc, logRequest(1)));
    const session = connect(`http://${rig.grpc}`);
    const begin = (): ClientHttp2Stream =>
      session.request({ ":method": "POST", ":path": LOGS, "content-type": "application/grpc" }, { endStream: false });
    const [slow, quick] = [begin(), begin()];
    const statuses: unknown[] = [];
    for (const [name, stream] of [
      ["slow", slow],
      ["quick", quick],
    ] as const) {
      stream.on("error", () => {});
      stream.on("response", (headers) => statuses.push(`${name} ${String(headers["grpc-status"])}`));
      stream.write(Buffer.alloc(100));
    }
    await pinged(session);
    await pinged(session);
    expect(statuses).toEqual([]);
    quick.end();
    await once(quick, "response");
    expect(statuses).toEqual(["quick 14"]);
    const answered = once(slow, "response");
    await rig.receiver.tick(3000);
    await answered;
    expect(statuses).toEqual(["quick 14", "slow 14"]);
    session.destroy();
  });

  test("refuses what would wait longer than max_delay after that time, on the same connection", async () => {
    const refusing = { consume: () => Promise.reject(new ConsumeError("full", { retryable: true })) };
    const next = { metrics: refusing, logs: refusing, traces: refusing };
    // The first refusals, 80 µs each, are free as long as they take less than 100 ms; the next one would wait for 0.8 s.
    await using rig = await receiving({ more: ", refusals: { cpu_share: 0.0001, max_delay: 500ms }" }, { next });
    const session = connect(`http://${rig.grpc}`);
    const statuses: unknown[] = [];
    const send = async (): Promise<void> => {
      const headers = { ":method": "POST", ":path": LOGS, "content-type": "application/grpc" };
      const stream = session.request(headers, { endStream: false }).end(framed(logRequest(1)));
      const [said] = (await once(stream, "response")) as [Record<string, string>];
      statuses.push(said["grpc-status"]);
    };
    for (let i = 0; i < 1251; i += 9) await Promise.all(Array.from({ length: 9 }, send));
    expect(new Set(statuses.splice(0))).toEqual(new Set(["14"]));
    const late = [send(), send(), send()];
    await pinged(session);
    await rig.receiver.tick(499);
    await pinged(session);
    expect(statuses).toEqual([]);
    await rig.receiver.tick(1);
    await Promise.all(late);
    expect(statuses).toEqual(["14", "14", "14"]);
    session.destroy();
  });

  test.each([true, false])("says so also where a backend had very much to say (retryable: %s)", async (retryable) => {
    await using rig = await receiving({}, { next: failingSink(new ConsumeError("é".repeat(60_000), { retryable })) });
    const { code, details } = await failure(call(rig.grpc, logRequest(1)));
    expect([code, details]).toEqual([retryable ? status.UNAVAILABLE : status.INVALID_ARGUMENT, "é".repeat(500)]);
  });

  test("says that data is of no use without RetryInfo", async () => {
    await using rig = await receiving({}, { next: failingSink(new ConsumeError("never", { retryable: false })) });
    expect(await failure(call(rig.grpc, logRequest(1)))).toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: "never",
    });
  });

  /** One request on a session by hand; gives its headers and trailers in one. */
  async function raw(session: ClientHttp2Session, message: Buffer, headers: Record<string, string> = {}) {
    const stream = session.request({
      ":method": "POST",
      ":path": LOGS,
      "content-type": "application/grpc",
      te: "trailers",
      ...headers,
    });
    const answer: Record<string, unknown> = {};
    stream.on("response", (own) => Object.assign(answer, own));
    stream.on("trailers", (own) => Object.assign(answer, own));
    stream.on("error", () => {});
    stream.resume();
    stream.end(message);
    await once(stream, "close");
    return answer;
  }
  const framed = (message: Uint8Array, flag = 0): Buffer => {
    const prefix = Buffer.alloc(5);
    prefix[0] = flag;
    prefix.writeUInt32BE(message.length, 1);
    return Buffer.concat([prefix, message]);
  };

  test("takes zstd, and refuses frames that are wrong", async () => {
    await using rig = await receiving();
    const session = connect(`http://${rig.grpc}`);
    const zstd = await raw(session, framed(zstdCompressSync(logRequest(9)), 1), { "grpc-encoding": "zstd" });
    expect(zstd).toMatchObject({ ":status": 200, "grpc-status": "0" });
    expect(rig.receiver.logRecords).toHaveLength(9);
    const wrong: [string, Buffer, Record<string, string>, string][] = [
      ["no message", Buffer.alloc(0), {}, "the call has no message"],
      ["short", framed(logRequest(1)).subarray(0, -1), {}, "the message should have"],
      ["flag", framed(logRequest(1), 7), {}, "the message has the flag 7"],
      [
        "bomb",
        framed(gzipSync(Buffer.alloc(20_000_000)), 1),
        { "grpc-encoding": "gzip" },
        "the request has more than 4194304 bytes",
      ],
      [
        "coding",
        framed(logRequest(1), 1),
        { "grpc-encoding": "snappy" },
        'the content coding "snappy" is not supported',
      ],
    ];
    for (const [what, message, headers, expected] of wrong) {
      const answer = await raw(session, message, headers);
      expect([what, decodeURIComponent(String(answer["grpc-message"]))]).toEqual([
        what,
        expect.stringContaining(expected),
      ]);
    }
    session.destroy();
  });

  test("takes many large requests at once on one connection", async () => {
    await using rig = await receiving();
    const session = connect(`http://${rig.grpc}`, { maxSessionMemory: 1_000 });
    await once(session, "remoteSettings");
    const message = framed(logRequest(2, "x".repeat(1_750_000)));
    const answers = await Promise.all(Array.from({ length: 12 }, () => raw(session, message)));
    expect(answers.map((answer) => answer["grpc-status"])).toEqual(answers.map(() => "0"));
    session.destroy();
  });

  test("F46: lives on when clients vanish in every state of a call", async () => {
    await using rig = await receiving();
    const message = framed(logRequest(200));
    for (let i = 0; i < 1000; i++) {
      const session = connect(`http://${rig.grpc}`);
      session.on("error", () => {});
      const stream = session.request({
        ":method": "POST",
        ":path": LOGS,
        "content-type": "application/grpc",
        te: "trailers",
      });
      stream.on("error", () => {});
      const how = i % 5;
      if (how === 0) session.destroy();
      else if (how === 1) {
        stream.write(message.subarray(0, 7));
        stream.close(constants.NGHTTP2_CANCEL);
        session.destroy();
      } else if (how === 2) {
        stream.end(message);
        session.socket.destroy();
      } else if (how === 3) {
        stream.end(message);
        stream.once("response", () => session.destroy());
      } else {
        stream.end(message);
        stream.resume();
        session.close();
      }
      await once(session, "close");
    }
    expect(await call(rig.grpc, logRequest(1))).toHaveLength(0);
  }, 60_000);

  test("finishes the calls that are under way when it stops, and takes no more", async () => {
    const hold = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    const slow = {
      consume: () => {
        held.resolve();
        return hold.promise;
      },
    };
    const rig = await receiving({}, { next: { metrics: slow, logs: slow, traces: slow } });
    const under = call(rig.grpc, logRequest(1));
    await held.promise;
    const session = connect(`http://${rig.grpc}`);
    await once(session, "connect");
    const goaway = once(session, "goaway");
    const stopped = rig[Symbol.asyncDispose]();
    await goaway;
    hold.resolve();
    expect(await under).toHaveLength(0);
    await stopped;
    expect(await failure(call(rig.grpc, logRequest(1)))).toMatchObject({ code: status.UNAVAILABLE });
  });
});
