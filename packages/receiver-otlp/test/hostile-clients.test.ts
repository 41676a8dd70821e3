import { once } from "node:events";
import { readdirSync } from "node:fs";
import { connect as connectHttp2, constants, type ClientHttp2Session } from "node:http2";
import { connect, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { logRequest, receiving } from "./receiving.ts";

const exportCall = {
  ":method": "POST",
  ":path": "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
  "content-type": "application/grpc",
  te: "trailers",
};
/** Enough to be many, few enough for 1,024 file descriptors on both sides. */
const MANY = 200;

const openFiles = (): number => readdirSync("/proc/self/fd").length;

async function dial(address: string): Promise<Socket> {
  const { hostname, port } = new URL(address.includes("://") ? address : `http://${address}`);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

/** All that comes until the other side closes. */
async function untilClosed(socket: Socket): Promise<string> {
  let text = "";
  socket.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")));
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.once("close", () => resolve());
  if (socket.closed) resolve();
  await promise;
  return text;
}

const post = (http: string): Promise<Response> =>
  fetch(`${http}/v1/logs`, {
    method: "POST",
    headers: { "content-type": "application/x-protobuf" },
    body: logRequest(1) as never,
  });

describe("hostile clients", () => {
  test("F21: senders that dribble headers or bodies are cut off at their time, and others are served meanwhile", async () => {
    await using rig = await receiving({ http: ", read_header_timeout: 300ms, read_timeout: 600ms" });
    await post(rig.http);
    const before = openFiles();
    const dribblers = await Promise.all(Array.from({ length: MANY }, () => dial(rig.http)));
    for (const [i, socket] of dribblers.entries()) {
      const head = "POST /v1/logs HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\n";
      socket.write(i % 2 === 0 ? head : `${head}Content-Length: 1000\r\n\r\n`);
      const dribble = setInterval(() => socket.write(i % 2 === 0 ? "X" : "\n"), 50);
      socket.once("close", () => clearInterval(dribble));
    }
    const closing = dribblers.map(untilClosed);
    expect((await post(rig.http)).status).toBe(200);
    for (const said of await Promise.all(closing)) expect(said).toMatch(/^(HTTP\/1\.1 408 |$)/);
    expect((await post(rig.http)).status).toBe(200);
    expect(openFiles()).toBeLessThanOrEqual(before + 2);
  });

  test("senders that announce more than there is room for, and send nothing of it, keep others out for a second only", async () => {
    await using rig = await receiving({ more: ", max_in_flight_size: 1MiB", http: ", read_timeout: 1h" });
    const head =
      "POST /v1/logs HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\nContent-Length: 524288\r\n\r\n";
    const silent = await Promise.all([dial(rig.http), dial(rig.http)]);
    for (const socket of silent) socket.write(head);
    await expect.poll(async () => (await post(rig.http)).status, { interval: 5 }).toBe(429);
    // Refusals wait before they are answered, too.
    await rig.receiver.clock.advance(1000);
    expect((await post(rig.http)).status).toBe(200);
    // What they announced they may still send, as far as there is room then.
    for (const socket of silent) socket.write(Buffer.alloc(524_288));
    const { promise, resolve } = Promise.withResolvers<string>();
    for (const socket of silent) socket.once("data", (said: Buffer) => resolve(said.toString("latin1")));
    expect(await promise).toMatch(/^HTTP\/1\.1 400 /);
    for (const socket of silent) socket.destroy();
  });

  test.each([
    ["too large", "/v1/logs", "application/x-protobuf", 413],
    ["of a wrong type", "/v1/logs", "text/plain", 415],
    ["for nothing that is here", "/v2/logs", "application/x-protobuf", 404],
  ])("tells a client that sends all of a body before it reads that it was %s", async (_what, path, type, status) => {
    await using rig = await receiving({ http: ", max_request_body_size: 1MiB" });
    const { hostname, port } = new URL(rig.http);
    const socket = connect({ host: hostname, port: Number(port) });
    // More than the buffers of both sides hold.
    const body = Buffer.alloc(30_000_000);
    socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n`);
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.write(body, (error) => (error ? reject(error) : resolve()));
    });
    let answer = "";
    for await (const chunk of socket) answer += String(chunk);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [^]*\r\nconnection: close\r\n`));
  });

  test("F21: a call whose message dribbles ends with DEADLINE_EXCEEDED at its time, and is cut off when it dribbles on", async () => {
    await using rig = await receiving();
    const session = connectHttp2(`http://${rig.grpc}`);
    await once(session, "remoteSettings");
    const stream = session.request(exportCall);
    stream.on("error", () => {});
    const answered = once(stream, "response");
    stream.write(Buffer.from([0, 0, 0, 1, 0, 1, 2, 3]));
    // An answered call says that the server has seen the first one.
    await pinged(session);
    await rig.receiver.tick(29_000);
    await rig.receiver.tick(2_000);
    const [headers] = (await answered) as [Record<string, string>];
    expect([headers["grpc-status"], decodeURIComponent(headers["grpc-message"]!)]).toEqual([
      "4",
      "the request did not come in within 30000 ms",
    ]);
    const closed = once(stream, "close");
    await rig.receiver.tick(31_000);
    await closed;
    expect(stream.rstCode).toBe(constants.NGHTTP2_CANCEL);
    await pinged(session);
    session.destroy();
  });

  test("F21: a connection that does not speak HTTP/2 is closed at its time", async () => {
    await using rig = await receiving();
    const silent = await dial(rig.grpc);
    const spoken = connectHttp2(`http://${rig.grpc}`);
    await once(spoken, "remoteSettings");
    await pinged(spoken);
    const closed = untilClosed(silent);
    await rig.receiver.tick(6_000);
    await closed;
    expect(spoken.destroyed).toBe(false);
    await pinged(spoken);
    spoken.destroy();
  });

  test.each([
    ["is idle", ""],
    ["says goodbye", "\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\0"],
  ])(
    "F21: a client that %s and leaves its half of the connection open is not asked whether it is there, and makes room for others",
    async (_what, then) => {
      const keepalive = "keepalive: { server_parameters: { max_connection_idle: 10s, time: 20s, timeout: 15s } }";
      await using rig = await receiving({ grpc: `, max_connections: 1, ${keepalive}` });
      const { hostname, port } = new URL(`http://${rig.grpc}`);
      const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
      socket.write(`PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0${then}`, "latin1");
      await once(socket, "data");
      const faults: unknown[] = [];
      const onFault = (fault: unknown): void => void faults.push(fault);
      process.on("unhandledRejection", onFault);
      try {
        const ended = once(socket.resume(), "end");
        await rig.receiver.tick(11_000);
        await ended;
        await rig.receiver.tick(10_000);
        await new Promise((resolve) => void setImmediate(resolve));
        expect(faults).toEqual([]);
        await rig.receiver.tick(16_000);
        // Only one connection may be open.
        const other = connectHttp2(`http://${rig.grpc}`);
        await once(other, "remoteSettings");
        await pinged(other);
        other.destroy();
      } finally {
        process.off("unhandledRejection", onFault);
        socket.destroy();
      }
    },
  );

  test.each([
    ["a length and chunks", "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /"],
    ["two lengths", "Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde"],
    ["a length that is no number", "Content-Length: 4x\r\n\r\nabcd"],
    ["a chunk size that is no number", "Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n"],
    ["a chunk size of 17 digits", "Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\nabc"],
    ["chunked that is not last", "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"],
    ["a bare line feed in a header", "X-A: 1\nX-B: 2\rContent-Length: 4\r\n\r\nabcd"],
    ["a blank before a colon", "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"],
    [
      "trailers without end",
      `Transfer-Encoding: chunked\r\n\r\n0\r\n${"X-Trailer: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n".repeat(2_000)}`,
    ],
  ])("F27: closes a connection whose request has %s", async (_what, rest) => {
    await using rig = await receiving();
    const socket = await dial(rig.http);
    const closed = untilClosed(socket);
    socket.write(`POST /v1/logs HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\n${rest}`);
    expect((await closed).split("\r\n")[0]).toMatch(/^(HTTP\/1\.1 4(00|13|31) .*|)$/);
    expect(rig.receiver.batches).toEqual([]);
    expect((await post(rig.http)).status).toBe(200);
  });

  test("F27: 10,000 calls that are reset at once end the connection or cost little, and others are served", async () => {
    await using rig = await receiving();
    const session = connectHttp2(`http://${rig.grpc}`);
    session.on("error", () => {});
    await once(session, "remoteSettings");
    for (let i = 0; i < 10_000 && !session.destroyed && !session.closed; i++) {
      const stream = session.request(exportCall);
      stream.on("error", () => {});
      stream.close(constants.NGHTTP2_CANCEL);
      if (i % 50 === 49) await turn();
    }
    if (!session.destroyed) await once(session, "close");
    const other = connectHttp2(`http://${rig.grpc}`);
    await once(other, "remoteSettings");
    await pinged(other);
    expect(rig.receiver.batches).toEqual([]);
    other.destroy();
  });

  test("F46: forgets the connection of a client that says goodbye amid a call, breaks HTTP/2 and leaves", async () => {
    await using rig = await receiving();
    const before = openFiles();
    const broken = await dial(rig.grpc);
    const answers = untilPong(broken);
    broken.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    broken.write(frame(SETTINGS));
    broken.write(frame(HEADERS, { flags: 4, stream: 1, payload: exportHeaders() }));
    broken.write(frame(GOAWAY, { payload: Buffer.alloc(8) }));
    broken.write(frame(PING, { payload: Buffer.alloc(8) }));
    await answers;
    broken.write(frame(WINDOW_UPDATE, { payload: Buffer.alloc(5) }));
    for (let i = 0; i < 8; i++) await turn();
    broken.resetAndDestroy();
    for (let i = 0; i < 8; i++) await turn();
    expect(openFiles()).toBe(before + 1);
    // The call may come in until then.
    await rig.receiver.tick(29_000);
    expect(openFiles()).toBe(before + 1);
    await rig.receiver.tick(20_000);
    while (openFiles() > before) await turn();
  });

  test("F27: a flood of pings is answered or ends the connection, and others are served", async () => {
    await using rig = await receiving();
    const flood = await dial(rig.grpc);
    flood.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    flood.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]));
    const ping = Buffer.from([0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
    // The answers are not read: they must not pile up.
    flood.pause();
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 100; i++) flood.write(Buffer.concat(Array.from({ length: 1_000 }, () => ping)));
    const other = connectHttp2(`http://${rig.grpc}`);
    await once(other, "remoteSettings");
    await pinged(other);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 * 1024);
    other.destroy();
    flood.destroy();
  });
});

