import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { hostmetricsReceiver } from "@tracecore/receiver-hostmetrics";
import { conformance, runReceiver } from "@tracecore/testkit";
import { describe, expect, test } from "vitest";

/** A /proc of a small host. */
const procFiles = {
  "proc/stat": `cpu  100 20 30 4000 5 6 7 8 0 0
cpu0 60 10 20 2000 3 4 5 6 0 0
cpu1 40 10 10 2000 2 2 2 2 0 0
ctxt 12345
btime 1700000000
processes 99
procs_running 3
procs_blocked 1
`,
  "proc/meminfo": `MemTotal:       1000 kB
MemFree:         400 kB
MemAvailable:    700 kB
Buffers:          50 kB
Cached:          200 kB
SwapTotal:       300 kB
SwapFree:        100 kB
SReclaimable:     30 kB
SUnreclaim:       20 kB
`,
  "proc/loadavg": "0.50 1.25 2.00 1/90 8100\n",
  "proc/vmstat": "pgfault 1000\npgmajfault 40\npswpin 5\npswpout 6\n",
  "proc/uptime": "12345.67 99999.99\n",
  "proc/pressure/cpu": "some avg10=0.00 avg60=0.00 avg300=0.00 total=2500000\n",
  "proc/pressure/io":
    "some avg10=0.00 avg60=0.00 avg300=0.00 total=1000000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=500000\n",
  "proc/diskstats": `   7       0 loop0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
 254       0 vda 100 10 2000 300 50 5 800 150 0 400 450 0 0 0 0 0 0
`,
  "proc/1/net/dev": `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:    3840      40    0    0    0     0          0         0     3840      40    0    0    0     0       0          0
  eth0:12345678    8344    1    2    0     0          0         0   485947    4797    3    4    0     0       0          0
`,
  "proc/filesystems": "nodev\tproc\nnodev\ttmpfs\n\text4\n",
  "proc/1/mountinfo": "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n22 27 0:21 / /proc rw - proc proc rw\n",
};

async function host(changes: Readonly<Record<string, string | undefined>> = {}): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "host-"));
  for (const [path, text] of Object.entries({ ...procFiles, ...changes })) {
    if (text === undefined) continue;
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return root;
}

/** What one read of some scrapers gives, as `name{attributes} value`. */
async function read(scrapers: string, changes: Readonly<Record<string, string | undefined>> = {}) {
  const root = await host(changes);
  await using receiver = await runReceiver(
    hostmetricsReceiver,
    `{ root_path: ${root}, initial_delay: 0s, scrapers: ${scrapers} }`,
  );
  await receiver.tick(0);
  const lines = receiver.points.map(({ name, attributes, value }) => {
    const text = Object.values(attributes).map(String).join(",");
    return `${name}${text === "" ? "" : `{${text}}`} ${value}`;
  });
  return { lines, logs: receiver.logs.map(({ message }) => message.replaceAll(root, "ROOT")), points: receiver.points };
}

