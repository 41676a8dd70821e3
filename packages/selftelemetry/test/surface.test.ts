import { once } from "node:events";
import { readdirSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";
import { manualClock, systemClock } from "@tracecore/core";
import { PrometheusRegistry } from "@tracecore/prometheus";
import { describe, expect, test } from "vitest";
import { startSelfTelemetry, telemetryConfig, type EnabledTelemetryConfig } from "../src/selftelemetry.ts";
import { createSurface, type Surface, type SurfaceOptions } from "../src/surface.ts";
import { capturedLogger } from "./captured-logger.ts";
import { ask, rawConnection, until } from "../../core/test/http/requests.ts";
import { running } from "./running.ts";

const noEvents = { panic: () => {}, scrapeRefused: () => {}, exited: () => {}, tlsReload: () => {} };

function surface(changes: Partial<SurfaceOptions> = {}, block: Record<string, unknown> = {}): Surface {
  const parsed = telemetryConfig.parse({ enabled: true, listen: "127.0.0.1:0", ...block }) as EnabledTelemetryConfig;
  return createSurface({
    config: parsed,
    ready: () => true,
    registry: new PrometheusRegistry({
      strategy: "UnderscoreEscapingWithoutSuffixes",
      scopeLabels: false,
      targetInfo: false,
      resourceToTelemetry: false,
      sendTimestamps: false,
      maxSeries: 10,
      metricExpirationMs: 1,
      clock: systemClock,
    }),
    collect: () => Promise.resolve([]),
    events: noEvents,
    logger: capturedLogger(),
    clock: systemClock,
    ...changes,
  });
}

async function takenPort(): Promise<{ readonly port: number } & AsyncDisposable> {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, "close");
    },
  };
}

const fds = () => readdirSync("/proc/self/fd").length;
const handles = () => process.getActiveResourcesInfo().filter((kind) => kind !== "Timeout").length;

async function cycle(): Promise<void> {
  await using server = await running();
  await server.samples();
  await server.get("/healthz");
}

