import { once } from "node:events";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { Agent } from "node:http";
import { connect as connectTcp } from "node:net";
import { networkInterfaces } from "node:os";
import { connect, type TLSSocket } from "node:tls";
import { freePort } from "@tracecore/testkit";
import { describe, expect, test } from "vitest";
import { certificateFolder } from "../packages/core/test/http/certificates.ts";
import { ask } from "../packages/core/test/http/requests.ts";
import { folderWith, poll, start } from "./harness/collector.ts";
import { sample } from "./harness/exposition.ts";
import { flavours } from "./harness/places.ts";
import { installPlugin } from "./harness/plugin.ts";

const hasV6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === "::1"),
);

describe.each(flavours)("$name", (flavour) => {
  test("tracecore #64: SIGTERM under load closes the server within 800 ms and ends with status 0 within the drain budget", async () => {
    const [prom, telemetry] = [await freePort(), await freePort()];
    const drainMs = 5_000;
    const folder = await folderWith({
      "tracecore.yaml": `receivers: { clock: { interval: 5ms }, clock/b: { interval: 5ms } }
exporters: { prom: { endpoint: "localhost:${prom}" }, stdout: {} }
pipelines: { metrics: { receivers: [clock, clock/b], exporters: [prom, stdout] } }
telemetry: { enabled: true, listen: "localhost:${telemetry}" }
runtime: { drain_timeout: ${drainMs}ms }
`,
    });
    await using running = start(flavour, [], { cwd: folder });
    await poll(`http://127.0.0.1:${telemetry}/readyz`, (_text, status) => status === 200);
    const agent = new Agent({ keepAlive: true });
    const busy = Promise.withResolvers<void>();
    let answers = 0;
    let asked = Number.NaN;
    let refusedAfterMs = Number.NaN;
    const clients = [prom, telemetry, prom, telemetry].map(async (port, i) => {
      for (;;) {
        try {
          await ask({ port, path: "/metrics", ...(i < 2 && { agent }) });
          if (++answers === 50) busy.resolve();
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== "ECONNREFUSED") continue;
          if (port === telemetry) refusedAfterMs = Math.max(refusedAfterMs || 0, performance.now() - asked);
          return;
        }
      }
    });
    await busy.promise;
    asked = performance.now();
    running.kill("SIGTERM");
    const { status, err } = await running.ended;
    const endedAfterMs = performance.now() - asked;
    await Promise.all(clients);
    agent.destroy();
    expect(status).toBe(0);
    expect(refusedAfterMs).toBeLessThanOrEqual(800);
    expect(endedAfterMs).toBeLessThanOrEqual(drainMs);
    expect(err).toMatch(/^stopped in \d\.\d s: [1-9]\d* items delivered, 0 persisted, 0 dropped$/m);
  });

  test("tracecore #64: a client that never ends its request holds SIGTERM up for no longer than the drain budget", async () => {
    const telemetry = await freePort();
    const folder = await folderWith({
      "tracecore.yaml": `receivers: { clock: {} }
exporters: { stdout: {} }
pipelines: { metrics: { receivers: [clock], exporters: [stdout] } }
telemetry: { enabled: true, listen: "localhost:${telemetry}" }
runtime: { drain_timeout: 5s }
`,
    });
    await using running = start(flavour, [], { cwd: folder });
    await poll(`http://127.0.0.1:${telemetry}/readyz`, (_text, status) => status === 200);
    const stuck = connectTcp(telemetry, "127.0.0.1").on("error", () => {});
    await once(stuck, "connect");
    stuck.write("GET /metrics HTTP/1.1\r\nHost: x\r\n");
    const cut = once(stuck, "close");
    await ask({ port: telemetry, path: "/healthz" }); // What was sent before has been read.
    const asked = performance.now();
    running.kill("SIGTERM");
    expect((await running.ended).status).toBe(0);
    expect(performance.now() - asked).toBeLessThanOrEqual(5_000);
    await cut;
  });

  test.skipIf(!hasV6)(
    "tracecore #63: a listener that dies is an error in the log with its cause, and counted with its reason",
    async () => {
      const telemetry = await freePort();
      const folder = await folderWith({
        "tracecore.yaml": `receivers: { killer: {} }
exporters: { stdout: {} }
pipelines: { metrics: { receivers: [killer], exporters: [stdout] } }
telemetry: { enabled: true, listen: "localhost:${telemetry}" }
`,
      });
      // One of the two sockets of localhost dies; the other one tells of it.
      await installPlugin(
        folder,
        "tracecore-receiver-killer",
        `import { defineReceiver } from "@tracecore/core";
import { noOptions } from "@tracecore/core/config";
export const receiver = defineReceiver({
  type: "killer", stability: { metrics: "alpha" }, config: noOptions(),
  start() {
    const server = process._getActiveHandles().find((handle) => handle.constructor?.name === "Server" && handle.address()?.address === "127.0.0.1" && handle.address().port === ${telemetry});
    server.emit("error", Object.assign(new Error("accept EBADF"), { code: "EBADF" }));
    server.close();
    return { [Symbol.asyncDispose]: () => Promise.resolve() };
  },
});
`,
        flavour,
      );
      await using running = start(flavour, [], { cwd: folder });
      const reason = { reason: "EBADF" };
      const exits = (text: string): number => sample(text, "tracecore_selftelemetry_serve_exited_total", reason);
      expect(exits(await poll(`http://[::1]:${telemetry}/metrics`, (text) => exits(text) > 0))).toBe(1);
      await running.saw(`no longer listens on port ${telemetry}: accept EBADF`);
      expect(running.err).toMatch(
        new RegExp(`ERROR telemetry: no longer listens on port ${telemetry}: accept EBADF$`, "m"),
      );
      await expect(ask({ port: telemetry })).rejects.toMatchObject({ code: "ECONNREFUSED" });
      running.kill("SIGTERM");
      expect((await running.ended).status).toBe(0);
    },
  );

  test("tracecore #93: a receiver that crashes and is restarted three times makes restart_count_per_hour 3", async () => {
    const telemetry = await freePort();
    const folder = await folderWith({
      "tracecore.yaml": `receivers: { crash: {} }
exporters: { stdout: {} }
pipelines: { metrics: { receivers: [crash], exporters: [stdout] } }
telemetry: { enabled: true, listen: "localhost:${telemetry}" }
runtime: { restart: { initial_interval: 20ms, max_interval: 40ms } }
`,
    });
    await installPlugin(
      folder,
      "tracecore-receiver-crash",
      `import { defineMetrics, defineReceiver, scrape } from "@tracecore/core";
import { noOptions } from "@tracecore/core/config";
const metrics = defineMetrics({ "crash.starts": { kind: "gauge", unit: "1", description: "Starts.", attributes: {} } });
let starts = 0;
export const receiver = defineReceiver({
  type: "crash", stability: { metrics: "alpha" }, config: noOptions(), metrics,
  start(_config, ctx) {
    if (++starts <= 3) setTimeout(() => { throw new Error("crash " + starts); }, 10);
    return scrape(ctx, { intervalMs: 20 }, async ({ emit }) => {
      const batch = metrics.batch(ctx);
      batch.add("crash.starts", starts, {});
      await emit(ctx.next.metrics, batch.build());
    });
  },
});
`,
      flavour,
    );
    await using running = start(flavour, [], { cwd: folder });
    await running.saw("metric crash.starts 4");
    const ok = { component_id: "crash", component_kind: "receiver", status: "ok" };
    const text = await poll(
      `http://127.0.0.1:${telemetry}/metrics`,
      (body) => sample(body, "tracecore_component_status", ok) === 1,
    );
    expect(sample(text, "tracecore_component_restart_count_per_hour", {})).toBe(3);
    expect(running.err.match(/receiver "crash" failed and is started anew: crash \d/g)).toHaveLength(3);
    // Its counters go on through its restarts: they are not those of the last instance.
    expect(sample(text, "tracecore_receiver_emissions_total", { component_id: "crash" })).toBeGreaterThanOrEqual(4);
  });

  test("tracecore #88 #89: SIGHUP takes a renewed certificate for new connections only, and keeps the old one when the key is broken", async () => {
    using certificates = certificateFolder();
    const ca = readFileSync(certificates.caFile);
    const [first, second] = [certificates.issue("first", "first"), certificates.issue("second", "second")];
    const [prom, telemetry] = [await freePort(), await freePort()];
    const tls = `{ cert_file: ${first.certFile}, key_file: ${first.keyFile} }`;
    const folder = await folderWith({
      "tracecore.yaml": `receivers: { clock: {} }
exporters: { prom: { endpoint: "localhost:${prom}", tls: ${tls} } }
pipelines: { metrics: { receivers: [clock], exporters: [prom] } }
telemetry: { enabled: true, listen: "localhost:${telemetry}", tls: ${tls} }
`,
    });
    await using running = start(flavour, [], { cwd: folder });
    await running.saw("tracecore running");
    const open = async (port: number): Promise<TLSSocket> => {
      const socket = connect({ port, host: "127.0.0.1", ca });
      await once(socket, "secureConnect");
      return socket;
    };
    const nameOf = (socket: TLSSocket): string => String(socket.getPeerCertificate().subject.CN);
    const namesOfNew = async (): Promise<string[]> => {
      const sockets = [await open(telemetry), await open(prom)];
      const names = sockets.map(nameOf);
      for (const socket of sockets) socket.destroy();
      return names;
    };
    /** Asks on a connection that stays open; resolves with the first line of the answer, once all of it is there. */
    const answerOn = async (socket: TLSSocket): Promise<string> => {
      let text = "";
      socket.write("GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n");
      while (!text.includes("not found")) text += String(((await once(socket, "data")) as [Buffer])[0]);
      return text.split("\r\n", 1)[0]!;
    };
    const kept = [await open(telemetry), await open(prom)];
    for (const socket of kept) expect(await answerOn(socket)).toBe("HTTP/1.1 404 Not Found");

    copyFileSync(second.certFile, first.certFile);
    copyFileSync(second.keyFile, first.keyFile);
    running.kill("SIGHUP");
    await running.saw("reload 1 (SIGHUP) done");
    expect(await namesOfNew()).toEqual(["second", "second"]);
    for (const socket of kept) {
      expect([await answerOn(socket), nameOf(socket)]).toEqual(["HTTP/1.1 404 Not Found", "first"]);
      socket.destroy();
    }

    writeFileSync(first.keyFile, "-----BEGIN PRIVATE KEY-----\nbroken\n");
    running.kill("SIGHUP");
    await running.saw("reload 2 (SIGHUP) done");
    expect(await namesOfNew()).toEqual(["second", "second"]);
    const { text } = await ask({ port: telemetry, path: "/metrics", secure: true, ca });
    const reloads = (result: string): number => sample(text, "tracecore_selftelemetry_tls_reloads_total", { result });
    expect([reloads("success"), reloads("failure")]).toEqual([1, 1]);
    expect(running.err).toMatch(/WARN +telemetry: cannot use \S+ with \S+: .*The certificate from before stays in use/);
    expect(running.err).toMatch(
      /WARN +exporter prom: cannot use \S+ with \S+: .*The certificate from before stays in use/,
    );
  });

  test("tracecore #94: a hundred exporters each have their failure rate, and scrape after scrape the same series", async () => {
    const telemetry = await freePort();
    const ids = Array.from({ length: 100 }, (_, i) => `stdout/${i}`);
    const folder = await folderWith({
      "tracecore.yaml": `receivers: { clock: { interval: 100ms } }
exporters: { ${ids.map((id) => `${id}: { verbosity: basic }`).join(", ")} }
pipelines: { metrics: { receivers: [clock], exporters: [${ids.join(", ")}] } }
telemetry: { enabled: true, listen: "localhost:${telemetry}" }
`,
    });
    await using running = start(flavour, [], { cwd: folder });
    const url = `http://127.0.0.1:${telemetry}/metrics`;
    const calls = (text: string, id: string): number =>
      sample(text, "tracecore_exporter_calls_total", { component_id: id, result: "success" });
    const series = (text: string): number =>
      text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).length;
    const first = await poll(url, (text) => ids.every((id) => calls(text, id) > 0));
    for (let i = 0; i < 100; i++) await ask({ port: telemetry, path: "/metrics" });
    const last = (await ask({ port: telemetry, path: "/metrics" })).text;
    for (const id of ids) {
      expect(sample(last, "tracecore_exporter_failure_rate", { component_id: id }), id).toBe(0);
      expect(calls(last, id)).toBeGreaterThanOrEqual(calls(first, id));
    }
    expect(series(last)).toBe(series(first));
    running.kill("SIGTERM");
    expect((await running.ended).status).toBe(0);
  });

  test("a reload renames an exporter, swaps two ports and opens one to all interfaces; a refused one gives them back", async () => {
    const [one, two] = [await freePort(), await freePort()];
    const config = (exporters: string, ids: string, more = "") => `receivers: { clock: { interval: 50ms }${more} }
exporters: { ${exporters} }
pipelines: { metrics: { receivers: [clock${more === "" ? "" : ", clock/bad"}], exporters: [${ids}] } }
`;
    const prom = (id: string, port: number, host = "localhost"): string =>
      `prom/${id}: { endpoint: "${host}:${port}", const_labels: { shown_by: ${id} } }`;
    const folder = await folderWith({
      "tracecore.yaml": config(`${prom("a", one)}, ${prom("b", two)}`, "prom/a, prom/b"),
    });
    await using running = start(flavour, [], { cwd: folder });
    const shownBy = (port: number, id: string) =>
      poll(`http://127.0.0.1:${port}/metrics`, (text) => text.includes(`shown_by="${id}"`));
    await Promise.all([shownBy(one, "a"), shownBy(two, "b")]);
    const reload = async (number: number, text: string, outcome: string): Promise<void> => {
      writeFileSync(`${folder}/tracecore.yaml`, text);
      running.kill("SIGHUP");
      await running.saw(new RegExp(`reload ${number} \\(SIGHUP\\) ${outcome}`));
    };
    await reload(1, config(`${prom("a", two)}, ${prom("b", one)}`, "prom/a, prom/b"), "done");
    await Promise.all([shownBy(one, "b"), shownBy(two, "a")]);
    await reload(2, config(`${prom("c", two)}, ${prom("b", one, "0.0.0.0")}`, "prom/c, prom/b"), "done");
    await Promise.all([shownBy(one, "b"), shownBy(two, "c")]);
    const taken = connectTcp(two, "127.0.0.1").on("error", () => {});
    await once(taken, "connect");
    taken.destroy();
    // 192.0.2.1 is nobody's: c cannot start after b has taken its port.
    await reload(3, config(`${prom("b", two)}, ${prom("c", one, "192.0.2.1")}`, "prom/b, prom/c"), "failed: ");
    await Promise.all([shownBy(one, "b"), shownBy(two, "c")]);
    running.kill("SIGTERM");
    const { status, err } = await running.ended;
    expect([status, err]).toEqual([0, expect.stringContaining("the running config goes on")]);
  });
});
