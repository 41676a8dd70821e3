import { connect } from "node:http2";
import { Client, credentials, type ClientReadableStream, type ServiceError } from "@grpc/grpc-js";
import { runExtension, testServiceView } from "@tracecore/testkit";
import { describe, expect, test } from "vitest";
import { healthCheckExtension } from "../src/extension.ts";

const [SERVING, NOT_SERVING, SERVICE_UNKNOWN] = [1, 2, 3];
const [INVALID, NOT_FOUND, EXHAUSTED, UNIMPLEMENTED, UNAVAILABLE] = [3, 5, 8, 12, 14];
const PATH = "/grpc.health.v1.Health/";

/** A collector with one pipeline that is asked by gRPC. */
async function started(options = "") {
  const view = testServiceView();
  view.component("receiver", "otlp");
  view.component("exporter", "backend");
  const [receiver, exporter] = ['receiver "otlp"', 'exporter "backend"'];
  view.state.pipelines = [
    { id: "traces/a", signal: "traces", receivers: [receiver], processors: [], exporters: [exporter] },
  ];
  const yaml = `{ use_v2: true, grpc: { endpoint: "127.0.0.1:0" }, ${options} }`;
  const running = await runExtension(healthCheckExtension, yaml, { view });
  const urls = (running.component.running() as AsyncDisposable & { endpoints(): string[] }).endpoints();
  const client = new Client(new URL(urls.at(-1)!).host, credentials.createInsecure());
  return {
    clock: running.clock,
    view,
    urls,
    /** The status that Check gives, or the code of its error. */
    check(service = "", path = `${PATH}Check`): Promise<number | { code: number; details: string }> {
      const { promise, resolve } = Promise.withResolvers<number | { code: number; details: string }>();
      client.makeUnaryRequest(path, requestOf, statusOf, service, (error, status) =>
        resolve(error === null ? status! : { code: error.code, details: error.details }),
      );
      return promise;
    },
    watch: (service = "") => client.makeServerStreamRequest(`${PATH}Watch`, requestOf, statusOf, service),
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]();
      client.close();
    },
  };
}

/** A `HealthCheckRequest`: field 1 is the service. */
function requestOf(service: string): Buffer {
  const text = Buffer.from(service);
  if (text.length === 0) return Buffer.alloc(0);
  const length = text.length < 128 ? [text.length] : [(text.length % 128) + 128, Math.floor(text.length / 128)];
  return Buffer.concat([Buffer.from([0x0a, ...length]), text]);
}

function statusOf(response: Buffer): number {
  expect([response.length, response[0]]).toEqual([2, 0x08]);
  return response[1]!;
}

/** What a stream brings, one after the other. */
function inTurn(stream: ClientReadableStream<number>): () => Promise<number | undefined> {
  stream.on("error", () => {});
  const values = stream[Symbol.asyncIterator]();
  return async () => ((await values.next()) as IteratorResult<number, undefined>).value;
}

