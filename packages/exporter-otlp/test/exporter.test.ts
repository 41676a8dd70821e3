import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import {
  constants,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
} from "node:http2";
import { connect as connectTcp, createServer as createTcpServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync, zstdDecompressSync } from "node:zlib";
import { otlpExporter } from "@tracecore/exporter-otlp";
import { emptyResource, emptyScope, logs } from "@tracecore/core/pdata";
import { decodeProtobuf, encodeExportResponse, encodeProtobuf, encodeStatus } from "@tracecore/otlp";
import { conformance, runExporter, type RunningExporter } from "@tracecore/testkit";
import { manualClock } from "@tracecore/core";
import { describe, expect, test, vi } from "vitest";
import { GrpcClient } from "../src/grpc-client.ts";

interface Answer {
  readonly code: number;
  readonly message?: string;
  readonly details?: Uint8Array;
  readonly body?: Uint8Array;
  /** Answers with this HTTP status, and without one of gRPC. */
  readonly http?: number;
  /** End the connection instead. */
  readonly hangUp?: boolean;
  /** Say that the call was not looked at. */
  readonly refuseStream?: boolean;
}

interface Backend extends AsyncDisposable {
  readonly port: number;
  readonly calls: { readonly headers: IncomingHttpHeaders; readonly message: Buffer }[];
  readonly answers: Answer[];
  readonly sessions: ServerHttp2Session[];
}

