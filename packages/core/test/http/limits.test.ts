import { Agent, type ServerResponse } from "node:http";
import { describe, expect, test } from "vitest";
import { systemClock } from "../../src/clock/clock.ts";
import { manualClock } from "../../src/clock/manual-clock.ts";
import { listenHttp, type HttpLimits, type HttpListener, type ListenOptions } from "../../src/http/http.ts";
import { capturedLogger } from "./captured-logger.ts";
import { ask, rawConnection, until } from "./requests.ts";

interface Listening extends AsyncDisposable {
  readonly port: number;
  readonly lines: string[];
  readonly listener: HttpListener;
}

async function listen(limits: Partial<HttpLimits>, changes: Partial<ListenOptions> = {}): Promise<Listening> {
  const logger = capturedLogger();
  const listener = await listenHttp({
    owner: "test",
    endpoint: { host: "127.0.0.1", port: 0 },
    handler: (_request, response) => {
      response.end("hello");
    },
    clock: systemClock,
    limits,
    ...changes,
    logger,
  });
  return {
    port: listener.address.port,
    lines: logger.lines,
    listener,
    [Symbol.asyncDispose]: () => listener.close(0),
  };
}

describe("limits of a listener", () => {
  test("tracecore #59: a client that does not finish its headers is told so and closed", async () => {
    await using server = await listen({ headerTimeoutMs: 40, checkIntervalMs: 10 });
    const { socket, received, closed } = await rawConnection(server.port);
    socket.write("GET / HTTP/1.1\r\nHo");
    await closed;
    expect(received()).toBe("HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  });

  test("a client that does not finish its body is told so and closed", async () => {
    await using server = await listen(
      { headerTimeoutMs: 40, requestTimeoutMs: 40, checkIntervalMs: 10 },
      { handler: (request) => void request.resume() },
    );
    const { socket, closed } = await rawConnection(server.port);
    socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345");
    await closed;
    expect(socket.destroyed).toBe(true);
  });

  test("tracecore #60: 16 KiB of headers are answered with 431 and the connection is closed", async () => {
    await using server = await listen({});
    const { socket, received, closed } = await rawConnection(server.port);
    socket.write(`GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${"a".repeat(16_384)}\r\n\r\n`);
    await closed;
    expect(received()).toBe(
      "HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
    );
  });

  test("headers just below the limit are accepted, and the limit can be set", async () => {
    await using server = await listen({ maxHeaderBytes: 2_048 });
    expect(await ask({ port: server.port, headers: { "X-Long": "a".repeat(1_900) } })).toMatchObject({ status: 200 });
    expect(await ask({ port: server.port, headers: { "X-Long": "a".repeat(2_100) } })).toMatchObject({ status: 431 });
  });

  test("what is not HTTP is answered with 400", async () => {
    await using server = await listen({});
    const { socket, received, closed } = await rawConnection(server.port);
    socket.write("\x16\x03\x01 this is no request\r\n\r\n");
    await closed;
    expect(received()).toBe("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  });

  test("tracecore #61: a client that does not read its response is closed at the write deadline", async () => {
    const clock = manualClock();
    let answering = false;
    await using server = await listen(
      { writeTimeoutMs: 30_000, checkIntervalMs: 500 },
      {
        clock,
        handler: (_request, response) => {
          answering = true;
          response.end(Buffer.alloc(64 * 2 ** 20));
        },
      },
    );
    const { socket, closed } = await rawConnection(server.port);
    socket.pause();
    socket.write("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
    await until(() => answering);
    await clock.advance(29_000);
    expect(server.lines).toEqual([]);
    await clock.advance(1_500);
    expect(server.lines).toEqual(["warn closed a connection: its response had not left after 30000 ms"]);
    socket.resume();
    await closed;
  });

  test("a response may begin when its request has had its time, and then has its own to leave", async () => {
    const clock = manualClock();
    const asked = new Map<string | undefined, ServerResponse>();
    const limits = { requestTimeoutMs: 10_000, writeTimeoutMs: 30_000, checkIntervalMs: 500 };
    await using server = await listen(limits, { clock, handler: ({ url }, response) => void asked.set(url, response) });
    const late = await rawConnection(server.port);
    const never = await rawConnection(server.port);
    late.socket.write("GET /late HTTP/1.1\r\nHost: x\r\n\r\n");
    never.socket.write("GET /never HTTP/1.1\r\nHost: x\r\n\r\n");
    await until(() => asked.size === 2);
    await clock.advance(39_000);
    asked.get("/late")!.write("begun");
    await clock.advance(1_500);
    await never.closed;
    expect(server.lines).toEqual(["warn closed a connection: its response had not begun after 40000 ms"]);
    await clock.advance(28_000);
    asked.get("/late")!.end(", and ended");
    await until(() => late.received().includes(", and ended"));
    expect(server.lines).toHaveLength(1);
  });

  test("requests that come before their predecessor is answered wait, so that a client that reads nothing costs one answer", async () => {
    const answers: (() => void)[] = [];
    await using server = await listen(
      {},
      { handler: ({ url }, response) => void answers.push(() => response.end(url)) },
    );
    const { socket, received } = await rawConnection(server.port);
    socket.write(["/a", "/b", "/c"].map((path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`).join(""));
    for (const [index, path] of ["/a", "/b", "/c"].entries()) {
      await until(() => answers.length > index);
      expect(answers).toHaveLength(index + 1);
      answers[index]!();
      await until(() => received().endsWith(path));
    }
  });

  test("one request more than may wait closes its connection, and nobody answers those that waited", async () => {
    let asked = 0;
    await using server = await listen({ maxWaitingRequests: 2 }, { handler: () => void asked++ });
    const { socket, closed } = await rawConnection(server.port);
    socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(3));
    await until(() => asked > 0);
    expect(server.lines).toEqual([]);
    socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await closed;
    expect(asked).toBe(1);
    expect(server.lines).toEqual(["warn closed a connection: 2 requests waited for an answer, which is the limit"]);
    await server.listener.close();
  });

  test("one connection more than the limit is closed, and said once", async () => {
    await using server = await listen({ maxConnections: 2 });
    const agent = new Agent({ keepAlive: true });
    const both = [await rawConnection(server.port), await rawConnection(server.port)];
    for (const { socket } of both) socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await until(() => both.every(({ received }) => received() !== ""));
    for (let i = 0; i < 3; i++) {
      const { closed, received } = await rawConnection(server.port);
      await closed;
      expect(received()).toBe("");
    }
    expect(server.lines).toEqual(["warn refuses connections: 2 are open, which is the limit"]);
    both[0]!.socket.destroy();
    await both[0]!.closed;
    // The server hears of it a moment later.
    let answer: unknown;
    while (answer === undefined) answer = await ask({ port: server.port, agent }).catch(() => undefined);
    expect(answer).toMatchObject({ status: 200 });
    agent.destroy();
  });
});

describe("closing a listener", () => {
  test("answers a request that is under way, and closes idle connections at once", async () => {
    const go = Promise.withResolvers<void>();
    let asked = false;
    await using server = await listen(
      {},
      {
        handler: async (request, response) => {
          asked = request.url === "/slow";
          if (asked) await go.promise;
          response.end("done");
        },
      },
    );
    const idle = await rawConnection(server.port);
    idle.socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await until(() => idle.received() !== "");
    const silent = await rawConnection(server.port);
    const slow = ask({ port: server.port, path: "/slow" });
    await until(() => asked);
    const closing = server.listener.close(60_000);
    await idle.closed;
    await silent.closed;
    go.resolve();
    expect(await slow).toMatchObject({ status: 200, text: "done", headers: { connection: "close" } });
    await closing;
  });

  test("cuts off what takes longer than the deadline", async () => {
    const clock = manualClock();
    let asked = false;
    await using server = await listen(
      {},
      {
        clock,
        handler: () => {
          asked = true;
        },
      },
    );
    const hanging = ask({ port: server.port });
    hanging.catch(() => {});
    await until(() => asked);
    const closing = server.listener.close(800);
    await clock.advance(801);
    await closing;
    await expect(hanging).rejects.toThrow("socket hang up");
  });

  test("tracecore #52: a request that a kept connection has sent before the close is still answered", async () => {
    let closing = false;
    await using server = await listen(
      {},
      {
        handler: (_request, response) => {
          response.writeHead(closing ? 503 : 200).end();
        },
      },
    );
    const { socket, received, closed } = await rawConnection(server.port);
    socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await until(() => received().includes("200 OK"));
    const { promise: sent, resolve } = Promise.withResolvers<void>();
    socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n", () => resolve());
    await sent;
    closing = true;
    await server.listener.close();
    await closed;
    expect(received()).toContain("HTTP/1.1 503 Service Unavailable");
  });
});
