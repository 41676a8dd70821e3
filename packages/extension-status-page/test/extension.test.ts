import { request } from "node:http";
import { conformance, runExtension, testServiceView, type RunningExtension } from "@tracecore/testkit";
import { describe, expect, test } from "vitest";
import { statusPageExtension } from "../src/extension.ts";

/** A collector with one pipeline, and its status page. */
async function started(options = "") {
  const view = testServiceView();
  view.component("receiver", "clock");
  view.component("exporter", "out", {
    status: "recoverable_error",
    error: "refused",
    unwellForMs: 1_500.4,
    restarts: 2,
    queueRatio: 0.25,
  });
  const [from, to] = ['receiver "clock"', 'exporter "out"'];
  view.state.pipelines = [{ id: "metrics", signal: "metrics", receivers: [from], processors: [], exporters: [to] }];
  view.state.edges = [{ pipeline: "metrics", signal: "metrics", from, to, accepted: 5, refused: 1, failed: 0 }];
  view.state.config = [{ path: "exporters.out.token", value: "[redacted]", origin: "tracecore.yaml:3" }];
  const yaml = `{ endpoint: "127.0.0.1:0"${options === "" ? "" : `, ${options}`} }`;
  const running = await runExtension(statusPageExtension, yaml, { view });
  const url = urlOf(running);
  return {
    view,
    url,
    async json(path: string): Promise<unknown> {
      const response = await fetch(new URL(path, url));
      expect(response.headers.get("content-type")).toBe("application/json");
      return await response.json();
    },
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}

function urlOf({ component }: RunningExtension): string {
  const [url = ""] = (component.running() as AsyncDisposable & { endpoints(): string[] }).endpoints();
  return url;
}

/** The status of a request with this Host header, which fetch() does not let anybody set. */
function statusFor(url: string, host: string): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  const sent = request(url, { headers: { host } }, (response) => {
    response.resume();
    resolve(response.statusCode);
  });
  sent.on("error", reject);
  sent.end();
  return promise;
}