/** A gRPC backend by hand that keeps what it was sent and answers as it is told. */
async function backend(at: string | { host: string; port?: number } = { host: "127.0.0.1" }): Promise<Backend> {
  const server: Http2Server = createServer();
  const calls: Backend["calls"] = [];
  const answers: Answer[] = [];
  const sessions: ServerHttp2Session[] = [];
  server.on("session", (session) => sessions.push(session));
  server.on("sessionError", () => {});
  server.on("stream", (stream, headers) => {
    const chunks: Buffer[] = [];
    stream.on("error", () => {});
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => {
      calls.push({ headers, message: Buffer.concat(chunks).subarray(5) });
      const {
        code,
        message = "",
        details,
        body,
        hangUp = false,
        refuseStream = false,
        http,
      } = answers.shift() ?? { code: 0 };
      if (hangUp) {
        stream.session?.destroy();
        return;
      }
      if (refuseStream) {
        stream.close(constants.NGHTTP2_REFUSED_STREAM);
        return;
      }
      if (http !== undefined) {
        stream.respond({ ":status": http, "content-type": "text/html" });
        stream.end("<html>");
        return;
      }
      const trailers = {
        "grpc-status": String(code),
        "grpc-message": message,
        ...(details !== undefined && { "grpc-status-details-bin": Buffer.from(details).toString("base64") }),
      };
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers(trailers));
      const prefix = Buffer.alloc(5);
      prefix.writeUInt32BE(body?.length ?? 0, 1);
      stream.end(Buffer.concat([prefix, body ?? Buffer.alloc(0)]));
    });
  });
  if (typeof at === "string") server.listen(at);
  else server.listen(at.port ?? 0, at.host);
  await once(server, "listening");
  return {
    port: typeof at === "string" ? 0 : (server.address() as AddressInfo).port,
    calls,
    answers,
    sessions,
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

const records = (count: number): ReturnType<typeof logs> =>
  logs(Array.from({ length: count }, (_, i) => ({ resource: emptyResource, scope: emptyScope, body: `record ${i}` })));

/** Lets a real server answer: I/O takes its time, whatever the clock says. */
async function until(exporter: RunningExporter, done: () => boolean): Promise<void> {
  while (!done()) {
    await new Promise((resolve) => setImmediate(resolve));
    await exporter.clock.advance(0);
  }
}

const start = ({ port }: Pick<Backend, "port">, more = ""): Promise<RunningExporter> =>
  runExporter(
    otlpExporter,
    `{ endpoint: "http://127.0.0.1:${port}", retry_on_failure: { randomization_factor: 0 }${more} }`,
  );
const said = (exporter: RunningExporter): string[] => exporter.logs.map(({ message }) => message);

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
    await exporter.consume(records(4));
    await until(exporter, () => server.calls.length === 3);
    expect(server.calls.slice(1).map(({ message }) => decodeProtobuf("logs", message).itemCount)).toEqual([2, 2]);
  });

  test("drops what the backend refuses for good, and says why", async () => {
    await using server = await backend();
    await using exporter = await start(server);
    server.answers.push({ code: 3, message: "caf%C3%A9 is no metric" });
    await exporter.consume(records(3));
    await until(exporter, () => exporter.logs.length > 0);
    expect(said(exporter)).toEqual(["dropped 3 items: INVALID_ARGUMENT: café is no metric"]);
  });

  test("counts what the backend rejects of a batch as dropped", async () => {
    await using server = await backend();
    await using exporter = await start(server);
    server.answers.push({ code: 0, body: encodeExportResponse({ rejectedItems: 1, message: "too old" }) });
    await exporter.consume(records(3));
    await until(exporter, () => exporter.logs.length > 0);
    expect(said(exporter)).toEqual(["dropped 1 items: the backend rejected them: too old"]);
  });

  test("opens another connection when the backend hangs up or says goodbye", async () => {
    await using server = await backend();
    await using exporter = await start(server);
    server.answers.push({ code: 0, hangUp: true });
    await exporter.consume(records(1));
    await until(exporter, () => exporter.logs.length > 0);
    await exporter.clock.advance(5000);
    await until(exporter, () => server.calls.length === 2);
    server.sessions.at(-1)!.goaway();
    server.sessions.at(-1)!.close();
    await until(exporter, () => server.sessions.at(-1)!.destroyed);
    await exporter.consume(records(1));
    await until(exporter, () => server.calls.length === 3);
    expect(server.sessions).toHaveLength(3);
  });

  test("makes a call once more, at once, that the backend has not looked at", async () => {
    await using server = await backend();
    await using exporter = await start(server);
    server.answers.push({ code: 0, refuseStream: true }, { code: 0, refuseStream: true });
    await exporter.consume(records(1));
    await until(exporter, () => server.calls.length === 3);
    expect(said(exporter)).toEqual([]);
    server.answers.push(...Array.from({ length: 3 }, () => ({ code: 0, refuseStream: true })));
    await exporter.consume(records(1));
    await until(exporter, () => exporter.logs.length > 0);
    expect(said(exporter)).toEqual(["cannot send: the backend took no call on its connections; tries again"]);
    expect(server.calls).toHaveLength(6);
  });

  test("connects through the proxy of the environment, which finds the host", async () => {
    await using server = await backend();
    const asked: unknown[] = [];
    const proxy = createHttpServer().on("connect", ({ url }, socket) => {
      asked.push(url);
      const on = connectTcp(server.port, "127.0.0.1");
      for (const end of [socket, on]) end.on("error", () => {});
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      socket.pipe(on).pipe(socket);
    });
    await once(proxy.listen(0, "127.0.0.1"), "listening");
    const at = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    vi.stubEnv("HTTPS_PROXY", at);
    const exporter = await runExporter(otlpExporter, '{ endpoint: "collector.invalid:4317", tls: { insecure: true } }');
    vi.unstubAllEnvs();
    await exporter.consume(records(1));
    await until(exporter, () => server.calls.length === 1);
    expect([asked, said(exporter)]).toEqual([["collector.invalid:4317"], [`sends through the proxy ${at}`]]);
    await exporter[Symbol.asyncDispose]();
    proxy.close();
  });

  test("makes no call whose time was up before there was a connection", async () => {
    await using server = await backend();
    using client = new GrpcClient({
      host: "127.0.0.1",
      port: server.port,
      path: undefined,
      authority: undefined,
      tls: undefined,
      spread: true,
      keepalive: undefined,
      clock: manualClock(),
    });
    await client.call("/x", {}, [Buffer.alloc(5)], AbortSignal.timeout(10_000));
    const late = client.call("/y", {}, [Buffer.alloc(5)], AbortSignal.abort(new Error("no answer in time")));
    await expect(late).rejects.toThrow("no answer in time");
    await client.call("/z", {}, [Buffer.alloc(5)], AbortSignal.timeout(10_000));
    expect(server.calls.map(({ headers }) => headers[":path"])).toEqual(["/x", "/z"]);
  });

  test("tries again when there is no connection", async () => {
    const gone = await backend();
    await gone[Symbol.asyncDispose]();
    await using exporter = await start(gone);
    await exporter.consume(records(1));
    await until(exporter, () => exporter.logs.length > 0);
    expect(said(exporter)[0]).toMatch(/^cannot send: connect ECONNREFUSED 127\.0\.0\.1:\d+; tries again$/);
    await exporter.stopHard();
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
      `{ endpoint: "unix://${path}", tls: { insecure: true }, authority: ingest.example, headers: [{ name: X-A, value: b }] }`,
    );
    await exporter.consume(records(1));
    await until(exporter, () => server.calls.length === 1);
    expect(server.calls[0]!.headers).toMatchObject({ ":authority": "ingest.example", "x-a": "b" });
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

  test.each([
    ["endpoint: http://collector:4317/v1/traces", /A gRPC endpoint has no path: leave it out/],
    ["endpoint: collector:99999", /the port 99999 is not between 1 and 65535/],
    ["{ endpoint: x:1, sending_queue: { storage: file_storage } }", /there is no queue on disk/],
    ["endpoint: collector", /expected host:port such as "collector\.example:4317"/],
    ["{}", /endpoint/],
    ["{ endpoint: x:1, tls: { cert_file: a } }", /"cert_file" is set without "key_file"/],
    ["{ endpoint: x:1, compression: snappy }", /"snappy" is not one of gzip, zstd, none/],
  ])("refuses the config %s", async (yaml, message) => {
    await expect(runExporter(otlpExporter, yaml)).rejects.toThrow(message);
  });
});
