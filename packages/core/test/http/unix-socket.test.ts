import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { systemClock } from "../../src/clock/clock.ts";
import { listenHttp, type HttpListener } from "../../src/http/http.ts";
import { capturedLogger } from "./captured-logger.ts";

const listen = (path: string): Promise<HttpListener> =>
  listenHttp({
    owner: 'receiver "otlp"',
    endpoint: { host: "", port: 0, path },
    configKey: "receivers.otlp.endpoint",
    handler: (_request, response) => void response.end("hello"),
    clock: systemClock,
    logger: capturedLogger(),
  });
const folder = (): string => mkdtempSync(join(tmpdir(), "unix-socket-"));

describe("a listener on a unix socket", () => {
  test("takes the place of a process that was killed", async () => {
    const path = join(folder(), "otlp.sock");
    const killed = `require("node:net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 9))`;
    expect(spawnSync(process.execPath, ["-e", killed]).signal).toBe("SIGKILL");
    expect(existsSync(path)).toBe(true);
    await using listener = await listen(path);
    expect(listener.address.text).toBe(path);
    const socket = process.getBuiltinModule("node:net").connect(path);
    await once(socket, "connect");
    socket.destroy();
  });

  test("leaves the socket of a process that lives alone", async () => {
    const path = join(folder(), "otlp.sock");
    const other = createServer((socket) => socket.on("error", () => {}).end("still here")); // Who only knocks is gone.
    await once(other.listen(path), "listening");
    await expect(listen(path)).rejects.toMatchObject({
      code: "address-in-use",
      message: `cannot listen on ${path}: another process listens there, or it is no socket`,
      remedy: "Stop the other process, or set receivers.otlp.endpoint to another path",
    });
    const [said] = (await once(process.getBuiltinModule("node:net").connect(path), "data")) as [Buffer];
    expect(said.toString()).toBe("still here");
    other.close();
  });

  test("leaves a file that is no socket alone", async () => {
    const path = join(folder(), "otlp.sock");
    writeFileSync(path, "notes");
    await expect(listen(path)).rejects.toMatchObject({ code: "address-in-use" });
    expect(existsSync(path)).toBe(true);
  });

  test("says how long a path may be", async () => {
    const path = join(folder(), "x".repeat(100));
    await expect(listen(path)).rejects.toMatchObject({
      code: "cannot-listen",
      message: `cannot listen on ${path}: the path has ${path.length} bytes`,
      remedy: "The system takes at most 107 bytes: set receivers.otlp.endpoint to another path",
    });
  });
});
