import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { openTunnel, proxyOf } from "@tracecore/core/http";
import { describe, expect, test } from "vitest";

const env = { HTTP_PROXY: "http://plain:3128", HTTPS_PROXY: "secure.example:3129" };

describe("the proxy of the environment", () => {
  test.each([
    ["http://collector:4318", env, "http://plain:3128/"],
    ["https://collector:4318", env, "http://secure.example:3129/"],
    ["https://collector", { HTTPS_PROXY: " ", https_proxy: "https://me:pass@lower" }, "https://me:pass@lower/"],
    ["http://collector", { HTTPS_PROXY: "x" }, undefined],
    ["http://collector", {}, undefined],
    ["http://localhost:4318", env, undefined],
    ["http://127.8.0.1:4318", env, undefined],
    ["http://[::1]:4318", env, undefined],
  ])("for %s of %o is %s", (url, given, expected) => {
    expect(proxyOf(new URL(url), given)?.href).toBe(expected);
  });

  test.each([
    ["http://a.example.com", "example.com", false],
    ["http://example.com", "other, Example.COM", false],
    ["http://example.com", ".example.com", true],
    ["http://a.example.com", ".example.com", false],
    ["http://a.example.com", "*.example.com", false],
    ["http://notexample.com", "example.com", true],
    ["http://example.com:8080", "example.com:8080", false],
    ["http://example.com:8081", "example.com:8080", true],
    ["http://example.com", "example.com:80", false],
    ["https://example.com", "example.com:443", false],
    ["http://10.1.2.3", "10.0.0.0/8", false],
    ["http://11.1.2.3", "10.0.0.0/8", true],
    ["http://10.1.2.3:4318", "10.1.2.3:4318", false],
    ["http://10.1.2.3", "10.1.2.3/33,nonsense/,//", true],
    ["http://[fd00::5]:4318", "fd00::/8", false],
    ["http://[fd00::5]:4318", "[fd00::5]:4318", false],
    ["http://[fd00::5]:4318", "10.0.0.0/8,fe00::/8", true],
    ["http://10.1.2.3", "1.2.3", true],
    ["http://anything", "*", false],
    ["http://anything", " , ,", true],
  ])("for %s where NO_PROXY is %s: %s", (url, except, used) => {
    expect(proxyOf(new URL(url), { ...env, no_proxy: except }) !== undefined).toBe(used);
  });

  test.each(["socks5://me:secret@x", "http://", "ftp://secret"])("is an error for %s that tells no secret", (value) => {
    expect(() => proxyOf(new URL("http://collector"), { HTTP_PROXY: value })).toThrow(
      'the environment variable HTTP_PROXY is no URL such as "http://proxy.example:3128"',
    );
  });

  test("gives a tunnel with its password, or says what it answered", async () => {
    const asked: unknown[] = [];
    const server = createServer();
    server.on("connect", ({ url, headers }, socket) => {
      asked.push([url, headers["proxy-authorization"]]);
      socket.on("error", () => {});
      socket.end(url === "no:1" ? "HTTP/1.1 407 No\r\n\r\n" : "HTTP/1.1 200 OK\r\n\r\nhello");
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const signal = new AbortController().signal;
    const socket = await openTunnel(new URL(`http://me:p%40ss@127.0.0.1:${port}`), "yes:1", signal);
    const [first] = (await once(socket, "data")) as [Buffer];
    expect(first.toString()).toBe("hello");
    await expect(openTunnel(new URL(`http://me:word@127.0.0.1:${port}`), "no:1", signal)).rejects.toThrow(
      `the proxy 127.0.0.1:${port} answered 407`,
    );
    expect(asked).toEqual([
      ["yes:1", `Basic ${Buffer.from("me:p@ss").toString("base64")}`],
      ["no:1", `Basic ${Buffer.from("me:word").toString("base64")}`],
    ]);
    socket.destroy();
    server.close();
  });
});
