import { once } from "node:events";
import { Agent } from "node:http";
import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { systemClock } from "../../src/clock/clock.ts";
import { handOver } from "../../src/http/hand-over.ts";
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

const loopback = { host: "127.0.0.1" };
const owners = { a: 'exporter "a"', b: 'exporter "b"' };

describe("a port that goes to another component", () => {
  test("is refused to it, with the name of who has it, unless that one is on its way out", async () => {
    await using a = await listen("a", 0, { owner: owners.a });
    const { port } = a.address;
    const configKey = "exporters.b.endpoint";
    const refused = { code: "address-in-use", remedy: "Set exporters.b.endpoint to another port" };
    const asB = { owner: owners.b, configKey };
    await expect(listen("b", port, asB)).rejects.toMatchObject({
      ...refused,
      message: `cannot listen on 127.0.0.1:${port}: exporter "a" listens there`,
    });
    await expect(listen("b", port, { ...asB, endpoint: { host: "0.0.0.0", port } })).rejects.toMatchObject({
      ...refused,
      message: `cannot listen on 0.0.0.0:${port}: exporter "a" listens there`,
    });
    const leaving = handOver(new Set([owners.a]));
    const b = await listen("b", port, asB);
    leaving[Symbol.dispose]();
    expect(await ask({ port })).toMatchObject({ text: "b" });
    await b.close();
    expect(await ask({ port })).toMatchObject({ text: "a" });
  });

  test("goes to one only, also while its holder leaves", async () => {
    await using a = await listen("a", 0, { owner: owners.a });
    const { port } = a.address;
    using _leaving = handOver(new Set([owners.a]));
    await using _again = await listen("a again", port, { owner: owners.a });
    await expect(listen("b", port, { owner: owners.b })).rejects.toMatchObject({
      message: `cannot listen on 127.0.0.1:${port}: exporter "a" listens there`,
    });
  });

  test("can be swapped for the port of that component, without a refused request", async () => {
    const [oldA, oldB] = [await listen("old a", 0, { owner: owners.a }), await listen("old b", 0, { owner: owners.b })];
    const [one, two] = [oldA.address.port, oldB.address.port];
    const enough = new AbortController();
    const asking = [one, two].map(async (port) => {
      let answers = 0;
      for (; !enough.signal.aborted; answers++) expect(await ask({ port })).toMatchObject({ status: 200 });
      return answers;
    });
    using _leaving = handOver(new Set([owners.a, owners.b]));
    const newA = await listen("new a", two, { owner: owners.a });
    const newB = await listen("new b", one, { owner: owners.b });
    await Promise.all([oldA.close(), oldB.close()]);
    expect([await ask({ port: one }), await ask({ port: two })]).toMatchObject([{ text: "new b" }, { text: "new a" }]);
    enough.abort();
    for (const answers of await Promise.all(asking)) expect(answers).toBeGreaterThan(0);
    await Promise.all([newA.close(), newB.close()]);
    await expect(ask({ port: one })).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await expect(ask({ port: two })).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });
});

describe("an address that is spelled anew", () => {
  test("is the same port: localhost holds 127.0.0.1, and gives up only what is not asked for any more", async () => {
    const old = await listen("localhost", 0, { endpoint: { host: "localhost", port: 0 } });
    const { port } = old.address;
    const next = await listen("127.0.0.1", port, { endpoint: { ...loopback, port } });
    expect(await ask({ port })).toMatchObject({ text: "127.0.0.1" });
    await old.close();
    expect(await ask({ port })).toMatchObject({ text: "127.0.0.1" });
    await expect(ask({ port, host: "::1" })).rejects.toMatchObject({ code: "ECONNREFUSED" });
    const both = await listen("both", port, { endpoint: { host: "LOCALHOST", port } });
    await next.close();
    expect([await ask({ port }), await ask({ port, host: "::1" })]).toMatchObject([{ text: "both" }, { text: "both" }]);
    await both.close();
  });

  test.each(["0.0.0.0", "", "::"])(
    "goes from loopback to %j and back, and the old one answers again when the new one goes",
    async (host) => {
      const old = await listen("loopback", 0);
      const { port } = old.address;
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      expect(await ask({ port, agent })).toMatchObject({ text: "loopback" });
      const failed = await listen("wide", port, { endpoint: { host, port } });
      expect([await ask({ port, agent }), await ask({ port })]).toMatchObject([{ text: "wide" }, { text: "wide" }]);
      await failed.close();
      expect([await ask({ port, agent }), await ask({ port })]).toMatchObject([
        { text: "loopback" },
        { text: "loopback" },
      ]);
      const wide = await listen("wide again", port, { endpoint: { host, port } });
      await old.close();
      expect(await ask({ port })).toMatchObject({ text: "wide again" });
      const back = await listen("back", port);
      expect(await ask({ port })).toMatchObject({ text: "back" });
      await wide.close();
      expect(await ask({ port, agent })).toMatchObject({ text: "back" });
      await back.close();
      await expect(ask({ port })).rejects.toMatchObject({ code: "ECONNREFUSED" });
      agent.destroy();
    },
  );

  test("is given back when the new one cannot be had", async () => {
    const old = await listen("loopback", 0);
    const { port } = old.address;
    // A stranger on another address of the port: it stands in the way of the wildcard only.
    const stranger = createServer().listen(port, "127.0.0.2");
    await once(stranger, "listening");
    await expect(listen("wide", port, { endpoint: { host: "0.0.0.0", port } })).rejects.toMatchObject({
      code: "address-in-use",
      message: `cannot listen on 0.0.0.0:${port}: the address is in use`,
    });
    expect(await ask({ port })).toMatchObject({ text: "loopback" });
    stranger.close();
    await old.close();
  });

  test("that cannot be had again is an error in the log, and told to the owner", async () => {
    const logger = capturedLogger();
    const exits: string[] = [];
    const old = await listen("loopback", 0, { logger, onExit: (reason) => exits.push(reason) });
    const { port } = old.address;
    const wide = await listen("wide", port, { endpoint: { host: "0.0.0.0", port } });
    const closing = wide.close();
    // In the moment in which nobody listens, a stranger takes the port.
    const stranger = createServer().listen({ port, host: "127.0.0.1", exclusive: true });
    await closing;
    expect(exits).toEqual(["EADDRINUSE"]);
    expect(logger.lines).toEqual([
      `error cannot listen on port ${port} again: listen EADDRINUSE: address already in use 127.0.0.1:${port}`,
    ]);
    stranger.close();
    await old.close();
  });
});
