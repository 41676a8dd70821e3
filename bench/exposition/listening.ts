import type { AddressInfo, Server } from "node:net";

/** Listens on a free loopback port and gives its /metrics URL. */
export async function listening(server: Server): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
}