function pinged(session: ClientHttp2Session): Promise<void> {
  return new Promise((resolve, reject) => {
    session.ping((error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}

function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** Types of frames (RFC 9113 section 6). */
const [HEADERS, SETTINGS, PING, GOAWAY, WINDOW_UPDATE] = [1, 4, 6, 7, 8] as const;

interface Frame {
  readonly flags?: number;
  readonly stream?: number;
  readonly payload?: Buffer;
}

function frame(type: number, { flags = 0, stream = 0, payload = Buffer.alloc(0) }: Frame = {}): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** Those of an export call, as literals without index (RFC 7541 section 6.2.2). */
function exportHeaders(): Buffer {
  const all = Object.entries({ ":scheme": "http", ":authority": "x", ...exportCall });
  const pseudoFirst = all.toSorted(([a], [b]) => Number(b.startsWith(":")) - Number(a.startsWith(":")));
  return Buffer.concat(
    pseudoFirst.flatMap(([name, value]) => [
      Buffer.from([0, name.length]),
      Buffer.from(name),
      Buffer.from([value.length]),
      Buffer.from(value),
    ]),
  );
}

/** Reads until a ping was answered. */
function untilPong(socket: Socket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const pong = frame(PING, { flags: 1, payload: Buffer.alloc(8) });
  let got = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    got = Buffer.concat([got, chunk]);
    if (got.includes(pong)) resolve();
  });
  return promise;
}
