import type { AddressInfo, Server, Socket } from "node:net";
import { TracecoreError } from "../errors.ts";

/** Where to listen; see `endpoint()` of `@tracecore/core/config`. */
export interface ListenEndpoint {
  /** Empty means all interfaces. `localhost` means 127.0.0.1, and ::1 where the machine has it. */
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** A Unix socket instead. */
  readonly path?: string;
}

/** Sockets that listen on one endpoint: two for `localhost`. */
export interface Bound {
  readonly servers: readonly Server[];
  readonly port: number;
}

/** Tries for a port that is free on 127.0.0.1 and on ::1, where the system chooses it. */
const TRIES_FOR_BOTH = 8;
const NO_SUCH_ADDRESS = new Set(["EADDRNOTAVAIL", "EAFNOSUPPORT", "EINVAL"]);

/** Listens; throws `address-in-use`, `address-not-permitted` or `cannot-listen`. `configKey` names the option to change. */
export async function bind(
  endpoint: ListenEndpoint,
  configKey: string | undefined,
  onConnection: (socket: Socket) => void,
): Promise<Bound> {
  if (endpoint.path !== undefined) return { servers: [await one({ path: endpoint.path })], port: 0 };
  if (endpoint.host !== "localhost") {
    const server = await one({ host: endpoint.host, port: endpoint.port });
    return { servers: [server], port: (server.address() as AddressInfo).port };
  }
  for (let attempt = 1; ; attempt++) {
    const v4 = await unlessMissing(one({ host: "127.0.0.1", port: endpoint.port }));
    const port = v4 === undefined ? endpoint.port : (v4.address() as AddressInfo).port;
    try {
      const v6 = await unlessMissing(one({ host: "::1", port }));
      const servers = [v4, v6].filter((server) => server !== undefined);
      if (servers.length > 0) return { servers, port: (servers[0]!.address() as AddressInfo).port };
    } catch (error) {
      v4?.close();
      if (endpoint.port !== 0 || attempt === TRIES_FOR_BOTH) throw error;
      continue;
    }
    throw new TracecoreError("cannot-listen", "cannot listen on localhost: this machine has no loopback address");
  }

  async function one(where: { host: string; port: number } | { path: string }): Promise<Server> {
    const net = process.getBuiltinModule("node:net");
    const server = net.createServer({ allowHalfOpen: true, noDelay: true }, onConnection);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once("error", reject);
    server.listen(
      "path" in where ? where : { port: where.port, ...(where.host !== "" && { host: where.host }) },
      resolve,
    );
    try {
      await promise;
    } catch (error) {
      throw listenError(error, "path" in where ? where.path : formatAddress(where), configKey);
    }
    server.removeListener("error", reject);
    return server;
  }
}

/** The error of an address that somebody in this process holds already. */
export function heldBy(owner: string, address: string, configKey: string | undefined): TracecoreError {
  return new TracecoreError("address-in-use", `cannot listen on ${address}: ${owner} listens there`, {
    remedy: configKey === undefined ? "Choose another port" : `Set ${configKey} to another port`,
  });
}

/** `host:port`, with brackets around an IPv6 address. */
export function formatAddress({ host, port }: { host: string; port: number }): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

async function unlessMissing(binding: Promise<Server>): Promise<Server | undefined> {
  try {
    return await binding;
  } catch (error) {
    const cause = error instanceof Error ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
    if (NO_SUCH_ADDRESS.has(cause?.code ?? "")) return undefined;
    throw error;
  }
}

function listenError(error: unknown, address: string, configKey: string | undefined): TracecoreError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const change = configKey === undefined ? "choose another port" : `set ${configKey} to another port`;
  if (code === "EADDRINUSE") {
    return new TracecoreError("address-in-use", `cannot listen on ${address}: the address is in use`, {
      remedy: `Stop the other process, or ${change}`,
    });
  }
  if (code === "EACCES" || code === "EPERM") {
    return new TracecoreError("address-not-permitted", `cannot listen on ${address}: the system does not permit it`, {
      remedy: `Ports below 1024 need CAP_NET_BIND_SERVICE: grant it, or ${change}`,
    });
  }
  return new TracecoreError("cannot-listen", `cannot listen on ${address}`, {
    cause: error,
    ...(configKey !== undefined && { remedy: `Check ${configKey}` }),
  });
}
