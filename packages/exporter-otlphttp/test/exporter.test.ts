import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { gunzipSync, gzipSync, inflateSync, zstdDecompressSync } from "node:zlib";
import { otlphttpExporter } from "@tracecore/exporter-otlphttp";
import { emptyResource, emptyScope, logRecords, logs, traces } from "@tracecore/core/pdata";
import { decodeJson, decodeProtobuf, encodeExportResponse, encodeProtobuf, encodeStatus } from "@tracecore/otlp";
import { conformance, metricsOf, runExporter, type RunningExporter } from "@tracecore/testkit";
import { describe, expect, test, vi } from "vitest";
import { backend } from "./backend.ts";

const records = (count: number, body = "something happened"): ReturnType<typeof logs> =>
  logs(Array.from({ length: count }, (_, i) => ({ resource: emptyResource, scope: emptyScope, body: `${body} ${i}` })));

/** Lets what was sent to a real server be answered: I/O takes its time, whatever the clock says. */
async function until(exporter: RunningExporter, done: () => boolean): Promise<void> {
  while (!done()) {
    await new Promise((resolve) => setImmediate(resolve));
    await exporter.clock.advance(0);
  }
}

const protobuf = { "content-type": "application/x-protobuf" };

describe("otlphttp exporter", () => {
  conformance(otlphttpExporter, "endpoint: http://127.0.0.1:1");

  test("does not start without the extension that should sign its requests", async () => {
    await expect(
      runExporter(otlphttpExporter, '{ endpoint: "http://127.0.0.1:1", auth: { authenticator: basicauth } }'),
    ).rejects.toThrow('the authenticator "basicauth" does not run');
  });

  test("sends each signal to its path as compressed protobuf, with the headers of the config", async () => {
    await using server = await backend();
    await using exporter = await runExporter(
      otlphttpExporter,
      `{ endpoint: "${server.url}/base/", headers: { Authorization: Bearer me } }`,
    );
    const batch = records(20);
    await exporter.consume(batch);
    await exporter.consume(traces([]));
    await server.has(1);
    const [{ path, headers, body }] = server.received as [(typeof server.received)[0]];
    expect(path).toBe("/base/v1/logs");
    expect(headers).toMatchObject({
      "content-type": "application/x-protobuf",
      "content-encoding": "gzip",
      authorization: "Bearer me",
    });
    expect([...logRecords(decodeProtobuf("logs", gunzipSync(body)))]).toEqual([...logRecords(batch)]);
  });

  test.each([
    ["zstd", zstdDecompressSync],
    ["deflate", inflateSync],
    ["none", (body: Buffer) => body],
  ] as const)("compresses with %s", async (compression, decompress) => {
    await using server = await backend();
    await using exporter = await runExporter(
      otlphttpExporter,
      `{ endpoint: "${server.url}", compression: ${compression} }`,
    );
    const batch = records(20);
    await exporter.consume(batch);
    await server.has(1);
    expect(server.received[0]!.headers["content-encoding"]).toBe(compression === "none" ? undefined : compression);
    expect(decompress(server.received[0]!.body).equals(encodeProtobuf(batch))).toBe(true);
  });

  test("sends JSON where the config says so", async () => {
    await using server = await backend();
    await using exporter = await runExporter(
      otlphttpExporter,
      `{ endpoint: "${server.url}", encoding: json, compression: none }`,
    );
    await exporter.consume(records(2));
    await server.has(1);
    expect(server.received[0]!.headers["content-type"]).toBe("application/json");
    expect(decodeJson("logs", server.received[0]!.body.toString()).itemCount).toBe(2);
  });

  test("sends what came in compressed as it came, byte for byte", async () => {
    await using server = await backend();
    await using exporter = await runExporter(otlphttpExporter, `{ endpoint: "${server.url}" }`);
    const bytes = encodeProtobuf(records(50));
    const compressed = gzipSync(bytes, { level: 9 });
    await exporter.consume(decodeProtobuf("logs", bytes, { encoding: "gzip", bytes: compressed }));
    await server.has(1);
    expect(server.received[0]!.body.equals(compressed)).toBe(true);
  });

  test.each([
    ...[429, 502, 503, 504].map((status) => [status, "60", 60_000] as const),
    // An hour is the most.
    ...["1000000000", "9".repeat(400)].map((seconds) => [429, seconds, 3_600_000] as const),
  ])("F13: tries again after HTTP %i, as late as Retry-After %s says", async (status, seconds, afterMs) => {
    await using server = await backend();
    await using exporter = await runExporter(
      otlphttpExporter,
      `{ endpoint: "${server.url}", retry_on_failure: { randomization_factor: 0, max_elapsed_time: 0s } }`,
    );
    server.answerNext((response) => response.writeHead(status, { "retry-after": seconds }).end());
    await exporter.consume(records(1));
    await until(exporter, () => exporter.logs.length > 0);
    expect(exporter.logs.map(({ message }) => message)).toEqual([`cannot send: HTTP ${status}; tries again`]);
    await exporter.clock.advance(afterMs - 1);
    expect(server.received).toHaveLength(1);
    await exporter.clock.advance(1);
    await server.has(2);
  });

  test.each([
    [400, encodeStatus({ code: 3, message: "bad data" }), protobuf, "HTTP 400: bad data"],
    [401, '{"code":16,"message":"who are you"}', { "content-type": "application/json" }, "HTTP 401: who are you"],
    [
      400,
      JSON.stringify({ message: "x".repeat(9_000) }),
      { "content-type": "application/json" },
      `HTTP 400: ${"x".repeat(200)}`,
    ],
    [500, "<html>oops\u0007</html>", { "content-type": "text/html" }, "HTTP 500: <html>oops </html>"],
  ])("drops what the backend answers with HTTP %i, and says why", async (status, body, headers, reason) => {
    await using server = await backend();
    await using exporter = await runExporter(otlphttpExporter, `{ endpoint: "${server.url}" }`);
    server.answerNext((response) => response.writeHead(status, headers).end(body));
    await exporter.consume(records(3));
    await until(exporter, () => exporter.logs.length > 0);
    expect(exporter.logs.map(({ message }) => message)).toEqual([`dropped 3 items: ${reason}`]);
  });

  test("shows nothing of a long token that the backend repeats", async () => {
    await using server = await backend();
    const token = "0123456789".repeat(40);
    const headers = `headers: { authorization: "Bearer ${token}" }`;
    await using exporter = await runExporter(otlphttpExporter, `{ endpoint: "${server.url}", ${headers} }`);
    server.answerNext((response) => response.writeHead(401).end(`unknown: Bearer ${token}`));
    await exporter.consume(records(3));
    await until(exporter, () => exporter.logs.length > 0);
    expect(exporter.logs.map(({ message }) => message)).toEqual(["dropped 3 items: HTTP 401: unknown: [redacted]"]);
  });

  test("counts what the backend rejects of a batch as dropped", async () => {
    await using server = await backend();
    await using exporter = await runExporter(otlphttpExporter, `{ endpoint: "${server.url}" }`);
    server.answerNext((response) =>
      response.writeHead(200, protobuf).end(encodeExportResponse({ rejectedItems: 2, message: "too old" })),
    );
    await exporter.consume(records(3));
    await until(exporter, () => exporter.logs.length > 0);
    expect(exporter.logs.map(({ message }) => message)).toEqual([
      "dropped 2 items: the backend rejected them: too old",
    ]);
  });

  test.each(["proto", "json"])("drops a signal for which there is no endpoint, with %s", async (encoding) => {
    await using exporter = await runExporter(
      otlphttpExporter,
      `{ logs_endpoint: "http://127.0.0.1:1/v1/logs", encoding: ${encoding} }`,
    );
    await exporter.consume(
      metricsOf([
        { name: "one", value: 1 },
        { name: "two", value: 2 },
      ]),
    );
    await until(exporter, () => exporter.logs.length > 0);
    expect(exporter.logs.map(({ message }) => message)).toEqual(["dropped 2 items: no endpoint is set for metrics"]);
  });

  test("sends in halves what is too large for the backend", async () => {
    await using server = await backend();
    await using exporter = await runExporter(otlphttpExporter, `{ endpoint: "${server.url}", compression: none }`);
    server.answerNext((response) => response.writeHead(413).end());
    await exporter.consume(records(4));
    await server.has(3);
    expect(server.received.slice(1).map(({ body }) => decodeProtobuf("logs", body).itemCount)).toEqual([2, 2]);
  });

  test("keeps its connection open for the next request", async () => {
    await using server = await backend();
    await using exporter = await runExporter(otlphttpExporter, `{ endpoint: "${server.url}" }`);
    for (const count of [1, 2, 3]) {
      await exporter.consume(records(1));
      await server.has(count);
      await until(exporter, () => true);
    }
    expect(server.connections()).toBeLessThanOrEqual(2);
  });

  test.each([
    ["zlib", "deflate"],
    ["", "none"],
  ])('takes the compression "%s" of the Collector for %s', (given, compression) => {
    expect(otlphttpExporter.config.parse({ endpoint: "http://x", compression: given })).toMatchObject({ compression });
  });

  test("compresses as well as the config says", async () => {
    await using server = await backend();
    for (const [compression, level] of [
      ["gzip", 9],
      ["zstd", 19],
    ] as const) {
      const sizes: number[] = [];
      for (const params of ["{}", `{ level: ${level} }`, "{ level: 0 }"]) {
        await using exporter = await runExporter(
          otlphttpExporter,
          `{ endpoint: "${server.url}", compression: ${compression}, compression_params: ${params} }`,
        );
        const before = server.received.length;
        await exporter.consume(records(500, "a text that is said again and again"));
        await server.has(before + 1);
        sizes.push(server.received.at(-1)!.body.length);
      }
      expect([sizes[1] === sizes[0], sizes[2] === sizes[0]], compression).toEqual([false, true]);
    }
  });

  const alone = ["disable_keep_alives: true", "keepalive: { enabled: false }"];
  test.each(alone)("takes headers as a list, and makes a connection for each request with %s", async (given) => {
    await using server = await backend();
    const headers = "headers: [{ name: x-one, value: two }]";
    await using exporter = await runExporter(otlphttpExporter, `{ endpoint: "${server.url}", ${given}, ${headers} }`);
    for (let i = 1; i <= 2; i++) {
      await exporter.consume(records(1));
      await server.has(i);
    }
    expect([server.received[1]!.headers["x-one"], server.received[1]!.headers.connection]).toEqual(["two", "close"]);
    expect(server.connections()).toBe(2);
  });

  test("sends through a proxy where the config names one", async () => {
    await using proxy = await backend();
    await using exporter = await runExporter(
      otlphttpExporter,
      `{ endpoint: "http://collector.invalid:4318", proxy_url: "${proxy.url}" }`,
    );
    await exporter.consume(records(1));
    await proxy.has(1);
    expect(proxy.received[0]!.path).toBe("http://collector.invalid:4318/v1/logs");
  });

  test("sends through the proxy of the environment, and not to what that excepts", async () => {
    await using proxy = await backend();
    await using server = await backend();
    vi.stubEnv("HTTP_PROXY", proxy.url.replace("//", "//me:secret@"));
    vi.stubEnv("NO_PROXY", "excepted.invalid");
    await using exporter = await runExporter(
      otlphttpExporter,
      `{ endpoint: "http://collector.invalid:4318/x", metrics_endpoint: "${server.url}/own" }`,
    );
    vi.unstubAllEnvs();
    await exporter.consume(records(1));
    await proxy.has(1);
    const [{ path, headers }] = proxy.received as [(typeof proxy.received)[0]];
    expect([path, headers["proxy-authorization"]]).toEqual([
      "http://collector.invalid:4318/x/v1/logs",
      `Basic ${Buffer.from("me:secret").toString("base64")}`,
    ]);
    await exporter.consume(metricsOf([{ name: "one", value: 1 }]));
    await server.has(1);
    expect(exporter.logs.map(({ message }) => message)).toEqual([
      `sends to http://collector.invalid:4318 through the proxy ${new URL(proxy.url).host}`,
    ]);
  });

  test("sends nothing twice that the backend has taken, also when its answer was cut off", async () => {
    await using server = await backend();
    await using exporter = await runExporter(otlphttpExporter, `endpoint: "${server.url}"`);
    const cut = Promise.withResolvers<void>();
    server.answerNext((response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("abc", () => {
        response.destroy();
        cut.resolve();
      });
    });
    await exporter.consume(records(1));
    await cut.promise;
    await exporter.consume(records(1));
    await server.has(2);
    await exporter.clock.advance(60_000);
    expect([server.received.length, exporter.logs]).toEqual([2, []]);
  });

  test("says where a backend has moved to, and does not follow", async () => {
    await using server = await backend();
    await using exporter = await runExporter(otlphttpExporter, `endpoint: "${server.url}"`);
    server.answerNext((response) => response.writeHead(308, { location: "https://new.example/v1/logs" }).end());
    await exporter.consume(records(1));
    await until(exporter, () => exporter.logs.length > 0);
    expect(exporter.logs.map(({ message }) => message)).toEqual([
      "dropped 1 items: HTTP 308: moved to https://new.example/v1/logs. Set the endpoint to it",
    ]);
  });

  test("sends at once on another connection when the backend has closed the one that was open", async () => {
    let requests = 0;
    const server = createServer((socket) => {
      let before = 0;
      socket.on("error", () => {});
      socket.on("data", (chunk: Buffer) => {
        if (!chunk.includes("POST ")) return;
        requests++;
        if (before++ > 0) socket.resetAndDestroy();
        else socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await using exporter = await runExporter(
      otlphttpExporter,
      `{ endpoint: "http://127.0.0.1:${port}", compression: none, max_conns_per_host: 1 }`,
    );
    await exporter.consume(records(1));
    await until(exporter, () => requests === 1);
    await exporter.consume(records(1));
    await until(exporter, () => requests === 3);
    expect(exporter.logs).toEqual([]);
    server.close();
  });

  test("leaves all connections that are open once nobody answers on one of them", async () => {
    let requests = 0;
    let vanished = false;
    const waiting: (() => void)[] = [];
    const server = createServer((socket) => {
      const isNew = vanished;
      socket.on("error", () => {});
      socket.on("data", (chunk: Buffer) => {
        if (!chunk.includes("POST ")) return;
        requests++;
        const answer = (): void => void socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        if (isNew) answer();
        else if (!vanished) waiting.push(answer);
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await using exporter = await runExporter(
      otlphttpExporter,
      `{ endpoint: "http://127.0.0.1:${port}", compression: none, sending_queue: { wait_for_result: true } }`,
    );
    const first = [exporter.consume(records(1)), exporter.consume(records(1)), exporter.consume(records(1))];
    await until(exporter, () => waiting.length === 3);
    for (const answer of waiting) answer();
    await Promise.all(first);
    vanished = true;
    const sent = exporter.consume(records(1));
    await until(exporter, () => requests === 4);
    await exporter.clock.advance(30_000);
    await until(exporter, () => exporter.logs.length > 0);
    await exporter.clock.advance(7_500);
    await until(exporter, () => requests === 5);
    await sent;
    expect(exporter.logs[0]!.message).toBe("cannot send: no answer within 30000 ms; tries again");
    server.close();
  });

  test("tries again when there is no connection", async () => {
    const gone = await backend();
    await gone[Symbol.asyncDispose]();
    await using exporter = await runExporter(otlphttpExporter, `{ endpoint: "${gone.url}" }`);
    await exporter.consume(records(1));
    await until(exporter, () => exporter.logs.length > 0);
    expect(exporter.logs[0]!.message).toMatch(/^cannot send: connect ECONNREFUSED 127\.0\.0\.1:\d+; tries again$/);
    await exporter.stopHard();
  });

  test("takes an empty proxy for none", () => {
    const given = { endpoint: "http://x", proxy_url: "" };
    expect(otlphttpExporter.config.parse(given)).toMatchObject({ proxy_url: undefined });
  });

  test.each([
    ["{}", /no endpoint is set\. Set "endpoint"/],
    ["endpoint: localhost:4318", /expected a URL such as "https:\/\/collector\.example:4318"/],
    ['{ endpoint: "http://x", headers: { "a b": c } }', /expected the name of a header/],
    ["{ endpoint: http://x, compression_params: { level: 10 } }", /expected a level of at most 9 for gzip/],
    ["{ endpoint: http://x, cookies: { enabled: true } }", /cookies of the backend are not kept/],
    ["endpoint: http://x/?token=a", /a path is put behind it, so that it can have no "\?"\. Set the whole URLs/],
    ['{ endpoint: "http://x", headers: { Connection: close } }', /it speaks of the connection/],
    ["endpoint: http://x:99999", /expected a URL such as "https:\/\/collector\.example:4318"/],
    ["{ endpoint: http://x, compression: snappy }", /"snappy" is not one of gzip, zstd, deflate, none/],
  ])("refuses the config %s", async (yaml, message) => {
    await expect(runExporter(otlphttpExporter, yaml)).rejects.toThrow(message);
  });
});
