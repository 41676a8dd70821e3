import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, symlinkSync, utimesSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { manualClock, TracecoreError, type ManualClock } from "@tracecore/core";
import { emptyResource, emptyScope, logs } from "@tracecore/core/pdata";
import type { Service, TapListener, TapPlace } from "@tracecore/core/service";
import { testLogger } from "@tracecore/testkit";
import { describe, expect, test } from "vitest";
import { openAdminSocket, type AdminSocket, type AdminSocketOptions } from "../../src/admin/admin-socket.ts";
import { readFrames, type AdminFrame, type TapOrder } from "../../src/admin/frames.ts";
import { folderWith } from "../folders.ts";

const place: TapPlace = { pipelines: ["logs"], signal: "logs", from: 'receiver "a"', to: ['exporter "b"'] };
const order: TapOrder = { tracecore: 1, ask: "tap", component: "a", rate: 1e6, sample: 1 };
/** A batch of one record with this much text. */
const record = (bytes: number, count = 1) =>
  logs(Array.from({ length: count }, () => ({ resource: emptyResource, scope: emptyScope, body: "x".repeat(bytes) })));

interface Bench extends AsyncDisposable {
  readonly clock: ManualClock;
  readonly admin: AdminSocket;
  readonly taps: TapListener[];
  readonly lines: readonly { readonly message: string }[];
  client(request: object): Promise<Socket>;
}

/** An admin socket whose service hands out the listeners of its taps. */
async function bench(changes: Partial<AdminSocketOptions> = {}): Promise<Bench> {
  const clock = manualClock();
  const logger = testLogger();
  const taps: TapListener[] = [];
  const service: Pick<Service, "tap"> = {
    tap({ component }, listener) {
      if (component !== "a") throw new TracecoreError("tap-unknown-component", "no such", { remedy: "There are a" });
      taps.push(listener);
      return { places: [place], [Symbol.dispose]: () => void taps.splice(taps.indexOf(listener), 1) };
    },
  };
  const admin = await openAdminSocket({
    setting: join(folderWith(), "admin.sock"),
    limits: { max_clients: 2, buffer: 64 * 1024 },
    service: () => service as Service,
    who: { pid: 1, version: "1.2.3", config: ["a.yaml"] },
    env: {},
    logger,
    clock,
    ...changes,
  });
  return {
    clock,
    admin: admin!,
    taps,
    lines: logger.lines,
    async client(request) {
      const socket = connect(admin!.path);
      await once(socket, "connect");
      socket.write(`${JSON.stringify(request)}\n`);
      return socket;
    },
    async [Symbol.asyncDispose]() {
      const closing = admin![Symbol.asyncDispose]();
      await clock.advance(1_000);
      await closing;
    },
  };
}

/** The next frame of a client. */
async function next(frames: AsyncGenerator<{ frame: AdminFrame }>): Promise<AdminFrame | undefined> {
  return (await frames.next()).value?.frame;
}

