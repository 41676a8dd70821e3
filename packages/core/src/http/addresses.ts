import { TracecoreError } from "../errors.ts";

/** Where to listen; see `endpoint()` of `@tracecore/core/config`. */
export interface ListenEndpoint {
  /** Empty means all interfaces. `localhost` means 127.0.0.1, and ::1 where the machine has it. */
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** A Unix socket instead. */
  readonly path?: string;
  /** Other processes of the same user may listen beside this one, and the system spreads connections over them. */
  readonly reusePort?: boolean;
}

/** One address that a socket can listen on: an IP address, `*` for all of them, or the path of a Unix socket. */
export interface SocketAddress {
  readonly ip: string;
  readonly port: number;
  readonly path?: string;
  readonly reusePort?: boolean;
}

/** `host:port`, with brackets around an IPv6 address. */
export function formatAddress({ host, port }: { host: string; port: number }): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** As people wrote it, with the real port. */
export function textOf(endpoint: ListenEndpoint, port: number): string {
  return endpoint.path ?? formatAddress({ host: endpoint.host, port });
}

/** The IP address of a host that is not `localhost`; equal for every spelling of it. Throws what the resolver says. */
export async function ipOf(host: string): Promise<string> {
  if (host === "") return "*";
  switch (process.getBuiltinModule("node:net").isIP(host)) {
    case 4:
      return host;
    case 6:
      return URL.parse(`http://[${host}]`)?.hostname.slice(1, -1) ?? host; // A zone such as fe80::1%eth0 stays as it is.
    default:
      return (await process.getBuiltinModule("node:dns/promises").lookup(host)).address;
  }
}

export function keyOf({ ip, port, path }: SocketAddress): string {
  return path ?? formatAddress({ host: ip, port });
}

/** Whether the system lets only one of the two listen, since one of them is a wildcard that holds the other. */
export function overlap(a: SocketAddress, b: SocketAddress): boolean {
  if (a.path !== undefined || b.path !== undefined || a.port !== b.port || a.ip === b.ip) return false;
  return [a, b].some(({ ip }) => ip === "*" || ip === "::") || ([a, b].some(isWildcard4) && isV4(a.ip) && isV4(b.ip));
}

function isWildcard4({ ip }: SocketAddress): boolean {
  return ip === "0.0.0.0";
}

function isV4(ip: string): boolean {
  return !ip.includes(":");
}

/** The error of an address that somebody in this process holds already. */
export function heldBy(owner: string, address: string, configKey: string | undefined): TracecoreError {
  return new TracecoreError("address-in-use", `cannot listen on ${address}: ${owner} listens there`, {
    remedy: configKey === undefined ? "Choose another port" : `Set ${configKey} to another port`,
  });
}

/** What the system said, as an error that names the option to change. */
export function listenError(error: unknown, address: string, configKey: string | undefined): TracecoreError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const change = configKey === undefined ? "choose another port" : `set ${configKey} to another port`;
  if (code === "EADDRINUSE" && address.startsWith("/")) {
    return new TracecoreError(
      "address-in-use",
      `cannot listen on ${address}: another process listens there, or it is no socket`,
      {
        remedy: `Stop the other process, or ${change.replace("port", "path")}`,
      },
    );
  }
  if (code === "EINVAL" && address.startsWith("/")) {
    return new TracecoreError(
      "cannot-listen",
      `cannot listen on ${address}: the path has ${Buffer.byteLength(address)} bytes`,
      {
        remedy: `The system takes at most 107 bytes: ${change.replace("port", "path")}`,
      },
    );
  }
  if (code === "EADDRINUSE") {
    return new TracecoreError("address-in-use", `cannot listen on ${address}: the address is in use`, {
      remedy: `Stop the other process, or ${change}`,
    });
  }
  if (code === "EACCES" || code === "EPERM") {
    return new TracecoreError("address-not-permitted", `cannot listen on ${address}: the system does not permit it`, {
      // Node gives the same code for a folder that is not there.
      remedy: address.startsWith("/")
        ? `Create the folder of the socket and let this user write there, or ${change.replace("port", "path")}`
        : `Ports below 1024 need CAP_NET_BIND_SERVICE: grant it, or ${change}`,
    });
  }
  return new TracecoreError("cannot-listen", `cannot listen on ${address}`, {
    cause: error,
    ...(configKey !== undefined && { remedy: `Check ${configKey}` }),
  });
}
