import { conformance, runExtension, testServiceView } from "@tracecore/testkit";
import { describe, expect, test } from "vitest";
import { healthCheckExtension } from "../src/extension.ts";

/** A collector with two pipelines from one receiver, and a health_check with these options. */
async function started(options = "") {
  const view = testServiceView();
  for (const [kind, id] of [
    ["extension", "health_check"],
    ["receiver", "otlp"],
    ["exporter", "backend"],
    ["exporter", "archive"],
  ] as const) {
    view.component(kind, id);
  }
  view.state.pipelines = [
    ["traces", "backend"],
    ["traces/archive", "archive"],
  ].map(([id = "", exporter]) => ({
    id,
    signal: "traces",
    receivers: ['receiver "otlp"'],
    processors: [],
    exporters: [`exporter "${exporter}"`],
  }));
  const yaml = `{ endpoint: "127.0.0.1:0"${options === "" ? "" : `, ${options}`} }`;
  const running = await runExtension(healthCheckExtension, yaml, { view });
  const [url = ""] = (running.component.running() as AsyncDisposable & { endpoints(): string[] }).endpoints();
  return {
    view,
    url,
    async get(query = ""): Promise<{ code: number; body: Record<string, unknown> }> {
      const response = await fetch(url + query);
      return { code: response.status, body: (await response.json()) as Record<string, unknown> };
    },
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}

const WITH_ERRORS = "component_health: { include_permanent_errors: true, include_recoverable_errors: true }";

describe("health_check extension", () => {
  conformance(healthCheckExtension, '{ endpoint: "127.0.0.1:0" }');

  test("says that all is well", async () => {
    await using one = await started();
    expect(await one.get()).toEqual({
      code: 200,
      body: {
        start_time: "2026-01-01T00:00:00.000Z",
        healthy: true,
        status: "StatusOK",
        status_time: "2026-01-01T00:00:00.000Z",
      },
    });
  });

  test("is not healthy before everything has started, and once the shutdown has begun", async () => {
    await using one = await started();
    one.view.ready = false;
    expect(await one.get()).toMatchObject({ code: 503, body: { healthy: false, status: "StatusStarting" } });
    one.view.ready = true;
    expect(await one.get()).toMatchObject({ code: 200 });
    one.view.ready = false;
    expect(await one.get()).toMatchObject({ code: 503, body: { healthy: false, status: "StatusStopping" } });
  });

  test("shows errors, which by default do not make unhealthy", async () => {
    await using one = await started();
    one.view.component("exporter", "backend", { status: "permanent_error", error: "bad token", unwellForMs: 1e9 });
    expect(await one.get()).toMatchObject({
      code: 200,
      body: { healthy: true, status: "StatusPermanentError", error: "bad token" },
    });
  });

  test("a recoverable error makes unhealthy once it has lasted for the recovery duration", async () => {
    await using one = await started(WITH_ERRORS);
    one.view.component("exporter", "backend", { status: "recoverable_error", error: "refused", unwellForMs: 59_999 });
    expect(await one.get()).toMatchObject({ code: 200, body: { healthy: true, status: "StatusRecoverableError" } });
    one.view.component("exporter", "backend", { status: "recoverable_error", error: "refused", unwellForMs: 60_000 });
    expect(await one.get()).toMatchObject({ code: 500, body: { healthy: false, error: "refused" } });
    one.view.component("exporter", "backend");
    expect(await one.get()).toMatchObject({ code: 200, body: { status: "StatusOK" } });
  });

  test("a component that is restarted again and again counts as one that has not recovered", async () => {
    await using one = await started(`${WITH_ERRORS.slice(0, -2)}, recovery_duration: 10s }`);
    one.view.component("exporter", "backend", { status: "starting", error: undefined, unwellForMs: 10_000 });
    expect(await one.get()).toMatchObject({ code: 500, body: { healthy: false, status: "StatusRecoverableError" } });
  });

  test("a permanent error makes unhealthy at once where it is included", async () => {
    await using one = await started("component_health: { include_permanent_errors: true }");
    one.view.component("exporter", "backend", { status: "permanent_error", error: "bad token", unwellForMs: 0 });
    expect(await one.get()).toMatchObject({ code: 500, body: { healthy: false, status: "StatusPermanentError" } });
  });

  test("the error that counts stands for the whole, not the one that does not", async () => {
    await using one = await started("component_health: { include_recoverable_errors: true, recovery_duration: 0s }");
    one.view.component("exporter", "archive", { status: "permanent_error", error: "bad token", unwellForMs: 5 });
    one.view.component("exporter", "backend", { status: "recoverable_error", error: "refused", unwellForMs: 5 });
    expect(await one.get()).toMatchObject({ code: 500, body: { status: "StatusRecoverableError", error: "refused" } });
  });

  test("tells pipelines apart", async () => {
    await using one = await started(WITH_ERRORS);
    one.view.component("exporter", "backend", { status: "permanent_error", error: "bad token", unwellForMs: 1 });
    expect(await one.get("?pipeline=traces")).toMatchObject({ code: 500, body: { healthy: false } });
    expect(await one.get("?pipeline=traces/archive")).toMatchObject({ code: 200, body: { healthy: true } });
    const unknown = await fetch(`${one.url}?pipeline=logs`);
    expect([unknown.status, await unknown.text()]).toEqual([
      404,
      "there is no such pipeline. There are: traces, traces/archive\n",
    ]);
  });

  test("shows every component when it is asked to be verbose", async () => {
    await using one = await started();
    one.view.component("exporter", "backend", { status: "recoverable_error", error: "refused", unwellForMs: 1 });
    const well = { healthy: true, status: "StatusOK", status_time: "2026-01-01T00:00:00.000Z" };
    const unwell = { ...well, status: "StatusRecoverableError", error: "refused" };
    const traces = { ...unwell, components: { "receiver:otlp": well, "exporter:backend": unwell } };
    expect((await one.get("?verbose")).body).toEqual({
      start_time: "2026-01-01T00:00:00.000Z",
      ...unwell,
      components: {
        extensions: { ...well, components: { "extension:health_check": well } },
        "pipeline:traces": traces,
        "pipeline:traces/archive": { ...well, components: { "receiver:otlp": well, "exporter:archive": well } },
      },
    });
    expect((await one.get("?pipeline=traces&verbose")).body).toEqual({
      start_time: "2026-01-01T00:00:00.000Z",
      ...traces,
    });
  });

  test("answers with the texts of response_body", async () => {
    await using one = await started("response_body: { healthy: up, unhealthy: down }");
    expect(await (await fetch(one.url)).text()).toBe("up");
    one.view.ready = false;
    const response = await fetch(one.url);
    expect([response.status, await response.text()]).toEqual([503, "down"]);
    expect((await one.get("?verbose")).body).toMatchObject({ healthy: false });
  });

  test("answers on its path only, and to GET and HEAD only", async () => {
    await using one = await started("path: /health");
    expect((await fetch(one.url, { method: "HEAD" })).status).toBe(200);
    expect((await fetch(one.url, { method: "POST" })).status).toBe(405);
    const other = await fetch(new URL("/", one.url));
    expect([other.status, await other.text()]).toEqual([404, "not found. There is /health\n"]);
  });

  test.each([
    ["/", "/healthz", 200],
    ["/health/", "/health/ready", 200],
    ["/health/", "/healthy", 404],
    ["/health", "/health/ready", 404],
  ])("answers below a path that ends with a slash (path %s, asked for %s)", async (path, asked, status) => {
    await using one = await started(`path: ${path}`);
    expect((await fetch(new URL(asked, one.url))).status).toBe(status);
  });

  test("loads the options that configs of the Collector have", async () => {
    const ignored =
      "check_collector_pipeline: { enabled: false, interval: 5m, exporter_failure_threshold: 5 }, use_v2: true";
    await using one = await started(ignored);
    expect(await one.get()).toMatchObject({ code: 200 });
  });

  test("knows of itself only where there is no service to look at", async () => {
    await using running = await runExtension(healthCheckExtension, '{ endpoint: "127.0.0.1:0" }');
    const [url = ""] = (running.component.running() as AsyncDisposable & { endpoints(): string[] }).endpoints();
    expect((await fetch(url)).status).toBe(200);
    expect((await fetch(`${url}?pipeline=traces`)).status).toBe(404);
  });
});