describe("the admin socket", () => {
  test("is open to its user only, and says which collector it is", async () => {
    await using one = await bench();
    expect(statSync(one.admin.path).mode & 0o777).toBe(0o600);
    const socket = await one.client({ tracecore: 1, ask: "who" });
    expect(await Array.fromAsync(readFrames(socket))).toMatchObject([
      { frame: { frame: "who", pid: 1, version: "1.2.3", config: ["a.yaml"] } },
    ]);
  });

  test("is gone when it is closed", async () => {
    const one = await bench();
    expect(existsSync(one.admin.path)).toBe(true);
    await one[Symbol.asyncDispose]();
    expect(existsSync(one.admin.path)).toBe(false);
  });

  test.each([
    [{ tracecore: 2, ask: "tap" }, "the collector does not understand this version of tracecore tap", undefined],
    [{ tracecore: 1, ask: "stop" }, "the collector does not understand this version of tracecore tap", undefined],
    [{ ...order, component: "b" }, "no such", "There are a"],
  ])("refuses %j with the reason", async (request, message, remedy) => {
    await using one = await bench();
    const [first] = await Array.fromAsync(readFrames(await one.client(request)));
    expect(first?.frame).toMatchObject({ frame: "error", message, ...(remedy !== undefined && { remedy }) });
  });

  test("refuses a tap while the collector still starts", async () => {
    await using one = await bench({ service: () => undefined });
    const [first] = await Array.fromAsync(readFrames(await one.client(order)));
    expect(first?.frame).toEqual({
      frame: "error",
      code: "tap-refused",
      message: "the collector still starts",
      remedy: "Try again in a moment",
    });
  });

  test("refuses one client more than max_clients, and takes it once another has gone", async () => {
    await using one = await bench();
    const clients = [await one.client(order), await one.client(order)];
    const frames = clients.map((client) => readFrames(client));
    for (const each of frames) expect(await next(each)).toMatchObject({ frame: "places" });
    const [refused] = await Array.fromAsync(readFrames(await one.client(order)));
    expect(refused?.frame).toMatchObject({
      message: "2 clients look at this collector, which is the most that it takes",
      remedy: "End one of them, or raise runtime.taps.max_clients",
    });
    clients[0]!.destroy();
    await expect.poll(() => one.taps.length).toBe(1);
    expect(await next(readFrames(await one.client(order)))).toMatchObject({ frame: "places" });
    clients[1]!.destroy();
  });

  test("hangs up on a client that does not say what it wants", async () => {
    await using one = await bench();
    const socket = connect(one.admin.path);
    await once(socket, "connect");
    socket.resume();
    const closed = once(socket, "close");
    // The collector has accepted it once it answers the next one.
    await Array.fromAsync(readFrames(await one.client({ tracecore: 1, ask: "who" })));
    await one.clock.advance(5_000);
    await closed;
    expect(socket.bytesRead).toBe(0);
  });

  test("reads no request that is longer than 16 KiB", async () => {
    await using one = await bench();
    const socket = connect(one.admin.path);
    socket.write("x".repeat(17 * 1024));
    const [first] = await Array.fromAsync(readFrames(socket));
    expect(first?.frame).toMatchObject({ frame: "error", code: "tap-refused" });
  });

  test("goes without a socket where auto finds no folder to write to", async () => {
    const file = join(folderWith({ file: "" }), "file");
    const logger = testLogger();
    const admin = await openAdminSocket({
      ...defaults(),
      setting: "auto",
      env: { XDG_RUNTIME_DIR: file },
      logger,
    });
    expect(admin).toBeUndefined();
    expect(logger.lines.map(({ message }) => message)).toEqual([
      `there is no admin socket, so "tracecore tap" cannot reach this collector: cannot use ${file}/tracecore for the admin socket: ENOTDIR: not a directory, mkdir '${file}/tracecore'. Set runtime.admin_socket to another path, or to off`,
    ]);
  });

  test("does not use a folder that others may write to", async () => {
    const folder = folderWith();
    chmodSync(folder, 0o777);
    const logger = testLogger();
    const env = { TRACECORE_RUNTIME_DIR: folder };
    expect(await openAdminSocket({ ...defaults(), setting: "auto", env, logger })).toBeUndefined();
    expect(logger.lines.map(({ message }) => message)).toEqual([
      `there is no admin socket, so "tracecore tap" cannot reach this collector: cannot use ${folder} for the admin socket: other users may write to it. Set runtime.admin_socket to another path, or to off`,
    ]);
  });

  test.runIf(process.getuid?.() === 0)("uses a folder behind a link of root's, as systemd makes it", async () => {
    const folder = folderWith();
    mkdirSync(join(folder, "private"), { mode: 0o700 });
    symlinkSync("private", join(folder, "run"));
    await using one = await bench({ setting: "auto", env: { TRACECORE_RUNTIME_DIR: join(folder, "run") } });
    expect(one.admin.path).toBe(join(folder, "run", `${process.pid}.sock`));
  });

  test("takes a name of its own where another collector of the same process ID has one", async () => {
    const env = { XDG_RUNTIME_DIR: folderWith() };
    await using one = await bench({ setting: "auto", env });
    await using other = await bench({ setting: "auto", env });
    expect([one.admin.path, other.admin.path]).toEqual([
      `${env.XDG_RUNTIME_DIR}/tracecore/${process.pid}.sock`,
      `${env.XDG_RUNTIME_DIR}/tracecore/${process.pid}-2.sock`,
    ]);
  });

  test("keeps its hands off a file that is not a socket", async () => {
    const path = join(folderWith({ precious: "data" }), "precious");
    await expect(openAdminSocket({ ...defaults(), setting: path })).rejects.toMatchObject({
      code: "admin-socket-unusable",
      message: `cannot use ${path} for the admin socket: a file that is not a socket lies there`,
    });
    expect(existsSync(path)).toBe(true);
  });

  test("says that the folder is not there where that is so", async () => {
    const folder = join(folderWith(), "none");
    await expect(openAdminSocket({ ...defaults(), setting: join(folder, "s") })).rejects.toMatchObject({
      message: `cannot use ${join(folder, "s")} for the admin socket: there is no folder ${folder}`,
    });
  });

  test("keeps its hands off a socket that another process answers on", async () => {
    const path = join(folderWith(), "s");
    const other = createServer().listen(path);
    await once(other, "listening");
    await expect(openAdminSocket({ ...defaults(), setting: path })).rejects.toMatchObject({
      message: `cannot use ${path} for the admin socket: another process listens there`,
    });
    other.close();
  });
});

