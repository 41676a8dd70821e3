import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { connect as connectTcp, type AddressInfo } from "node:net";
import { otlpExporter } from "@tracecore/exporter-otlp";
import { runExporter } from "@tracecore/testkit";
import { manualClock } from "@tracecore/core";
import { describe, expect, test, vi } from "vitest";
import { GrpcClient } from "../src/grpc-client.ts";

import { backend, records, said, start, until } from "./backend.ts";

describe("connections of the otlp exporter", () => {
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

  test("tries again when there is no connection", async () => {
    const gone = await backend();
    await gone[Symbol.asyncDispose]();
    await using exporter = await start(gone);
    await exporter.consume(records(1));
    await until(exporter, () => exporter.logs.length > 0);
    expect(said(exporter)[0]).toMatch(/^cannot send: connect ECONNREFUSED 127\.0\.0\.1:\d+; tries again$/);
    await exporter.stopHard();
  });

  test("uses TLS where authorities are named, whatever insecure says", async () => {
    await expect(
      runExporter(otlpExporter, '{ endpoint: "127.0.0.1:1", tls: { insecure: true, ca_file: /nowhere/ca.pem } }'),
    ).rejects.toThrow("cannot read the TLS file /nowhere/ca.pem");
  });
});