describe("starting and stopping", () => {
  test("tracecore #43: a port that is taken fails the start, and says which option to change", async () => {
    await using taken = await takenPort();
    const config = telemetryConfig.parse({ enabled: true, listen: `127.0.0.1:${taken.port}` });
    const buildInfo = { command: "", description: "", version: "" };
    const start = startSelfTelemetry({ config, buildInfo, logger: capturedLogger(), clock: systemClock });
    await expect(start).rejects.toMatchObject({
      code: "address-in-use",
      message: `cannot listen on 127.0.0.1:${taken.port}: the address is in use`,
      remedy: "Stop the other process, or set telemetry.listen to another port",
    });
  });

  test("tracecore #44: stopping after a failed start returns at once", async () => {
    await using taken = await takenPort();
    const failed = surface({ clock: manualClock() }, { listen: `127.0.0.1:${taken.port}` });
    await expect(failed.start()).rejects.toMatchObject({ code: "address-in-use" });
    await failed.shutdown();
    expect(failed.address).toBe(undefined);
  });

  test("tracecore #45: starting twice is an error", async () => {
    const twice = surface();
    await twice.start();
    await expect(twice.start()).rejects.toMatchObject({
      code: "surface-started",
      message: "the operator surface was started already, and can be started once",
    });
    await twice.shutdown();
  });

  test("tracecore #46: stopping twice, or without a start, does nothing", async () => {
    const never = surface();
    await never.shutdown();
    const plain = surface();
    await plain.start();
    const { port } = plain.address!;
    await Promise.all([plain.shutdown(), plain.shutdown()]);
    await plain.shutdown();
    await expect(ask({ port })).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  test("tracecore #69: a path that the config refuses is refused by the server with the same words", () => {
    for (const path of ["m", "/a b", "/a\tb", "/a?x", "/a#y", "/a\0"]) {
      const problem = telemetryConfig.safeParse({ enabled: true, paths: { metrics: path } }).error?.issues[0]?.message;
      const config = telemetryConfig.parse({ enabled: true }) as EnabledTelemetryConfig;
      const paths = { ...config.paths, metrics: path };
      expect(() => surface({ config: { ...config, paths } })).toThrow(
        expect.objectContaining({ code: "telemetry-path-invalid", message: `telemetry.paths.metrics: ${problem}` }),
      );
    }
    const config = telemetryConfig.parse({ enabled: true }) as EnabledTelemetryConfig;
    expect(() => surface({ config: { ...config, paths: { ...config.paths, readyz: "/healthz" } } })).toThrow(
      "telemetry.paths.readyz: must differ from the other paths",
    );
  });

  test("tracecore #62: ten starts and stops leave no handle and no file descriptor behind", async () => {
    await cycle(); // What is loaded once is no leak.
    const before = { fds: fds(), handles: handles() };
    for (let i = 0; i < 10; i++) await cycle();
    await until(() => handles() <= before.handles);
    expect(fds() - before.fds).toBeLessThanOrEqual(3);
  });

  test("tracecore #67: a provider that cannot shut down is a warning, and the rest is closed", async () => {
    const server = await running();
    const { meterProvider } = server.telemetry;
    (meterProvider as unknown as { shutdown: () => Promise<void> }).shutdown = () => Promise.reject(new Error("stuck"));
    await server.telemetry.shutdown();
    await server.telemetry.shutdown();
    expect(server.lines).toEqual(["warn cannot shut the meter provider down: stuck"]);
    await expect(server.get("/healthz")).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  test("an address beyond loopback without TLS is a warning", async () => {
    await using open = await running({ config: { listen: "0.0.0.0:0" } });
    expect(open.lines).toEqual([
      "warn telemetry.listen: 0.0.0.0:0 is open to the network without TLS. Set telemetry.tls, or listen on localhost",
    ]);
    await using loopback = await running();
    expect(loopback.lines).toEqual([]);
  });

  test("tracecore #42: by default it is localhost:8888", () => {
    expect(telemetryConfig.parse({ enabled: true })).toMatchObject({ listen: { host: "localhost", port: 8888 } });
  });
});

describe("probes", () => {
  test.each(["/metrics", "/healthz", "/readyz"])(
    "tracecore #47: HEAD %s has the status and headers of GET",
    async (path) => {
      for (const ready of [true, false]) {
        await using server = await running({ ready: () => ready });
        const get = await server.get(path);
        const head = await server.get(path, { method: "HEAD" });
        expect(head.status).toBe(get.status);
        expect({ ...head.headers, date: "" }).toEqual({ ...get.headers, date: "" });
        expect(head.text).toBe("");
      }
    },
  );

  test("tracecore #48: without a readiness predicate the process is never ready", async () => {
    const plain = surface({ ready: undefined });
    await plain.start();
    expect(await ask({ port: plain.address!.port, path: "/readyz" })).toMatchObject({ status: 503, text: "not ready" });
    await plain.shutdown();
  });

  test("tracecore #49 #50 #51: ready only between the start of the last component and the drain, alive all the time", async () => {
    let ready = false;
    await using server = await running({ ready: () => ready });
    const both = async () => {
      const [health, readiness] = [await server.get("/healthz"), await server.get("/readyz")];
      return [health.status, health.text, readiness.status, readiness.text];
    };
    expect(await both()).toEqual([200, "ok", 503, "not ready"]);
    ready = true;
    expect(await both()).toEqual([200, "ok", 200, "ready"]);
    ready = false;
    expect(await both()).toEqual([200, "ok", 503, "not ready"]);
  });

  test("tracecore #52: once the shutdown has begun, a kept connection gets 503 from both", async () => {
    await using server = await running();
    const { socket, received, closed } = await rawConnection(server.port);
    const send = async (path: string) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\n\r\n`, () => resolve());
      await promise;
    };
    await send("/healthz");
    await until(() => received().includes('{"status":"ok"}'));
    await send("/healthz");
    await server.telemetry.shutdown();
    await closed;
    expect(received()).toContain("HTTP/1.1 503 Service Unavailable\r\nCache-Control: no-store");
    expect(received()).toContain('{"status":"shutting down"}');
  });

  test("tracecore #52: readiness says so as well", async () => {
    const plain = surface();
    await plain.start();
    const { socket, received, closed } = await rawConnection(plain.address!.port);
    socket.write("GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n");
    await until(() => received().includes("ready"));
    const { promise, resolve } = Promise.withResolvers<void>();
    socket.write("GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n", () => resolve());
    await promise;
    await plain.shutdown();
    await closed;
    expect(received()).toContain("\r\n\r\nshutting down");
  });

  test.each([
    ["tracecore #53", "application/json", "application/json", '{"status":"ok"}'],
    ["tracecore #54", "text/plain, application/json", "text/plain; charset=utf-8", "ok"],
    ["a quality", "text/plain;q=0.1, application/json", "application/json", '{"status":"ok"}'],
    ["tracecore #55", ";;q=,/", "text/plain; charset=utf-8", "ok"],
    ["neither", "image/png", "text/plain; charset=utf-8", "ok"],
  ])("%s: Accept %s gets %s", async (_case, accept, type, body) => {
    await using server = await running();
    const answer = await server.get("/healthz", { headers: { Accept: accept } });
    expect(answer).toMatchObject({ status: 200, text: body, headers: { "content-type": type } });
  });

  test("tracecore #53: each state has its JSON", async () => {
    await using server = await running({ ready: () => false });
    const headers = { Accept: "application/json" };
    expect(await server.get("/readyz", { headers })).toMatchObject({ status: 503, text: '{"status":"not ready"}' });
  });

  test("tracecore #56: no probe answer may be stored", async () => {
    await using server = await running();
    for (const path of ["/healthz", "/readyz"]) {
      for (const accept of ["application/json", "text/plain"]) {
        expect((await server.get(path, { headers: { Accept: accept } })).headers["cache-control"]).toBe("no-store");
      }
    }
  });

  test("tracecore #57: a predicate that throws is 500 and logged, and the next request is fine", async () => {
    let broken = true;
    await using server = await running({
      ready: () => {
        if (broken) throw new Error("cannot tell");
        return true;
      },
    });
    expect(await server.get("/readyz")).toMatchObject({ status: 500, text: "internal error\n" });
    broken = false;
    expect(await server.get("/readyz")).toMatchObject({ status: 200 });
    expect(server.lines).toEqual(["error cannot answer readyz: cannot tell"]);
    expect(await server.samples()).toContain('tracecore_selftelemetry_scrape_panics_total{endpoint="readyz"} 1');
  });

  test("paths are those of the config, a query and a trailing slash aside; others and other methods are refused", async () => {
    await using server = await running({ config: { paths: { healthz: "/live/" } } });
    for (const path of ["/live", "/live/", "/live?x=1", "http://proxy.example/live"]) {
      expect(await server.get(path)).toMatchObject({ status: 200, text: "ok" });
    }
    expect(await server.get("/healthz")).toMatchObject({
      status: 404,
      text: "not found. There are /metrics, /live, /readyz\n",
    });
    expect(await server.get("/live", { method: "POST" })).toMatchObject({
      status: 405,
      headers: { allow: "GET, HEAD" },
    });
  });
});

test("tracecore #63: a port that is lost is an error in the log and a count with its reason", async () => {
  const exits: string[] = [];
  const logger = capturedLogger();
  const lost = surface({ logger, events: { ...noEvents, exited: (reason) => exits.push(reason) } });
  await lost.start();
  const { port } = lost.address!;
  const server = (process as unknown as { _getActiveHandles(): unknown[] })
    ._getActiveHandles()
    .find(
      (handle): handle is Server =>
        typeof (handle as Server).close === "function" &&
        typeof (handle as Server).address === "function" &&
        "listening" in (handle as Server) &&
        ((handle as Server).address() as AddressInfo | null)?.port === port,
    )!;
  server.emit("error", Object.assign(new Error("accept EBADF"), { code: "EBADF" }));
  server.close();
  await until(() => exits.length > 0);
  expect(exits).toEqual(["EBADF"]);
  expect(logger.lines.at(-1)).toBe(`error no longer listens on port ${port}: accept EBADF`);
  await lost.shutdown();
});