function defaults(): AdminSocketOptions {
  return {
    setting: "off",
    limits: { max_clients: 1, buffer: 1 },
    service: () => undefined,
    who: { pid: 1, version: "", config: [] },
    env: {},
    logger: testLogger(),
    clock: manualClock(),
  };
}

describe("a tap", () => {
  test("sends nothing more to a client that does not read, and says what it missed once it reads", async () => {
    await using one = await bench();
    const socket = await one.client(order);
    socket.pause();
    await expect.poll(() => one.taps.length).toBe(1);
    // Far more than the socket and the buffer hold, in one turn of the event loop.
    const sent = 5_000;
    for (let i = 0; i < sent; i++) one.taps[0]!.batch(record(1_000), place);
    const frames = readFrames(socket);
    let batches = 0;
    let slow = 0;
    while (batches + slow < sent) {
      const frame = await Promise.race([next(frames), one.clock.advance(1_000).then(() => next(frames))]);
      if (frame?.frame === "batch") batches++;
      if (frame?.frame === "not_shown") slow += frame.slow;
    }
    expect(batches + slow).toBe(sent);
    // Half of the buffer of 64 KiB, and what the kernel took.
    expect(batches).toBeLessThan(1_000);
    socket.destroy();
  });

  test("shows as many batches a second as the client asked for, and counts the others", async () => {
    await using one = await bench();
    const socket = await one.client({ ...order, rate: 2 });
    const frames = readFrames(socket);
    await next(frames);
    for (let i = 0; i < 10; i++) one.taps[0]!.batch(record(1), place);
    expect([(await next(frames))?.frame, (await next(frames))?.frame]).toEqual(["batch", "batch"]);
    await one.clock.advance(1_000);
    expect(await next(frames)).toEqual({ frame: "not_shown", chosen: 8, slow: 0, broken: 0 });
    one.taps[0]!.batch(record(1), place);
    expect(await next(frames)).toMatchObject({ frame: "batch", items: 1 });
    socket.destroy();
  });

  test("shows the share of the batches that the client asked for", async () => {
    await using one = await bench();
    const socket = await one.client({ ...order, sample: 0.25 });
    const frames = readFrames(socket);
    await next(frames);
    for (let i = 0; i < 20; i++) one.taps[0]!.batch(record(1), place);
    await one.clock.advance(1_000);
    const got: unknown[] = [];
    for (let i = 0; i < 6; i++) got.push((await next(frames))?.frame);
    expect(got).toEqual(["batch", "batch", "batch", "batch", "batch", "not_shown"]);
    socket.destroy();
  });

  test("cuts a batch that is larger than its buffer, and says how many items the whole has", async () => {
    await using one = await bench();
    const socket = await one.client(order);
    const frames = readFrames(socket);
    await next(frames);
    one.taps[0]!.batch(record(1_000, 100), place);
    const frame = (await next(frames)) as { items: number; bytes: number };
    expect(frame.items).toBe(100);
    expect(frame.bytes).toBeLessThanOrEqual(32 * 1024);
    expect(frame.bytes).toBeGreaterThan(16 * 1024);
    socket.destroy();
  });

  test("tells of a reload and of the end", async () => {
    await using one = await bench();
    const socket = await one.client(order);
    const frames = readFrames(socket);
    await next(frames);
    one.taps[0]!.rewired([]);
    one.taps[0]!.ended("the collector has stopped");
    expect([await next(frames), await next(frames), await next(frames)]).toEqual([
      { frame: "places", places: [] },
      { frame: "end", reason: "the collector has stopped" },
      undefined,
    ]);
  });
});

/** Leaves the socket of a process that was killed, made a minute ago. */
function leaveBehind(path: string): void {
  const script = `require("node:net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`;
  spawnSync(process.execPath, ["-e", script]);
  const then = Date.now() / 1_000 - 60;
  utimesSync(path, then, then);
}

describe("what a killed collector has left behind", () => {
  test("is replaced by one that wants the path", async () => {
    const path = join(folderWith(), "s");
    leaveBehind(path);
    await using one = await bench({ setting: path });
    expect(one.admin.path).toBe(path);
  });

  test("is removed by the next one in the folder, which leaves alone what others listen on or have just made", async () => {
    const folder = folderWith();
    leaveBehind(join(folder, "1.sock"));
    leaveBehind(join(folder, "2.sock"));
    utimesSync(join(folder, "2.sock"), new Date(), new Date());
    const env = { TRACECORE_RUNTIME_DIR: folder };
    await using _one = await bench({ setting: "auto", env });
    await using _other = await bench({ setting: "auto", env });
    const left = ["2.sock", `${process.pid}-2.sock`, `${process.pid}.sock`].toSorted();
    await expect.poll(() => readdirSync(folder).toSorted()).toEqual(left);
  });
});
