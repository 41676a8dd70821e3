import { Agent } from "node:http";
import { describe, expect, test } from "vitest";
import { systemClock } from "../../src/clock/clock.ts";
import { listenHttp, type HttpListener, type ListenOptions } from "../../src/http/http.ts";
import { capturedLogger } from "./captured-logger.ts";
import { certificateFolder } from "./certificates.ts";
import { ask, rawConnection, until } from "./requests.ts";

async function listen(text: string, port: number, changes: Partial<ListenOptions> = {}): Promise<HttpListener> {
  return listenHttp({
    owner: 'exporter "prom"',
    endpoint: { host: "127.0.0.1", port },
    handler: (_request, response) => {
      response.end(text);
    },
    clock: systemClock,
    logger: capturedLogger(),
    ...changes,
  });
}

describe("a listener that takes its own address over", () => {
  test("answers in place of the old one, on connections that were open already too", async () => {
    await using old = await listen("old", 0);
    const { port } = old.address;
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect(await ask({ port, agent })).toMatchObject({ text: "old" });
    await using next = await listen("new", port);
    expect(await ask({ port, agent })).toMatchObject({ text: "new" });
    await old.close();
    expect(await ask({ port, agent })).toMatchObject({ text: "new" });
    expect(next.address).toEqual(old.address);
    agent.destroy();
  });

  test("leaves the old one answering until it is activated, when it stands by", async () => {
    await using old = await listen("old", 0);
    const { port } = old.address;
    await using next = await listen("new", port, { standby: true });
    expect(await ask({ port })).toMatchObject({ text: "old" });
    next.activate();
    expect(await ask({ port })).toMatchObject({ text: "new" });
  });

  test("hands back to the old one when it is closed first", async () => {
    await using old = await listen("old", 0, { limits: { maxHeaderBytes: 4_096 } });
    const { port } = old.address;
    const next = await listen("new", port, { limits: { maxHeaderBytes: 1_024 } });
    const headers = { "X-Long": "a".repeat(2_000) };
    expect(await ask({ port, headers })).toMatchObject({ status: 431 });
    await next.close();
    expect(await ask({ port, headers })).toMatchObject({ status: 200, text: "old" });
  });

  test("refuses nobody while handlers change under load", async () => {
    let current = await listen("0", 0);
    const { port } = current.address;
    const agent = new Agent({ keepAlive: true, maxSockets: 4 });
    const enough = new AbortController();
    let answers = 0;
    const clients = Array.from({ length: 4 }, async () => {
      while (!enough.signal.aborted) {
        expect(await ask({ port, agent })).toMatchObject({ status: 200 });
        expect(await ask({ port })).toMatchObject({ status: 200 });
        answers++;
      }
    });
    for (let i = 1; i <= 20; i++) {
      const seen = answers;
      await until(() => answers > seen);
      const next = await listen(String(i), port);
      await current.close();
      current = next;
    }
    enough.abort();
    await Promise.all(clients);
    expect(await ask({ port })).toMatchObject({ text: "20" });
    agent.destroy();
    await current.close();
  });

  test("waits for what the old one is answering", async () => {
    const go = Promise.withResolvers<void>();
    let asked = false;
    const old = await listen("", 0, {
      handler: async (_request, response) => {
        asked = true;
        await go.promise;
        response.end("old, late");
      },
    });
    const { port } = old.address;
    const late = ask({ port });
    await until(() => asked);
    await using _next = await listen("new", port);
    const closing = old.close(60_000);
    go.resolve();
    await closing;
    expect(await late).toMatchObject({ text: "old, late" });
  });

  test("closes the port with the last of them", async () => {
    const old = await listen("old", 0);
    const next = await listen("new", old.address.port);
    await old.close();
    await next.close();
    await expect(ask({ port: old.address.port })).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  test("can turn TLS on: plain connections end, new ones speak TLS", async () => {
    using folder = certificateFolder();
    const { certFile, keyFile } = folder.issue("server", "first");
    const old = await listen("plain", 0);
    const { port } = old.address;
    const kept = await rawConnection(port);
    kept.socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await until(() => kept.received() !== "");
    await using _next = await listen("secret", port, {
      tls: { cert_file: certFile, key_file: keyFile, min_version: "1.2" },
    });
    await old.close();
    await kept.closed;
    const { readFileSync } = await import("node:fs");
    expect(await ask({ port, secure: true, ca: readFileSync(folder.caFile) })).toMatchObject({ text: "secret" });
  });
});
