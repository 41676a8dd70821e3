import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { constants } from "node:http2";
import { connect as connectTcp, createServer as createTcpServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync, zstdDecompressSync } from "node:zlib";
import { otlpExporter } from "@tracecore/exporter-otlp";
import { decodeProtobuf, encodeExportResponse, encodeProtobuf, encodeStatus } from "@tracecore/otlp";
import { conformance, runExporter } from "@tracecore/testkit";
import { manualClock } from "@tracecore/core";
import { describe, expect, test } from "vitest";
import { GrpcClient } from "../src/grpc-client.ts";

import { backend, records, said, start, until } from "./backend.ts";

describe("otlp exporter", () => {
  conformance(otlpExporter, '{ endpoint: "127.0.0.1:1", tls: { insecure: true } }');

  test("does not start without the extension that should sign its requests", async () => {
    await expect(
      runExporter(otlpExporter, '{ endpoint: "127.0.0.1:1", auth: { authenticator: basicauth } }'),
    ).rejects.toThrow('the authenticator "basicauth" does not run');
  });

  test.each([
    ["gzip", gunzipSync],
    ["zstd", zstdDecompressSync],
    ["none", (message: Buffer) => message],
  ] as const)("calls the service of the signal, compressed with %s", async (compression, decompress) => {
    await using server = await backend();
    await using exporter = await start(server, `, compression: ${compression}, headers: { X-Tenant: me }`);
    const batch = records(20);
    await exporter.consume(batch);
    await until(exporter, () => server.calls.length === 1);
    const [{ headers, message }] = server.calls as [(typeof server.calls)[0]];
    expect(headers).toMatchObject({
      ":path": "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
      "x-tenant": "me",
      te: "trailers",
    });
    expect(headers["grpc-encoding"]).toBe(compression === "none" ? undefined : compression);
    expect(decompress(message).equals(encodeProtobuf(batch))).toBe(true);
  });

  test("sends headers as gRPC in Go: not those of its own, and bytes in base64", async () => {
    await using server = await backend();
    await using exporter = await start(
      server,
      ", headers: { Content-Type: application/x-protobuf, content-length: '3', grpc-encoding: snappy, trace-bin: a b }",
    );
    await exporter.consume(records(1));
    await until(exporter, () => server.calls.length === 1);
    const [{ headers }] = server.calls as [(typeof server.calls)[0]];
    expect(headers).toMatchObject({ "content-type": "application/grpc", "grpc-encoding": "gzip", "trace-bin": "YSBi" });
    expect(headers["content-length"]).toBeUndefined();
  });

  test("sends what came in compressed as it came, byte for byte", async () => {
    await using server = await backend();
    await using exporter = await start(server);
    const bytes = encodeProtobuf(records(50));
    const compressed = gzipSync(bytes, { level: 9 });
    await exporter.consume(decodeProtobuf("logs", bytes, { encoding: "gzip", bytes: compressed }));
    await until(exporter, () => server.calls.length === 1);
    expect(server.calls[0]!.message.equals(compressed)).toBe(true);
  });

  test("tries again as late as RetryInfo says", async () => {
    await using server = await backend();
    await using exporter = await start(server);
    const details = encodeStatus({ code: 8, message: "busy", retryAfterMs: 60_000 });
    server.answers.push({ code: 8, message: "busy", details });
    await exporter.consume(records(1));
    await until(exporter, () => exporter.logs.length > 0);
    expect(said(exporter)).toEqual(["cannot send: RESOURCE_EXHAUSTED: busy; tries again"]);
    await exporter.clock.advance(59_999);
    expect(server.calls).toHaveLength(1);
    await exporter.clock.advance(1);
    await until(exporter, () => server.calls.length === 2);
  });

  test("takes RESOURCE_EXHAUSTED without RetryInfo as too large, and sends halves", async () => {
    await using server = await backend();
    await using exporter = await start(server, ", compression: none");
    server.answers.push({ code: 8, message: "message larger than max" });
    await exporter.consume(records(20_000));
    await until(exporter, () => server.calls.length === 3);
    const sizes = server.calls.slice(1).map(({ message }) => decodeProtobuf("logs", message).itemCount);
    expect(sizes).toEqual([10_000, 10_000]);
  });

  test("takes RESOURCE_EXHAUSTED for a quota where no more than 64 KiB were sent, and drops them", async () => {
    await using server = await backend();
    await using exporter = await start(server, ", compression: none");
    server.answers.push({ code: 8, message: "quota exceeded" });
    await exporter.consume(records(100));
    await until(exporter, () => exporter.logs.length > 0);
    expect(said(exporter)).toEqual(["dropped 100 items: RESOURCE_EXHAUSTED: quota exceeded"]);
    expect(server.calls).toHaveLength(1);
  });

  test("drops what the backend refuses for good, and says why", async () => {
    await using server = await backend();
    await using exporter = await start(server);
    server.answers.push({ code: 3, message: "caf%C3%A9 is no metric" });
    await exporter.consume(records(3));
    await until(exporter, () => exporter.logs.length > 0);
    expect(said(exporter)).toEqual(["dropped 3 items: INVALID_ARGUMENT: café is no metric"]);
  });

  test("takes a status for the answer also where the call is reset after it", async () => {
    await using server = await backend();
    await using exporter = await start(server, ", compression: none");
    server.answers.push({ code: 3, reset: constants.NGHTTP2_ENHANCE_YOUR_CALM });
    // More than may be sent before anything is read.
    await exporter.consume(records(10_000));
    await until(exporter, () => exporter.logs.length > 0);
    expect(said(exporter)).toEqual(["dropped 10000 items: INVALID_ARGUMENT"]);
  });

  test("takes a status that is no number for UNKNOWN", async () => {
    await using server = await backend();
    await using exporter = await start(server);
    server.answers.push({ code: "fine" });
    await exporter.consume(records(3));
    await until(exporter, () => exporter.logs.length > 0);
    expect(said(exporter)).toEqual(["dropped 3 items: UNKNOWN"]);
  });

  test("counts what the backend rejects of a batch as dropped", async () => {
    await using server = await backend();
    await using exporter = await start(server);
    server.answers.push({ code: 0, body: encodeExportResponse({ rejectedItems: 1, message: "too old" }) });
    await exporter.consume(records(3));
    await until(exporter, () => exporter.logs.length > 0);
    expect(said(exporter)).toEqual(["dropped 1 items: the backend rejected them: too old"]);
  });

  test.each([
    ["http://127.0.0.1:4317/", { host: "127.0.0.1", port: 4317, secure: false }],
    ["https://collector.example", { host: "collector.example", port: 443, secure: true }],
    ["[::1]:4317", { host: "::1", port: 4317, secure: undefined }],
    ["dns:///collector.example:4317", { host: "collector.example", port: 4317, secure: undefined }],
    ["dns://8.8.8.8/collector.example:4317", { host: "collector.example", port: 4317, secure: undefined }],
    ["passthrough:///10.0.0.1:4317", { host: "10.0.0.1", port: 4317, secure: undefined }],
    ["unix:///run/x.sock", { host: "", port: 0, path: "/run/x.sock", secure: undefined }],
    ["unix:run/x.sock", { host: "", port: 0, path: "run/x.sock", secure: undefined }],
  ])("reads the endpoint %s", (endpoint, target) => {
    expect(otlpExporter.config.parse({ endpoint })).toMatchObject({ endpoint: target });
  });

  test("calls through a unix socket, under the name that the config gives", async () => {
    const path = join(mkdtempSync(join(tmpdir(), "tracecore-otlp-")), "s");
    await using server = await backend(path);
    await using exporter = await runExporter(
      otlpExporter,
      `{ endpoint: "unix://${path}", tls: { insecure: true }, authority: ingest.example, user_agent: edge/7, headers: [{ name: X-A, value: b }] }`,
    );
    await exporter.consume(records(1));
    await until(exporter, () => server.calls.length === 1);
    expect(server.calls[0]!.headers).toMatchObject({
      ":authority": "ingest.example",
      "user-agent": "edge/7",
      "x-a": "b",
    });
  });

  test.each([
    [401, "dropped 1 items: UNAUTHENTICATED: HTTP 401, no gRPC"],
    [404, "dropped 1 items: UNIMPLEMENTED: HTTP 404, no gRPC"],
    [429, "cannot send: UNAVAILABLE: HTTP 429, no gRPC; tries again"],
    [503, "cannot send: UNAVAILABLE: HTTP 503, no gRPC; tries again"],
  ])("takes HTTP %i of a proxy for what it means", async (http, line) => {
    await using server = await backend();
    await using exporter = await start(server);
    server.answers.push({ code: 0, http });
    await exporter.consume(records(1));
    await until(exporter, () => exporter.logs.length > 0);
    expect(said(exporter)).toEqual([line]);
  });

  test("leaves a connection on which nobody answers any more", async () => {
    await using server = await backend();
    let connections = 0;
    const between = createTcpServer((socket) => {
      socket.on("error", () => {});
      // The first one leads nowhere, as behind a firewall that has forgotten it.
      if (connections++ === 0) socket.resume();
      else {
        socket
          .pipe(connectTcp(server.port, "127.0.0.1"))
          .on("error", () => {})
          .pipe(socket);
      }
    });
    between.listen(0, "127.0.0.1");
    await once(between, "listening");
    await using exporter = await start({ port: (between.address() as AddressInfo).port });
    await exporter.consume(records(1));
    await until(exporter, () => connections === 1);
    await exporter.clock.advance(5_000);
    await until(exporter, () => exporter.logs.length > 0);
    expect(said(exporter)).toEqual(["cannot send: no answer within 5000 ms; tries again"]);
    await exporter.clock.advance(5_000);
    await until(exporter, () => server.calls.length === 1);
    expect(connections).toBe(2);
    between.close();
  });

  test("connects again to an address that it lost while others go on", async () => {
    const clock = manualClock();
    const addresses = ["127.0.0.2", "127.0.0.3"];
    const first = await backend({ host: addresses[0]! });
    await using second = await backend({ host: addresses[1]!, port: first.port });
    using client = new GrpcClient({
      host: "collector.example",
      port: first.port,
      path: undefined,
      authority: undefined,
      tls: undefined,
      spread: true,
      keepalive: undefined,
      clock,
      lookup: () => Promise.resolve(addresses),
    });
    const call = () => client.call("/x", {}, [Buffer.alloc(5)], AbortSignal.timeout(10_000));
    const calls = (): number[] => [first.calls.length, second.calls.length];
    while (calls().includes(0)) await call();
    await first[Symbol.asyncDispose]();
    // The client learns of it when it does.
    const answered = (): Promise<boolean> =>
      call().then(
        () => true,
        () => false,
      );
    while (!(await answered()) || !(await answered())) await clock.advance(0);
    await using back = await backend({ host: addresses[0]!, port: first.port });
    for (let i = 0; i < 4; i++) await call();
    expect(back.calls).toHaveLength(0);
    await clock.advance(30_000);
    while (back.calls.length === 0) await call();
  });

  test("takes what is left empty, or is off, for not set", () => {
    const empty = { balancer_name: "", authority: "", user_agent: "", keepalive: { enabled: false, time: "0s" } };
    expect(otlpExporter.config.parse({ endpoint: "x:1", ...empty })).toMatchObject({
      balancer_name: "round_robin",
      authority: undefined,
      user_agent: undefined,
      keepalive: { enabled: false, time: 0 },
    });
  });

  test.each([
    ["endpoint: http://collector:4317/v1/traces", /A gRPC endpoint has no path: leave it out/],
    ["{ endpoint: x:1, headers: { te: trailers } }", /it speaks of the connection, of which the exporter takes care/],
    ["endpoint: unix://", /expected the path of a socket such as "unix:\/\/\/run\/collector\.sock"/],
    ["endpoint: collector:99999", /the port 99999 is not between 1 and 65535/],
    ["{ endpoint: x:1, sending_queue: { storage: file_storage } }", /there is no queue on disk/],
    ["endpoint: collector", /expected host:port such as "collector\.example:4317"/],
    ["{}", /endpoint/],
    ["{ endpoint: x:1, tls: { cert_file: a } }", /"cert_file" is set without "key_file"/],
    [
      '{ endpoint: "http://x:1", tls: { ca_file: a } }',
      /"http:\/\/" in the endpoint is plain text, for which there are no certificates\. Write "https:\/\/" there/,
    ],
    ["{ endpoint: x:1, compression: snappy }", /"snappy" is not one of gzip, zstd, none/],
  ])("refuses the config %s", async (yaml, message) => {
    await expect(runExporter(otlpExporter, yaml)).rejects.toThrow(message);
  });
});
