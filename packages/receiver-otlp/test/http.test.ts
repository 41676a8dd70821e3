import { execFile } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { promisify } from "node:util";
import { otlpReceiver } from "@tracecore/receiver-otlp";
import { ConsumeError } from "@tracecore/core";
import { encodedBatch } from "@tracecore/core/pdata";
import { decodeStatus } from "@tracecore/otlp";
import { conformance, failingSink, runReceiver } from "@tracecore/testkit";
import { describe, expect, test } from "vitest";
import { decompress } from "../src/decompress.ts";
import { logRequest, receiving } from "./receiving.ts";

const protobuf = { "content-type": "application/x-protobuf" };
const json = { "content-type": "application/json" };

function post(url: string, body: Uint8Array | string, headers: Record<string, string> = protobuf): Promise<Response> {
  return fetch(url, { method: "POST", body: body as never, headers });
}

describe("OTLP/HTTP", () => {
  conformance(otlpReceiver, '{ protocols: { http: { endpoint: "127.0.0.1:0" }, grpc: { endpoint: "127.0.0.1:0" } } }');

  test("takes protobuf and answers with an empty response", async () => {
    await using rig = await receiving();
    const response = await post(`${rig.http}/v1/logs`, logRequest(3));
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/x-protobuf"]);
    expect((await response.arrayBuffer()).byteLength).toBe(0);
    expect(rig.receiver.logRecords.map(({ body }) => body)).toEqual([
      "something happened 0",
      "something happened 1",
      "something happened 2",
    ]);
  });

  test("takes JSON and answers in JSON", async () => {
    await using rig = await receiving();
    const body = '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"hello"}}]}]}]}';
    const response = await post(`${rig.http}/v1/logs`, body, { "content-type": "application/json; charset=utf-8" });
    expect([response.status, await response.text()]).toEqual([200, "{}"]);
    expect(rig.receiver.logRecords.map((record) => record.body)).toEqual(["hello"]);
  });

  test.each([
    ["gzip", gzipSync],
    ["zstd", zstdCompressSync],
    ["deflate", deflateSync],
    ["deflate", deflateRawSync],
  ] as const)("takes bodies that are compressed with %s", async (encoding, compress) => {
    await using rig = await receiving();
    const response = await post(`${rig.http}/v1/logs`, compress(logRequest(50)), {
      ...protobuf,
      "content-encoding": encoding,
    });
    expect(response.status).toBe(200);
    expect(rig.receiver.logRecords).toHaveLength(50);
  });

  test.each([
    ["http", ", reuse_port: true", "listening"],
    ["http", "", "EADDRINUSE"],
    ["grpc", ", reuse_port: true", "listening"],
    ["grpc", "", "EADDRINUSE"],
  ] as const)("shares its %s port with another process only when told to (%s)", async (protocol, options, outcome) => {
    await using rig = await receiving({ [protocol]: options });
    const { port } = new URL(rig[protocol].includes("://") ? rig[protocol] : `http://${rig[protocol]}`);
    const other = `const s = require("node:net").createServer();
      s.once("error", (e) => console.log(e.code)).listen({ port: ${port}, host: "127.0.0.1", reusePort: true }, () => { console.log("listening"); s.close(); });`;
    const { stdout } = await promisify(execFile)(process.execPath, ["-e", other]);
    expect(stdout.trim()).toBe(outcome);
  });

  test("inflates a gzip body to its end when its last bytes claim that it is short", async () => {
    await using rig = await receiving();
    const [long, short] = [logRequest(2_000), logRequest(1)];
    // Two members: the length at the end is that of the second one.
    const response = await post(`${rig.http}/v1/logs`, Buffer.concat([gzipSync(long), gzipSync(short)]), {
      ...protobuf,
      "content-encoding": "gzip",
    });
    expect(response.status).toBe(200);
    expect(rig.receiver.logRecords).toHaveLength(2_001);
  });

  test.each([
    ["one short member", 0, false],
    ["many empty members before it", 20_000, true],
  ])("F24: inflates %s on the main thread only where that is quick", async (_what, empty, elsewhere) => {
    const body = Buffer.concat([...Array.from({ length: empty }, () => gzipSync("")), gzipSync("short")]);
    let turned = false;
    setImmediate(() => (turned = true));
    expect(Buffer.from(await decompress(body, "gzip", { limit: 1024, grow: () => true })).toString()).toBe("short");
    expect(turned).toBe(elsewhere);
  });

  test("refuses a gzip body that is larger than the limit, whatever length it claims", async () => {
    await using rig = await receiving({ http: ", max_request_body_size: 64KiB" });
    const bomb = gzipSync(Buffer.alloc(10_000_000));
    bomb.writeUInt32LE(100, bomb.length - 4);
    const response = await post(`${rig.http}/v1/logs`, bomb, { ...protobuf, "content-encoding": "gzip" });
    expect(response.status).toBe(413);
  });

  test("keeps what came in, compressed too, for whoever sends it on", async () => {
    await using rig = await receiving();
    const body = logRequest(50);
    const compressed = gzipSync(body);
    await post(`${rig.http}/v1/logs`, compressed, { ...protobuf, "content-encoding": "gzip" });
    const encoded = encodedBatch(rig.receiver.batches[0]!);
    expect(Buffer.from(encoded!.bytes).equals(body)).toBe(true);
    expect(Buffer.from(encoded!.compressed!.bytes).equals(compressed)).toBe(true);
  });

  test.each([
    ["several members", (half: Uint8Array, rest: Uint8Array) => [gzipSync(half), gzipSync(rest)]],
    ["padding", (half: Uint8Array, rest: Uint8Array) => [gzipSync(Buffer.concat([half, rest])), Buffer.alloc(600)]],
  ])("keeps no gzip body with %s, which not every backend reads", async (_what, pieces) => {
    await using rig = await receiving();
    const body = logRequest(50);
    const sent = Buffer.concat(pieces(body.subarray(0, 100), body.subarray(100)));
    const { status } = await post(`${rig.http}/v1/logs`, sent, { ...protobuf, "content-encoding": "gzip" });
    expect(status).toBe(200);
    const encoded = encodedBatch(rig.receiver.batches[0]!);
    expect([encoded?.compressed, Buffer.compare(encoded!.bytes, body)]).toEqual([undefined, 0]);
  });

  test("refuses what stands behind a zstd body", async () => {
    await using rig = await receiving();
    const sent = Buffer.concat([zstdCompressSync(logRequest(1)), Buffer.from("junk")]);
    const { status } = await post(`${rig.http}/v1/logs`, sent, { ...protobuf, "content-encoding": "zstd" });
    expect(status).toBe(400);
  });

  test("takes requests as proxies ask, with the whole URL", async () => {
    await using rig = await receiving();
    const body = logRequest(1);
    const { host, hostname, port } = new URL(rig.http);
    const socket = connect({ host: hostname, port: Number(port) });
    socket.write(
      `POST ${rig.http}/v1/logs?x HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/x-protobuf\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
    socket.write(body);
    const [answer] = (await once(socket, "data")) as [Buffer];
    socket.destroy();
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });

  test("answers an empty request with success and passes nothing on", async () => {
    await using rig = await receiving();
    expect((await post(`${rig.http}/v1/metrics`, new Uint8Array())).status).toBe(200);
    expect((await post(`${rig.http}/v1/traces`, "{}", json)).status).toBe(200);
    expect(rig.receiver.batches).toEqual([]);
  });

  test.each([
    ["a path that is not there", "/v1/nothing", {}, 404, "there is nothing at /v1/nothing"],
    ["another method", "/v1/logs", { method: "PUT" }, 405, "only POST is taken"],
    [
      "another content type",
      "/v1/logs",
      { headers: { "content-type": "text/plain" } },
      415,
      'the content type "text/plain" is not supported; application/x-protobuf and application/json are',
    ],
    [
      "another content coding",
      "/v1/logs",
      { headers: { ...protobuf, "content-encoding": "br" } },
      415,
      'the content coding "br" is not supported; gzip, zstd, deflate are',
    ],
    ["what is no protobuf", "/v1/logs", { body: "nonsense" }, 400, "not OTLP: the field at byte 0 has the wire type 6"],
    [
      "what is no gzip",
      "/v1/logs",
      { headers: { ...protobuf, "content-encoding": "gzip" } },
      400,
      "the body is no gzip",
    ],
  ])("refuses %s with a status that says why", async (_what, path, init, status, message) => {
    await using rig = await receiving();
    const response = await fetch(`${rig.http}${path}`, {
      method: "POST",
      headers: protobuf,
      body: logRequest(1) as unknown as string,
      ...init,
    });
    expect(response.status).toBe(status);
    expect(decodeStatus(new Uint8Array(await response.arrayBuffer())).message).toBe(message);
    expect(rig.receiver.batches).toEqual([]);
  });

  test("says in JSON where a request in JSON is wrong", async () => {
    await using rig = await receiving();
    const response = await post(`${rig.http}/v1/logs`, '{"resourceLogs":7}', json);
    expect([response.status, await response.json()]).toEqual([
      400,
      { code: 3, message: "not OTLP: resourceLogs: expected a list" },
    ]);
  });

  test("F23: refuses what is larger than the limit before it is read", async () => {
    await using rig = await receiving({ http: ", max_request_body_size: 1KiB" });
    const declared = await post(`${rig.http}/v1/logs`, new Uint8Array(1025));
    expect(declared.status).toBe(413);
    const chunked = await fetch(`${rig.http}/v1/logs`, {
      method: "POST",
      headers: protobuf,
      body: new Blob([new Uint8Array(5000)]).stream(),
      duplex: "half",
    });
    expect(chunked.status).toBe(413);
    expect((await post(`${rig.http}/v1/logs`, new Uint8Array(1024))).status).toBe(400);
  });

  test("F24: refuses what inflates beyond the limit", async () => {
    await using rig = await receiving({ http: ", max_request_body_size: 64KiB" });
    for (const [encoding, bomb] of [
      ["gzip", gzipSync(Buffer.alloc(10_000_000))],
      ["zstd", zstdCompressSync(Buffer.alloc(10_000_000))],
      ["deflate", deflateSync(Buffer.alloc(10_000_000))],
    ] as const) {
      const response = await post(`${rig.http}/v1/logs`, bomb, { ...protobuf, "content-encoding": encoding });
      expect([encoding, response.status]).toEqual([encoding, 413]);
    }
    const nested = await post(`${rig.http}/v1/logs`, gzipSync(gzipSync(Buffer.from(logRequest(1)))), {
      ...protobuf,
      "content-encoding": "gzip, gzip",
    });
    expect(nested.status).toBe(415);
  });

  test("asks the sender to come back when there is too much under way", async () => {
    const hold = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    const slow = {
      consume: () => {
        held.resolve();
        return hold.promise;
      },
    };
    await using rig = await receiving(
      { more: ", max_in_flight_size: 2KiB" },
      { next: { metrics: slow, logs: slow, traces: slow } },
    );
    const body = logRequest(60);
    const first = post(`${rig.http}/v1/logs`, body);
    await held.promise;
    const second = await post(`${rig.http}/v1/logs`, body);
    expect([second.status, second.headers.get("retry-after")]).toEqual([429, "1"]);
    hold.resolve();
    expect((await first).status).toBe(200);
    expect((await post(`${rig.http}/v1/logs`, body)).status).toBe(200);
  });

  test.each([
    [new ConsumeError("the queue is full", { retryable: true }), 503, "1"],
    [new ConsumeError("come later", { retryable: true, retryAfterMs: 7200 }), 503, "8"],
    [new ConsumeError("never", { retryable: false }), 400, null],
    // What is no time is none.
    [new ConsumeError("nan", { retryable: true, retryAfterMs: Number.NaN }), 503, "1"],
    [new ConsumeError("for ever", { retryable: true, retryAfterMs: Number.POSITIVE_INFINITY }), 503, "1"],
    [new ConsumeError("earlier", { retryable: true, retryAfterMs: -5000 }), 503, "1"],
  ])("passes on what the pipeline says: %s", async (error, status, retryAfter) => {
    await using rig = await receiving({}, { next: failingSink(error) });
    const response = await post(`${rig.http}/v1/logs`, logRequest(1));
    expect([response.status, response.headers.get("retry-after")]).toEqual([status, retryAfter]);
    expect(decodeStatus(new Uint8Array(await response.arrayBuffer())).message).toBe(error.message);
  });

  test("logs refusals when they begin and when they end", async () => {
    await using rig = await receiving();
    await post(`${rig.http}/v1/logs`, "x");
    await post(`${rig.http}/v1/logs`, "x");
    await post(`${rig.http}/v1/logs`, logRequest(1));
    const lines = (): string[] => rig.receiver.logs.slice(2).map(({ message }) => message);
    // At its limit a receiver takes and refuses by turns, which is one trouble and not many.
    expect(lines()).toEqual([expect.stringMatching(/^refuses requests: not OTLP: /)]);
    await rig.receiver.tick(10_000);
    await post(`${rig.http}/v1/logs`, logRequest(1));
    expect(lines().slice(1)).toEqual(["takes requests again"]);
  });

  test.each(["keep_alives_enabled: false", "keepalive: { enabled: false }"])(
    "closes connections with %s",
    async (given) => {
      await using rig = await receiving({ http: `, ${given}` });
      const response = await post(`${rig.http}/v1/logs`, logRequest(1));
      expect([response.headers.get("connection"), response.headers.get("content-length")]).toEqual(["close", "0"]);
    },
  );

  test("takes the content codings that the config names, and no others", async () => {
    await using rig = await receiving({ http: ', compression_algorithms: ["", zlib, snappy]' });
    const send = async (encoding: string, body: Uint8Array): Promise<[number, string]> => {
      const response = await post(`${rig.http}/v1/logs`, body, { ...protobuf, "content-encoding": encoding });
      return [response.status, decodeStatus(new Uint8Array(await response.arrayBuffer())).message];
    };
    expect(await send("zlib", deflateSync(logRequest(1)))).toEqual([200, ""]);
    expect(await send("deflate", deflateSync(logRequest(1)))).toEqual([200, ""]);
    expect(await send("identity", logRequest(1))).toEqual([200, ""]);
    expect(await send("gzip", gzipSync(logRequest(1)))).toEqual([
      415,
      'the content coding "gzip" is not supported; deflate is',
    ]);
    expect(await send("__proto__", logRequest(1))).toEqual([
      415,
      'the content coding "__proto__" is not supported; deflate is',
    ]);
  });

  test("takes the path of a unix socket as the Collector writes it, and times of zero", () => {
    const options = { protocols: { grpc: { transport: "unix", endpoint: "/run/x.sock", read_timeout: 0 } } };
    expect(otlpReceiver.config.parse(options)).toMatchObject({
      protocols: { grpc: { endpoint: { path: "/run/x.sock" }, read_timeout: 0 } },
    });
  });

  test("takes a zero of the Collector for what it is there, and a list of headers", async () => {
    await using rig = await receiving({
      http: ", max_request_body_size: 0, response_headers: [{ name: x-a, value: b }], keepalive: { idle_timeout: 30s }",
      grpc: ", max_recv_msg_size_mib: 0, max_concurrent_streams: 0, keepalive: { server_parameters: { time: 0, max_connection_age: 0s }, enforcement_policy: { min_time: 0s } }",
    });
    const response = await post(`${rig.http}/v1/logs`, logRequest(1));
    expect([response.status, response.headers.get("x-a")]).toEqual([200, "b"]);
  });

  test("F23: tells who asks first to go on only when nothing is left to refuse", async () => {
    await using rig = await receiving({ http: ", max_request_body_size: 1KiB" });
    const { hostname, port } = new URL(rig.http);
    const ask = async (path: string, length: number): Promise<string> => {
      const socket = connect(Number(port), hostname);
      socket.write(
        `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-protobuf\r\nexpect: 100-continue\r\ncontent-length: ${length}\r\n\r\n`,
      );
      const [answer] = (await once(socket, "data")) as [Buffer];
      socket.destroy();
      return answer.toString().split("\r\n")[0]!;
    };
    expect(await ask("/v1/logs", 100)).toBe("HTTP/1.1 100 Continue");
    expect(await ask("/v1/logs", 1025)).toBe("HTTP/1.1 413 Payload Too Large");
    expect(await ask("/v1/nothing", 100)).toBe("HTTP/1.1 404 Not Found");
    const response = await post(`${rig.http}/v1/logs`, logRequest(1), { ...protobuf, "content-encoding": "br" });
    expect(response.headers.get("accept-encoding")).toBe("gzip, zstd, deflate");
  });

  test("has the protocols on that are named, also without options", async () => {
    const { protocols } = otlpReceiver.config.parse({ protocols: { grpc: null } }) as { protocols: object };
    expect(Object.keys(protocols)).toEqual(["grpc"]);
    expect(otlpReceiver.config.parse({})).toMatchObject({ protocols: { grpc: {}, http: {} } });
    await expect(runReceiver(otlpReceiver, "protocols: {}")).rejects.toThrow(
      'no protocol is on. Name "grpc", "http" or both',
    );
  });

  test("answers under the paths of the config, with or without a slash before them", async () => {
    await using rig = await receiving({ http: ", logs_url_path: in/logs, traces_url_path: /in/traces, dialer: {}" });
    const statuses = await Promise.all(
      ["in/logs", "v1/logs", "v1/metrics", "/v1/metrics", "/in//traces"].map(
        async (path) => (await post(`${rig.http}/${path}`, "")).status,
      ),
    );
    expect(statuses).toEqual([200, 404, 200, 200, 200]);
    await expect(runReceiver(otlpReceiver, '{ protocols: { http: { logs_url_path: ":invalid" } } }')).rejects.toThrow(
      "protocols.http.logs_url_path: expected a path without query, such as /v1/traces",
    );
  });

  test("listens on a unix socket", async () => {
    const path = `/tmp/tracecore-otlp-${process.pid}.sock`;
    await using receiver = await runReceiver(otlpReceiver, `{ protocols: { http: { endpoint: "unix://${path}" } } }`);
    const socket = connect(path);
    const body = logRequest(2);
    socket.write(
      `POST /v1/logs HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-protobuf\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n`,
    );
    socket.write(body);
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 200 /);
    expect(receiver.logRecords).toHaveLength(2);
    socket.destroy();
  });
});
