import { Agent } from "node:http";
import { freePort } from "@tracecore/testkit";
import { describe, expect, test } from "vitest";
import { defineExporter, systemClock, type Sink } from "../../src/core.ts";
import { noOptions } from "../../src/config/config.ts";
import { listenHttp } from "../../src/http/http.ts";
import type { CheckedComponent } from "../../src/service/config/load-config.ts";
import { ask } from "../http/requests.ts";
import { testGraph, type TestGraph } from "./graph-fixture.ts";

/** An exporter that answers requests on `host:port` with its ID and version. */
function serving(graph: TestGraph, id: string, version: string, port: number, host = "127.0.0.1"): CheckedComponent {
  const factory = defineExporter({
    type: "test",
    stability: { metrics: "stable" },
    config: noOptions(),
    async start(_config, { settings }): Promise<Sink> {
      const listener = await listenHttp({
        owner: `exporter "${settings.id}"`,
        endpoint: { host, port },
        configKey: `exporters.${settings.id}.endpoint`,
        handler: (_request, response) => void response.end(`${id} ${version}`),
        logger: settings.telemetry.logger,
        clock: systemClock,
      });
      return {
        metrics: { consume: () => Promise.resolve() },
        [Symbol.asyncDispose]: () => listener.close(),
      };
    },
  });
  return graph.component("exporter", id, {}, { factory, fingerprint: `${id} ${version}` });
}

const textOf = async (port: number): Promise<string> => (await ask({ port })).text;

describe("a reload that moves ports", () => {
  test("gives the port of an exporter to the one that it is renamed to, without a refused request", async () => {
    const graph = testGraph();
    const port = await freePort();
    const inside = graph.component("receiver", "in");
    await using service = await graph.start(
      graph.config([inside, serving(graph, "old", "1", port)], { metrics: "in >> old" }),
    );
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const enough = new AbortController();
    const asking = (async () => {
      for (; !enough.signal.aborted;) {
        expect(await ask({ port, agent })).toMatchObject({ status: 200 });
        expect(await ask({ port })).toMatchObject({ status: 200 });
      }
    })();
    const report = await service.reload(
      graph.config([inside, serving(graph, "new", "1", port)], { metrics: "in >> new" }),
    );
    expect(report).toMatchObject({ started: ['exporter "new"'], stopped: ['exporter "old"'] });
    expect(await textOf(port)).toBe("new 1");
    enough.abort();
    await asking;
    agent.destroy();
  });

  test("swaps the ports of two exporters", async () => {
    const graph = testGraph();
    const [one, two] = [await freePort(), await freePort()];
    const inside = graph.component("receiver", "in");
    const config = (version: string, a: number, b: number) =>
      graph.config([inside, serving(graph, "a", version, a), serving(graph, "b", version, b)], {
        metrics: "in >> a b",
      });
    await using service = await graph.start(config("1", one, two));
    await service.reload(config("2", two, one));
    expect([await textOf(one), await textOf(two)]).toEqual(["b 2", "a 2"]);
    await service.reload(config("3", one, two));
    expect([await textOf(one), await textOf(two)]).toEqual(["a 3", "b 3"]);
  });

  test("opens to all interfaces what was on loopback", async () => {
    const graph = testGraph();
    const port = await freePort();
    const inside = graph.component("receiver", "in");
    const config = (version: string, host: string) =>
      graph.config([inside, serving(graph, "a", version, port, host)], { metrics: "in >> a" });
    await using service = await graph.start(config("1", "localhost"));
    for (const [version, host] of [
      ["2", "0.0.0.0"],
      ["3", ""],
      ["4", "127.0.0.1"],
    ] as const) {
      await service.reload(config(version, host));
      expect(await textOf(port)).toBe(`a ${version}`);
    }
  });

  test("gives every port back when the new graph does not come up", async () => {
    const graph = testGraph();
    const [one, two] = [await freePort(), await freePort()];
    const inside = graph.component("receiver", "in");
    const config = (version: string, a: number, b: number, host: string, ...more: CheckedComponent[]) =>
      graph.config([inside, serving(graph, "a", version, a, host), serving(graph, "b", version, b), ...more], {
        metrics: `in ${more.map(({ id }) => id).join(" ")} >> a b`,
      });
    await using service = await graph.start(config("1", one, two, "127.0.0.1"));
    const broken = graph.component("receiver", "broken", {
      start() {
        throw new Error("no library");
      },
    });
    for (const host of ["127.0.0.1", "0.0.0.0"]) {
      await expect(service.reload(config("2", two, one, host, broken))).rejects.toMatchObject({ code: "start-failed" });
      expect([await textOf(one), await textOf(two)]).toEqual(["a 1", "b 1"]);
    }
    await service.reload(config("3", two, one, "127.0.0.1"));
    expect([await textOf(one), await textOf(two)]).toEqual(["b 3", "a 3"]);
  });

  test("is refused when the port belongs to a component that stays", async () => {
    const graph = testGraph();
    const port = await freePort();
    const [inside, stays] = [graph.component("receiver", "in"), serving(graph, "stays", "1", port)];
    await using service = await graph.start(graph.config([inside, stays], { metrics: "in >> stays" }));
    const reload = service.reload(
      graph.config([inside, stays, serving(graph, "wants", "1", port)], { metrics: "in >> stays wants" }),
    );
    await expect(reload).rejects.toMatchObject({
      message: 'cannot start exporter "wants" (test.yaml:1:1)',
      cause: {
        code: "address-in-use",
        message: `cannot listen on 127.0.0.1:${port}: exporter "stays" listens there`,
      },
    });
    expect(await textOf(port)).toBe("stays 1");
  });
});
