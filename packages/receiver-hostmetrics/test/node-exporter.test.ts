import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { once } from "node:events";
import { hostmetricsReceiver } from "@tracecore/receiver-hostmetrics";
import { runReceiver } from "@tracecore/testkit";
import { expect, test } from "vitest";

const nodeExporter = "/usr/bin/prometheus-node-exporter";
const missing = !existsSync(nodeExporter);
if (missing && process.env["CI"] === undefined) {
  process.stderr.write(`skipped: ${nodeExporter} is not installed (Debian: prometheus-node-exporter)\n`);
}

/** Starts the peer on a free port and gives its address. */
async function startPeer(): Promise<{ url: string } & AsyncDisposable> {
  const child = spawn(nodeExporter, ["--web.listen-address=127.0.0.1:0"], { stdio: ["ignore", "ignore", "pipe"] });
  const exited = once(child, "exit");
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let text = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    const address = /(?:address|Listening on)[= "]+(127\.0\.0\.1:\d+)/.exec(text)?.[1];
    if (address !== undefined) resolve(address);
  });
  void exited.then(() => reject(new Error(`the peer ended: ${text}`)));
  return {
    url: `http://${await promise}/metrics`,
    async [Symbol.asyncDispose]() {
      child.kill();
      await exited;
    },
  };
}

/** The value of a series in the text of the peer. */
function value(text: string, series: string): number {
  const line = text.split("\n").find((one) => one.startsWith(`${series} `));
  if (line === undefined) throw new Error(`the peer has no ${series}`);
  return Number(line.slice(series.length + 1));
}

test.skipIf(missing && process.env["CI"] === undefined)("agrees with node_exporter within one scrape", async () => {
  await using peer = await startPeer();
  await using receiver = await runReceiver(hostmetricsReceiver, "{ initial_delay: 0s }");
  const scrape = async (): Promise<string> => (await fetch(peer.url)).text();

  const before = await scrape();
  await receiver.tick(0);
  await receiver.tick(0);
  const after = await scrape();

  const ours = (name: string, attributes: Record<string, unknown>): number => {
    const point = receiver.points.find(
      (one) => one.name === name && Object.entries(attributes).every(([key, wanted]) => one.attributes[key] === wanted),
    );
    if (point === undefined) throw new Error(`no point ${name} ${JSON.stringify(attributes)}`);
    return Number(point.value);
  };
  const nic = /^node_network_receive_bytes_total\{device="([^"]+)"\}/m.exec(before)![1]!;
  const pairs: [string, Record<string, unknown>, string][] = [
    ["system.cpu.time", { "cpu.logical_number": 0, "cpu.mode": "user" }, 'node_cpu_seconds_total{cpu="0",mode="user"}'],
    ["system.cpu.time", { "cpu.logical_number": 1, "cpu.mode": "idle" }, 'node_cpu_seconds_total{cpu="1",mode="idle"}'],
    [
      "system.cpu.time",
      { "cpu.logical_number": 0, "cpu.mode": "iowait" },
      'node_cpu_seconds_total{cpu="0",mode="iowait"}',
    ],
    [
      "system.network.io",
      { "network.interface.name": nic, "network.io.direction": "receive" },
      `node_network_receive_bytes_total{device="${nic}"}`,
    ],
    [
      "system.network.packet.count",
      { "network.interface.name": nic, "network.io.direction": "transmit" },
      `node_network_transmit_packets_total{device="${nic}"}`,
    ],
    ["system.paging.faults", { "system.paging.fault.type": "major" }, "node_vmstat_pgmajfault"],
    ["system.process.created", {}, "node_forks_total"],
  ];
  for (const [name, attributes, series] of pairs) {
    const got = ours(name, attributes);
    expect(got, name).toBeGreaterThanOrEqual(value(before, series));
    expect(got, name).toBeLessThanOrEqual(value(after, series));
  }
  expect(ours("system.memory.limit", {})).toBe(value(before, "node_memory_MemTotal_bytes"));
  expect(ours("system.filesystem.limit", { "system.filesystem.mountpoint": "/" })).toBe(
    Number(/^node_filesystem_size_bytes\{.*mountpoint="\/"\} (\S+)$/m.exec(before)![1]),
  );
  const disk = /^node_disk_read_bytes_total\{device="(\w+)"\} [1-9]/m.exec(before)?.[1];
  if (disk !== undefined) {
    const read = ours("system.disk.io", { "system.device": disk, "disk.io.direction": "read" });
    expect(read).toBeGreaterThanOrEqual(value(before, `node_disk_read_bytes_total{device="${disk}"}`));
    expect(read).toBeLessThanOrEqual(value(after, `node_disk_read_bytes_total{device="${disk}"}`));
  }
});
