import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { systemClock } from "../../src/clock/clock.ts";
import { defaultHttpLimits, listenHttp, type HttpHandler, type ListenOptions } from "../../src/http/http.ts";
import { capturedLogger } from "./captured-logger.ts";
import { ask } from "./requests.ts";

const says =
  (text: string): HttpHandler =>
  (_request, response) => {
    response.end(text);
  };

function options(changes: Partial<ListenOptions> = {}): ListenOptions & { logger: ReturnType<typeof capturedLogger> } {
  return {
    owner: 'exporter "prom"',
    endpoint: { host: "127.0.0.1", port: 0 },
    handler: says("hello"),
    clock: systemClock,
    ...changes,
    logger: capturedLogger(),
  };
}

/** The sockets of this process that listen on `port`. */
function listeningOn(port: number): Server[] {
  const handles = (process as unknown as { _getActiveHandles(): unknown[] })._getActiveHandles();
  return handles.filter(
    (handle): handle is Server =>
      typeof (handle as Server).address === "function" &&
      "listening" in (handle as Server) &&
      ((handle as Server).address() as AddressInfo | null)?.port === port,
  );
}

describe("listenHttp", () => {
  test("answers on the port that the system chose", async () => {
    await using listener = await listenHttp(options());
    expect(listener.address).toEqual({
      host: "127.0.0.1",
      port: listener.address.port,
      text: `127.0.0.1:${listener.address.port}`,
    });
    expect(await ask({ port: listener.address.port })).toMatchObject({ status: 200, text: "hello" });
  });

  test("tracecore #43: an address that another process holds is an error that names it and the option to change", async () => {
    const other = createServer();
    await once(other.listen(0, "127.0.0.1"), "listening");
    const { port } = other.address() as AddressInfo;
    await expect(
      listenHttp(options({ endpoint: { host: "127.0.0.1", port }, configKey: "telemetry.listen" })),
    ).rejects.toMatchObject({
      code: "address-in-use",
      message: `cannot listen on 127.0.0.1:${port}: the address is in use`,
      remedy: "Stop the other process, or set telemetry.listen to another port",
    });
    other.close();
    await once(other, "close");
  });

  test("an address that another component holds is an error that names that component", async () => {
    await using first = await listenHttp(options());
    await expect(
      listenHttp(options({ owner: "telemetry", endpoint: { host: "127.0.0.1", port: first.address.port } })),
    ).rejects.toMatchObject({
      code: "address-in-use",
      message: `cannot listen on ${first.address.text}: exporter "prom" listens there`,
      remedy: "Choose another port",
    });
  });

  test("two components that ask for one port at the same moment: one gets it, the other is told who has it", async () => {
    const probe = await listenHttp(options());
    const { port } = probe.address;
    await probe.close();
    const endpoint = { host: "127.0.0.1", port };
    const results = await Promise.allSettled([
      listenHttp(options({ owner: "one", endpoint })),
      listenHttp(options({ owner: "two", endpoint })),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    expect((results[1] as PromiseRejectedResult).reason).toMatchObject({ code: "address-in-use" });
    await (results[0] as PromiseFulfilledResult<AsyncDisposable>).value[Symbol.asyncDispose]();
  });

  test("a host that is not of this machine is an error with its cause", async () => {
    await expect(
      listenHttp(options({ endpoint: { host: "192.0.2.1", port: 0 }, configKey: "exporters.prom.endpoint" })),
    ).rejects.toMatchObject({
      code: "cannot-listen",
      message: "cannot listen on 192.0.2.1:0",
      remedy: "Check exporters.prom.endpoint",
      cause: { code: "EADDRNOTAVAIL" },
    });
  });

  test("says of a Unix socket what stands in its way", async () => {
    const path = join(tmpdir(), "tracecore-no-such-folder", "s.sock");
    const asked = options({
      endpoint: { host: "", port: 0, path },
      configKey: "receivers.otlp.protocols.http.endpoint",
    });
    await expect(listenHttp(asked)).rejects.toMatchObject({
      code: "address-not-permitted",
      message: `cannot listen on ${path}: the system does not permit it`,
      remedy:
        "Create the folder of the socket and let this user write there, or set receivers.otlp.protocols.http.endpoint to another path",
    });
  });

  test("listens on a Unix socket", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tracecore-socket-"));
    const path = join(folder, "s.sock");
    {
      await using listener = await listenHttp(options({ endpoint: { host: "", port: 0, path } }));
      expect(listener.address.text).toBe(path);
      expect(await ask({ socketPath: path })).toMatchObject({ text: "hello" });
    }
    expect(readdirSync(folder)).toEqual([]);
    rmSync(folder, { recursive: true });
  });

  test("tracecore #42: localhost is 127.0.0.1, and ::1 where there is one, and nothing else", async () => {
    await using listener = await listenHttp(options({ endpoint: { host: "localhost", port: 0 } }));
    const addresses = listeningOn(listener.address.port).map((server) => (server.address() as AddressInfo).address);
    expect(addresses).toContain("127.0.0.1");
    expect(addresses.filter((address) => address !== "127.0.0.1" && address !== "::1")).toEqual([]);
    for (const host of addresses) {
      expect(await ask({ host, port: listener.address.port })).toMatchObject({ text: "hello" });
    }
  });

  test("the default limits are those of the specification", () => {
    expect(defaultHttpLimits).toEqual({
      headerTimeoutMs: 5_000,
      requestTimeoutMs: 10_000,
      writeTimeoutMs: 30_000,
      keepAliveTimeoutMs: 60_000,
      maxHeaderBytes: 8_192,
      maxConnections: 1_000,
      maxWaitingRequests: 20,
      checkIntervalMs: 500,
    });
  });

  test("a handler that throws or rejects is logged and answered with 500, and the next request is fine", async () => {
    let how: "throw" | "reject" | "work" = "throw";
    const settings = options({
      handler: (_request, response) => {
        if (how === "throw") throw new Error("broken");
        if (how === "work") response.end("fine");
        return how === "work" ? Promise.resolve() : Promise.reject(new Error("broken later"));
      },
    });
    await using listener = await listenHttp(settings);
    const { port } = listener.address;
    expect(await ask({ port, path: "/a" })).toMatchObject({ status: 500, text: "internal error\n" });
    how = "reject";
    expect(await ask({ port, path: "/b" })).toMatchObject({ status: 500, text: "internal error\n" });
    how = "work";
    expect(await ask({ port })).toMatchObject({ status: 200, text: "fine" });
    expect(settings.logger.lines).toEqual([
      "error cannot answer GET /a: broken",
      "error cannot answer GET /b: broken later",
    ]);
  });

  test("tracecore #63: a port that is lost is logged with its cause and told to the owner", async () => {
    const { promise, resolve } = Promise.withResolvers<[string, unknown]>();
    const settings = options({ onExit: (reason, error) => resolve([reason, error]) });
    await using listener = await listenHttp(settings);
    const [server] = listeningOn(listener.address.port);
    const cause = Object.assign(new Error("accept EBADF"), { code: "EBADF" });
    server!.emit("error", cause);
    server!.close();
    expect(await promise).toEqual(["EBADF", cause]);
    expect(settings.logger.lines).toEqual([
      "error cannot accept a connection: accept EBADF",
      `error no longer listens on port ${listener.address.port}: accept EBADF`,
    ]);
  });

  test("closing twice is harmless, and the port is free afterwards", async () => {
    const settings = options();
    const listener = await listenHttp(settings);
    await Promise.all([listener.close(), listener.close()]);
    expect(listeningOn(listener.address.port)).toEqual([]);
    await using again = await listenHttp(options({ endpoint: { host: "127.0.0.1", port: listener.address.port } }));
    expect(again.address.port).toBe(listener.address.port);
    expect(settings.logger.lines).toEqual([]);
  });

  test("no response tells which software answers", async () => {
    await using listener = await listenHttp(options());
    const { headers } = await ask({ port: listener.address.port });
    expect(Object.keys(headers).sort()).toEqual(["connection", "content-length", "date"]);
  });
});