describe("zpages extension", () => {
  conformance(statusPageExtension, '{ endpoint: "127.0.0.1:0" }');

  test.each(["https://status.example.com", "status.example.com:443", "*.example.com"])(
    "takes %s for no host that a browser could ask for",
    async (host) => {
      await expect(started(`allowed_hosts: ["${host}"]`)).rejects.toThrow(
        'allowed_hosts[0]: expected a name without scheme, port or "*", such as "status.example.com"',
      );
    },
  );

  test("takes and refuses what servers of the Collector have beside", async () => {
    expect(statusPageExtension.config.safeParse({ endpoint: "localhost:56888", transport: "tcp" }).success).toBe(true);
    await expect(started("auth: { authenticator: a }")).rejects.toThrow("auth: requests are not authenticated here.");
  });

  test("tells how the components are, and what the edges have carried", async () => {
    await using one = await started();
    expect(await one.json("/api/v1/status")).toEqual({
      version: "",
      now_unix_ms: expect.any(Number),
      started_unix_ms: Date.UTC(2026, 0, 1),
      ready: true,
      components: [
        {
          key: 'receiver "clock"',
          kind: "receiver",
          id: "clock",
          status: "ok",
          since_unix_ms: Date.UTC(2026, 0, 1),
          restarts: 0,
        },
        {
          key: 'exporter "out"',
          kind: "exporter",
          id: "out",
          status: "recoverable_error",
          since_unix_ms: Date.UTC(2026, 0, 1),
          error: "refused",
          unwell_for_ms: 1_500,
          restarts: 2,
          queue_ratio: 0.25,
        },
      ],
      pipelines: one.view.state.pipelines,
      edges: one.view.state.edges,
    });
  });

  test("tells the config as the service shows it", async () => {
    await using one = await started();
    expect(await one.json("/api/v1/config")).toEqual({ values: one.view.state.config });
  });

  test("tells the last lines of the log, those that are new and those of a level", async () => {
    await using one = await started("log_lines: 3");
    for (const message of ["one", "two", "three"]) one.view.log({ message });
    one.view.log({ message: "four", level: "warn", component: "receiver clock", fields: "a=1" });
    const lines = async (query = ""): Promise<unknown> => {
      const { last, lines: found } = (await one.json(`/api/v1/logs${query}`)) as {
        last: number;
        lines: { seq: number; message: string }[];
      };
      return [last, ...found.map(({ seq, message }) => `${seq} ${message}`)];
    };
    expect(await lines()).toEqual([4, "2 two", "3 three", "4 four"]);
    expect(await lines("?after=3")).toEqual([4, "4 four"]);
    expect(await lines("?after=4")).toEqual([4]);
    expect(await lines("?level=warn")).toEqual([4, "4 four"]);
    expect(await lines("?after=nonsense&level=loud")).toEqual([4, "2 two", "3 three", "4 four"]);
    expect(await one.json("/api/v1/logs?after=3")).toEqual({
      last: 4,
      lines: [
        {
          seq: 4,
          time_unix_ms: Date.UTC(2026, 0, 1),
          level: "warn",
          component: "receiver clock",
          message: "four",
          fields: "a=1",
        },
      ],
    });
  });

  test("keeps the first 4,000 characters of a line", async () => {
    await using one = await started();
    one.view.log({ message: "x".repeat(4_001) });
    const { lines } = (await one.json("/api/v1/logs")) as { lines: { message: string }[] };
    expect(lines[0]?.message).toBe(`${"x".repeat(4_000)}…`);
  });

  test("follows the log until it stops", async () => {
    const one = await started();
    expect(one.view.followers).toBe(1);
    await one[Symbol.asyncDispose]();
    expect(one.view.followers).toBe(0);
  });

  test("sends a page that may load and send nothing elsewhere", async () => {
    await using one = await started();
    const page = await fetch(one.url);
    expect(page.status).toBe(200);
    expect(page.headers.get("content-security-policy")).toMatch(
      /^default-src 'none'; script-src 'sha256-[^;]+'; style-src 'sha256-[^;]+'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
    );
    expect(await page.text()).not.toMatch(/https?:\/\/(?!www\.w3\.org\/2000\/svg")/);
  });

  test.each([
    ["/debug/servicez", "/#service"],
    ["/debug/pipelinez", "/#pipelines"],
    ["/debug/extensionz", "/#components"],
  ])("leads from %s of the Collector to %s", async (path, target) => {
    await using one = await started();
    const response = await fetch(new URL(path, one.url), { redirect: "manual" });
    expect([response.status, response.headers.get("location")]).toEqual([302, target]);
  });

  test("answers nothing else, and no other method", async () => {
    await using one = await started();
    for (const path of ["/favicon.ico", "/debug/tracez", "/constructor", "/api/v1/__proto__"]) {
      const response = await fetch(new URL(path, one.url));
      expect([response.status, await response.text()]).toEqual([
        404,
        "not found. There are /, /api/v1/status, /api/v1/config, /api/v1/logs\n",
      ]);
    }
    expect((await fetch(one.url, { method: "POST" })).status).toBe(405);
  });

  test("does not answer to a name that is not its own: a web page could have let it lead here", async () => {
    await using one = await started("allowed_hosts: [status.example.com]");
    const statuses = await Promise.all(
      ["evil.example.com", "localhost:1", "a.localhost", "[::1]:9", "10.0.0.1", "Status.example.com:80"].map((host) =>
        statusFor(one.url, host),
      ),
    );
    expect(statuses).toEqual([421, 200, 200, 200, 200, 200]);
  });

  test("is empty where there is no service to look at", async () => {
    await using running = await runExtension(
      statusPageExtension,
      '{ endpoint: "127.0.0.1:0", expvar: { enabled: true } }',
    );
    const response = await fetch(new URL("/api/v1/status", urlOf(running)));
    expect(await response.json()).toMatchObject({ ready: false, components: [], pipelines: [], edges: [] });
  });
});
