import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { Addresses } from "../src/addresses.ts";
import { HttpClient } from "../src/http-client.ts";

const three = ["127.0.0.1", "127.0.0.2", "127.0.0.3"];

/** A name with these addresses. */
function resolving(addresses: readonly string[]): Addresses {
  const found = addresses.map((address) => ({ address, family: 4 }));
  return new Addresses(((_name: string, _options: object, done: (error: null, list: object[]) => void) =>
    done(null, found)) as never);
}

/** Servers that listen to each of the addresses, and what each was asked on how many connections. */
async function backends(addresses: readonly string[]) {
  const servers: Server[] = [];
  const requests = addresses.map(() => 0);
  const connections = addresses.map(() => 0);
  let port = 0;
  for (const [i, address] of addresses.entries()) {
    const server = createServer((request, response) => {
      requests[i]!++;
      request.resume().on("end", () => response.end());
    });
    server.on("connection", () => connections[i]!++);
    server.listen(port, address);
    await once(server, "listening");
    ({ port } = server.address() as AddressInfo);
    servers.push(server);
  }
  return {
    requests,
    connections,
    url: new URL(`http://backend.test:${port}/v1/logs`),
    close: (i: number) => {
      servers[i]!.closeAllConnections();
      servers[i]!.close();
    },
    [Symbol.dispose]() {
      for (const server of servers) server.closeAllConnections();
      for (const server of servers) server.close();
    },
  };
}

function client(addresses: Addresses, maxConnections = 0): HttpClient {
  return new HttpClient({
    keepAlive: true,
    maxConnections,
    maxIdleConnections: 100,
    idleMs: 90_000,
    proxy: () => undefined,
    tls: () => ({}),
    addresses,
  });
}

const post = (to: HttpClient, url: URL): Promise<{ status: number }> =>
  to.post(url, {}, Buffer.from("x"), new AbortController().signal);

test("requests that come one after the other go to each address in turn, on one connection each", async () => {
  using to = await backends(three);
  using sending = client(resolving(three));
  for (let i = 0; i < 9; i++) expect((await post(sending, to.url)).status).toBe(200);
  expect(to.requests).toEqual([3, 3, 3]);
  expect(to.connections).toEqual([1, 1, 1]);
});

test("an address where nobody listens any more is passed by", async () => {
  using to = await backends(three);
  using sending = client(resolving(three));
  for (let i = 0; i < 3; i++) await post(sending, to.url);
  to.close(1);
  for (let i = 0; i < 6; i++) expect((await post(sending, to.url)).status).toBe(200);
  expect(to.requests[0]! + to.requests[2]!).toBe(8);
});

test("connections that are limited are that for all addresses together", async () => {
  using to = await backends(three);
  using sending = client(resolving(three), 1);
  await Promise.all(Array.from({ length: 9 }, () => post(sending, to.url)));
  expect(to.requests.reduce((sum, count) => sum + count, 0)).toBe(9);
  expect(to.connections.reduce((sum, count) => sum + count, 0)).toBe(1);
});

test("a name with one address keeps one connection", async () => {
  using to = await backends(three.slice(0, 1));
  using sending = client(resolving(three.slice(0, 1)));
  for (let i = 0; i < 5; i++) await post(sending, to.url);
  expect(to.connections).toEqual([1]);
});