describe("hostmetrics receiver", () => {
  conformance(hostmetricsReceiver, "{}");

  test("reports CPU time of each logical CPU in seconds since the host was started", async () => {
    const { lines, points } = await read("{ cpu: {} }");
    expect(lines.slice(0, 4)).toEqual([
      "system.cpu.time{0,user} 0.6",
      "system.cpu.time{0,nice} 0.1",
      "system.cpu.time{0,system} 0.2",
      "system.cpu.time{0,idle} 20",
    ]);
    expect(lines).toHaveLength(16);
    expect(points[0]!.startTimeUnixNano).toBe(1_700_000_000_000_000_000n);
  });

  test("reports memory by state in bytes", async () => {
    expect((await read("{ memory: {} }")).lines).toEqual([
      "system.memory.usage{used} 307200",
      "system.memory.usage{free} 409600",
      "system.memory.usage{buffers} 51200",
      "system.memory.usage{cached} 204800",
      "system.memory.limit 1024000",
      "system.memory.linux.available 716800",
      "system.memory.linux.slab.usage{reclaimable} 30720",
      "system.memory.linux.slab.usage{unreclaimable} 20480",
    ]);
  });

  test("reports load averages", async () => {
    expect((await read("{ load: {} }")).lines).toEqual([
      "system.cpu.load_average.1m 0.5",
      "system.cpu.load_average.5m 1.25",
      "system.cpu.load_average.15m 2",
    ]);
  });

  test("reports swap and page faults", async () => {
    expect((await read("{ paging: {} }")).lines).toEqual([
      "system.paging.usage{used} 204800",
      "system.paging.usage{free} 102400",
      "system.paging.faults{minor} 960",
      "system.paging.faults{major} 40",
      "system.paging.operations{in} 5",
      "system.paging.operations{out} 6",
    ]);
  });

  test("reports pressure stall time in seconds", async () => {
    expect((await read("{ pressure: {} }")).lines).toEqual([
      "system.linux.pressure.stall.time{some,cpu} 2.5",
      "system.linux.pressure.stall.time{some,io} 1",
      "system.linux.pressure.stall.time{full,io} 0.5",
    ]);
  });

  test("divides load averages by the number of CPUs on demand", async () => {
    const [whole, shares] = [(await read("{ load: {} }")).lines, (await read("{ load: { cpu_average: true } }")).lines];
    const values = (lines: readonly string[]): number[] => lines.map((line) => Number(line.split(" ")[1]));
    expect(values(whole)).not.toContain(0);
    expect(values(shares)).toEqual(values(whole).map((value) => value / 2));
  });

  test("leaves out a metric that is switched off", async () => {
    const scrapers =
      "{ processes: { metrics: { system.linux.tasks: { enabled: false }, system.process.created: { enabled: true } } } }";
    expect((await read(scrapers)).lines).toEqual(["system.process.created 99"]);
    await expect(read("{ processes: { metrics: { system.nope: { enabled: false } } } }")).rejects.toThrow(
      "this receiver has no metric of that name",
    );
    await expect(read("{ cpu: { metrics: { system.cpu.utilization: { enabled: true } } } }")).rejects.toThrow(
      /It has system\.cpu\.time, /,
    );
  });

  test("accepts what the Collector has for processes of others", async () => {
    const { logs } = await read("{ process: { mute_process_name_error: true, mute_process_all_errors: true } }");
    expect(logs).toEqual([]);
  });

  test("reports uptime and processes", async () => {
    expect((await read("{ system: {}, processes: {} }")).lines).toEqual([
      "system.uptime 12345.67",
      "system.process.created 99",
      "system.linux.tasks{running} 3",
      "system.linux.tasks{blocked} 1",
    ]);
  });

  test("reports the disks that are included, with sectors of 512 bytes", async () => {
    expect((await read("{ disk: { include: { devices: [vda] } } }")).lines).toEqual([
      "system.disk.io{read,vda} 1024000",
      "system.disk.operations{read,vda} 100",
      "system.disk.merged{read,vda} 10",
      "system.disk.operation_time{read,vda} 0.3",
      "system.disk.io{write,vda} 409600",
      "system.disk.operations{write,vda} 50",
      "system.disk.merged{write,vda} 5",
      "system.disk.operation_time{write,vda} 0.15",
      "system.disk.io_time{vda} 0.4",
    ]);
  });

  test("leaves out the interfaces that are excluded by a regular expression", async () => {
    const { lines } = await read('{ network: { exclude: { interfaces: ["^lo$"], match_type: regexp } } }');
    expect(lines).toEqual([
      "system.network.io{eth0,receive} 12345678",
      "system.network.packet.count{eth0,receive} 8344",
      "system.network.errors{eth0,receive} 1",
      "system.network.packet.dropped{eth0,receive} 2",
      "system.network.io{eth0,transmit} 485947",
      "system.network.packet.count{eth0,transmit} 4797",
      "system.network.errors{eth0,transmit} 3",
      "system.network.packet.dropped{eth0,transmit} 4",
    ]);
  });

  test("reports file systems on devices, whose states add up to their size", async () => {
    const { points } = await read("{ filesystem: {} }");
    expect(new Set(points.map(({ attributes }) => attributes["system.filesystem.mountpoint"]))).toEqual(new Set(["/"]));
    const usage = points.filter(({ name }) => name === "system.filesystem.usage").map(({ value }) => Number(value));
    const limit = points.find(({ name }) => name === "system.filesystem.limit")!;
    expect(usage).toHaveLength(3);
    expect(usage.reduce((sum, value) => sum + value)).toBe(Number(limit.value));
  });

  test("reports the process of the collector itself", async () => {
    const { points } = await read("{ process: {} }");
    const threads = points.find(({ name }) => name === "process.threads")!;
    const memory = points.find(({ name }) => name === "process.memory.usage")!;
    expect(Number(threads.value)).toBeGreaterThan(1);
    expect(Number(memory.value)).toBeGreaterThan(10e6);
  });

  test("still reports the rest when a file cannot be read, and says which", async () => {
    const { lines, logs } = await read("{ load: {}, memory: {}, disk: {} }", {
      "proc/meminfo": undefined,
      "proc/diskstats": "nonsense\n",
    });
    expect(lines).toHaveLength(3);
    expect(logs).toEqual([
      "read: ENOENT: no such file or directory, open 'ROOT/proc/meminfo'",
      'read: cannot read the line "nonsense" of /proc/diskstats',
    ]);
  });

  test("says which file it was that could be opened and not read", async () => {
    const { logs } = await read("{ memory: {} }", { "proc/meminfo": undefined, "proc/meminfo/x": "" });
    expect(logs).toEqual(["read: cannot read ROOT/proc/meminfo: EISDIR: illegal operation on a directory, read"]);
  });

  test("reports counters beyond 2^53 to the last digit", async () => {
    const { lines } = await read(
      "{ network: { include: { interfaces: [ib0] } }, disk: { include: { devices: [nvme0] } } }",
      {
        "proc/1/net/dev": `a\nb\n ib0: 9223372036854775807 9007199254740993 0 0 0 0 0 0 9007199254740991 1 0 0 0 0 0 0\n`,
        "proc/diskstats": " 259 0 nvme0 9007199254740993 1 9007199254740993 0 2 3 4 0 0 0 0\n",
      },
    );
    expect(
      lines.filter((line) => /io\{|count\{ib0,receive|operations\{nvme0,read|operations\{read/.test(line)),
    ).toEqual([
      "system.disk.io{read,nvme0} 4611686018427388416",
      "system.disk.operations{read,nvme0} 9007199254740993",
      "system.disk.io{write,nvme0} 2048",
      "system.network.io{ib0,receive} 9223372036854775807",
      "system.network.packet.count{ib0,receive} 9007199254740993",
      "system.network.io{ib0,transmit} 9007199254740991",
    ]);
  });

  test("takes what is no counter for an unexpected line", async () => {
    const { logs } = await read("{ disk: {} }", { "proc/diskstats": " 259 0 nvme0 1 1 -1 0 2 3 4 0 0 0 0\n" });
    expect(logs).toEqual(['read: cannot read the line " 259 0 nvme0 1 1 -1 0 2 3 4 0 0 0 0" of /proc/diskstats']);
  });

  test("reports no pressure, and no error, where the kernel has none", async () => {
    const { lines, logs } = await read("{ pressure: {}, load: {} }", {
      "proc/pressure/cpu": undefined,
      "proc/pressure/io": undefined,
    });
    expect(lines).toHaveLength(3);
    expect(logs).toEqual([]);
  });

  test("refuses a bad regular expression, and points at it", async () => {
    const starting = runReceiver(
      hostmetricsReceiver,
      '{ scrapers: { disk: { include: { devices: ["("], match_type: regexp } } } }',
    );
    await expect(starting).rejects.toThrow(
      'scrapers.disk.include.devices[0]: expected a regular expression: a "(" is not closed in "(". Write \\( for the character. [config-invalid-value]',
    );
  });

  test("refuses a scraper that it does not know, and suggests one", async () => {
    await expect(runReceiver(hostmetricsReceiver, "scrapers: { memori: {} }")).rejects.toThrow(
      'config.yaml:1:13: scrapers.memori: unknown option. Did you mean "memory"?',
    );
  });
});
