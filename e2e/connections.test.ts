import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { freePort } from "@tracecore/testkit";
import { expect, test, vi } from "vitest";
import { folderWith, start } from "./harness/collector.ts";
import { flavours } from "./harness/places.ts";

const IDLE = 10_000;
const ACTIVE = 1_000;
const AT_ONCE = 250;
/** Each end of a connection is a file, and this process has one end of all of them. */
const FILES = IDLE + ACTIVE + 500;

const limit = execFileSync("sh", ["-c", "ulimit -H -n"], { encoding: "utf8" }).trim();
const isAllowed = limit === "unlimited" || Number(limit) >= FILES;
if (!isAllowed) console.warn(`F36 is skipped: this machine allows ${limit} open files, ${FILES} are needed`);

const log = JSON.stringify({
  resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: "hello" } }] }] }],
});
const request = (body: string): string =>
  `POST /v1/logs HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

test.skipIf(!isAllowed)(
  "F36: 10,000 idle connections stay and take little memory, while 1,000 others send and probes are answered",
  async () => {
    const [http, telemetry] = [await freePort(), await freePort()];
    const folder = await folderWith({
      "tracecore.yaml": `receivers: { otlp: { protocols: { http: { endpoint: "127.0.0.1:${http}" } } } }
exporters: { debug: { verbosity: basic } }
pipelines: { logs: { receivers: [otlp], exporters: [debug] } }
telemetry: { enabled: true, listen: "127.0.0.1:${telemetry}" }
`,
    });
    await using collector = start(flavours[0]!, ["--config", `${folder}/tracecore.yaml`]);
    await collector.saw("tracecore running");
    const probe = async (): Promise<number> => (await fetch(`http://127.0.0.1:${telemetry}/readyz`)).status;

    // What the first connections bring along is the program's, and stays when they have gone.
    for (const socket of await open(http, AT_ONCE, log)) socket.destroy();
    const before = residentMib(collector.pid);
    const idle = await open(http, IDLE, '{"resourceLogs":[]}');
    // 16 KiB is what a connection may take once the garbage of its request has gone: the collector collects that when it has been quiet
    // for three seconds (heap-growth.ts), and half a minute later V8 gives the pages back.
    const perConnection = (): number => ((residentMib(collector.pid) - before) * 1024) / IDLE;
    await vi.waitUntil(() => perConnection() < 16, { timeout: 90_000, interval: 100 }).catch(() => {});
    expect(perConnection()).toBeLessThan(16);
    const withIdle = residentMib(collector.pid);
    expect(await probe()).toBe(200);
    const active = await open(http, ACTIVE, log);
    for (let round = 0; round < 3; round++) {
      expect(new Set(await Promise.all(active.map((socket) => answered(socket, request(log)))))).toEqual(
        new Set(["HTTP/1.1 200 OK"]),
      );
      expect(await probe()).toBe(200);
    }
    // Garbage of their requests is none of it, as above.
    await expect
      .poll(() => residentMib(collector.pid) - withIdle, { timeout: 90_000, interval: 1_000 })
      .toBeLessThan(64);
    // Those that were idle are as good as new.
    expect(new Set(await Promise.all(idle.slice(0, 100).map((socket) => answered(socket, request(log)))))).toEqual(
      new Set(["HTTP/1.1 200 OK"]),
    );
    expect(idle.filter(({ closed }) => closed)).toEqual([]);
    for (const socket of [...idle, ...active]) socket.destroy();
    collector.kill("SIGTERM");
    const { status, err } = await collector.ended;
    expect([status, err.match(/cannot accept|refuses connections/g)]).toEqual([0, null]);
  },
  // Memory is waited for twice.
  300_000,
);

/** Connections from several addresses, since one has 28,000 ports, that have sent one request each. */
async function open(port: number, count: number, body: string): Promise<Socket[]> {
  const sockets: Socket[] = [];
  while (sockets.length < count) {
    const some = await Promise.all(
      Array.from({ length: AT_ONCE }, async (_, i) => {
        const socket = connect({ port, host: "127.0.0.1", localAddress: `127.0.${1 + (i % 4)}.1`, noDelay: true });
        await once(socket, "connect");
        socket.on("error", () => {});
        await answered(socket, request(body));
        return socket;
      }),
    );
    sockets.push(...some);
  }
  return sockets;
}

/** The first line of the answer. */
async function answered(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  const [chunk] = (await once(socket, "data")) as [Buffer];
  return chunk.toString().split("\r\n")[0]!;
}

function residentMib(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]) / 1024;
}