describe("health_check extension by gRPC", () => {
  test("answers for the whole and for a pipeline, and opens no other port with use_v2", async () => {
    await using one = await started();
    expect(one.urls).toHaveLength(1);
    expect(await one.check()).toBe(SERVING);
    expect(await one.check("traces/a")).toBe(SERVING);
    expect(await one.check("traces")).toEqual({ code: NOT_FOUND, details: 'there is no pipeline "traces"' });
    one.view.ready = false;
    expect(await one.check()).toBe(NOT_SERVING);
  });

  test("counts errors as component_health says", async () => {
    await using one = await started("component_health: { include_permanent_errors: true }");
    one.view.component("exporter", "backend", { status: "recoverable_error", unwellForMs: 1e9 });
    expect(await one.check()).toBe(SERVING);
    one.view.component("exporter", "backend", { status: "permanent_error", unwellForMs: 0 });
    expect([await one.check(), await one.check("traces/a")]).toEqual([NOT_SERVING, NOT_SERVING]);
  });

  test("tells who watches each change, and that a pipeline is not there yet", async () => {
    await using one = await started("component_health: { include_recoverable_errors: true, recovery_duration: 10s }");
    const next = inTurn(one.watch());
    const other = inTurn(one.watch("logs"));
    expect([await next(), await other()]).toEqual([SERVING, SERVICE_UNKNOWN]);
    one.view.component("exporter", "backend", { status: "recoverable_error", unwellForMs: 9_000 });
    await one.clock.advance(1_000);
    one.view.component("exporter", "backend", { status: "recoverable_error", unwellForMs: 10_000 });
    one.view.state.pipelines.push({ ...one.view.state.pipelines[0]!, id: "logs", signal: "logs" });
    await one.clock.advance(1_000);
    expect([await next(), await other()]).toEqual([NOT_SERVING, NOT_SERVING]);
    one.view.component("exporter", "backend");
    await one.clock.advance(1_000);
    expect([await next(), await other()]).toEqual([SERVING, SERVING]);
  });

  test("ends what is watched when it stops", async () => {
    const one = await started();
    const stream = one.watch();
    const { promise, resolve } = Promise.withResolvers<number>();
    stream.on("error", (error: ServiceError) => resolve(error.code));
    stream.once("data", () => void one[Symbol.asyncDispose]());
    expect(await promise).toBe(UNAVAILABLE);
  });

  test("refuses what it does not know", async () => {
    await using one = await started();
    expect(await one.check("", `${PATH}List`)).toEqual({
      code: UNIMPLEMENTED,
      details: "there is no method /grpc.health.v1.Health/List",
    });
    expect(await one.check("a".repeat(5_000))).toEqual({ code: EXHAUSTED, details: "a request may have 4096 bytes" });
    expect(await one.check("a".repeat(4_000))).toMatchObject({ code: NOT_FOUND });
  });

  test.each([
    ["no message", ""],
    ["a length that is not true", "0000000009"],
    ["a field without its end", "00000000020a05"],
    ["a number without its end", "000000000280ff"],
    ["a group, which has no length", "00000000010b"],
  ])("takes %s for no request", async (_, hex) => {
    await using one = await started();
    const session = connect(one.urls[0]!);
    const stream = session.request({
      ":method": "POST",
      ":path": `${PATH}Check`,
      "content-type": "application/grpc",
    });
    const { promise, resolve } = Promise.withResolvers<unknown>();
    stream.once("response", (headers) => resolve(headers["grpc-status"]));
    stream.end(Buffer.from(hex, "hex"));
    expect(await promise).toBe(String(INVALID));
    session.destroy();
  });

  test("skips fields that it does not know", async () => {
    await using one = await started();
    const session = connect(one.urls[0]!);
    const stream = session.request({ ":method": "POST", ":path": `${PATH}Check`, "content-type": "application/grpc" });
    // A number, 8 bytes, 4 bytes and a text, then nothing.
    const message = Buffer.from("1001190000000000000000250000000022026162", "hex");
    const prefix = Buffer.from([0, 0, 0, 0, message.length]);
    const parts: Buffer[] = [];
    stream.on("data", (part: Buffer) => parts.push(part));
    stream.end(Buffer.concat([prefix, message]));
    await new Promise((resolve) => stream.once("end", resolve));
    expect(Buffer.concat(parts).toString("hex")).toBe(`00000000020801`);
    session.destroy();
  });

  test("cuts off who sends no request, and closes connections without a call", async () => {
    await using one = await started("limits: { request_timeout: 5s, keep_alive_timeout: 20s }");
    const session = connect(one.urls[0]!);
    const stream = session.request({ ":method": "POST", ":path": `${PATH}Check`, "content-type": "application/grpc" });
    const { promise, resolve } = Promise.withResolvers<unknown>();
    stream.once("response", (headers) => resolve(headers["grpc-status"]));
    await new Promise((ready) => session.ping(ready));
    await one.clock.advance(5_000);
    expect(await promise).toBe("4");
    stream.resume();
    stream.end();
    await new Promise((gone) => stream.once("close", gone));
    await new Promise((ready) => session.ping(ready));
    const closed = new Promise((gone) => session.once("close", gone));
    await one.clock.advance(20_000);
    await closed;
    expect(session.closed).toBe(true);
  });
});

describe("health_check extension with an http block", () => {
  test("answers there and nowhere else", async () => {
    await using one = await started('http: { endpoint: "127.0.0.1:0", status: { path: /health } }');
    expect(one.urls).toHaveLength(2);
    expect(new URL(one.urls[0]!).pathname).toBe("/health");
    expect((await fetch(one.urls[0]!)).status).toBe(200);
  });

  test("opens no port for a probe that is turned off, and says where the config is shown", async () => {
    await using one = await started("http: { status: { enabled: false } }");
    expect(one.urls).toHaveLength(1);
    await expect(started("http: { auth: { authenticator: a } }")).rejects.toThrow(
      "http.auth: requests are not authenticated here.",
    );
    await expect(started("http: { config: { enabled: true } }")).rejects.toThrow(
      "http.config: the config in force is shown by the extension zpages. Leave it out",
    );
  });
});
