import { isListenEndpoint, type Endpoint } from "../../config/endpoint.ts";
import { overlap, type SocketAddress } from "../../http/addresses.ts";
import { report, type Check } from "./check-block.ts";
import type { Startup } from "./checked-config.ts";
import type { ConfigPath } from "./problem.ts";

/** A block of the config that will be used, as its schema has read it. */
export interface ReadBlock {
  /** As messages name it: `receiver "otlp"`. */
  readonly owner: string;
  readonly path: ConfigPath;
  readonly value: unknown;
  readonly startup: Startup;
}

interface Listener extends ReadBlock {
  readonly endpoint: Pick<Endpoint, "host" | "port" | "path" | "text">;
}

/**
 * Reports listeners of which only one can have its address. What depends on names that the machine has to look up is left to
 * the start: a config that may work is not wrong.
 */
export function checkListeners(state: Check, blocks: readonly ReadBlock[]): void {
  const listeners = blocks.flatMap((block) => listenersIn(block, block.value, block.path));
  for (const [index, listener] of listeners.entries()) {
    const first = listeners.slice(0, index).find((other) => collide(other.endpoint, listener.endpoint));
    if (first !== undefined) reportCollision(state, first, listener);
  }
}

function listenersIn(block: ReadBlock, value: unknown, path: ConfigPath): Listener[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => listenersIn(block, item, [...path, index]));
  if (typeof value !== "object" || value === null) return [];
  if (isListenEndpoint(value)) return [{ ...block, path, endpoint: value }];
  if (Object.getPrototypeOf(value) !== Object.prototype) return [];
  return Object.entries(value).flatMap(([key, inner]) => listenersIn(block, inner, [...path, key]));
}

function reportCollision(state: Check, first: Listener, second: Listener): void {
  const { document } = state;
  const { source, start } = document.nearest(first.path, "value");
  const { file, line, col } = source.position(start);
  const place = source.kind === "set" ? file : `${file}:${line}:${col}`;
  const same = first.owner === second.owner ? "the same component" : first.owner;
  const port = second.endpoint.path === undefined ? "port" : "path";
  // One that may fail at its start leaves the rest running, as its config asks for.
  const fatal = first.startup === "fail" && second.startup === "fail";
  report(state, second.path, "value", {
    code: "config-address-collision",
    message: `cannot listen on ${second.endpoint.text}: ${same} listens on ${first.endpoint.text} (${place}: ${document.shownPath(first.path)})`,
    remedy: `Set one of them to another ${port}.`,
    severity: fatal ? "error" : "warning",
  });
}

/** Whether the system surely lets only one of the two listen. */
function collide(a: Listener["endpoint"], b: Listener["endpoint"]): boolean {
  if (a.path !== undefined || b.path !== undefined) {
    const path = process.getBuiltinModule("node:path");
    return a.path !== undefined && b.path !== undefined && path.normalize(a.path) === path.normalize(b.path);
  }
  if (a.port === 0 || a.port !== b.port) return false;
  if (a.host.toLowerCase() === b.host.toLowerCase()) return true;
  return addressesOf(a).some((one) =>
    addressesOf(b).some((other) => {
      if (isName(one) || isName(other)) return [one, other].some(({ ip }) => ip === "*" || ip === "::");
      return one.ip === other.ip || overlap(one, other);
    }),
  );
}

/** What an endpoint listens on; a name that has to be looked up stands for itself. */
function addressesOf({ host, port }: Listener["endpoint"]): SocketAddress[] {
  if (host === "") return [{ ip: "*", port }];
  if (host.toLowerCase() === "localhost") return ["127.0.0.1", "::1"].map((ip) => ({ ip, port }));
  const ip = host.includes(":") ? URL.parse(`http://[${host}]`)?.hostname.slice(1, -1) : host;
  return [{ ip: ip ?? host, port }];
}

function isName({ ip }: SocketAddress): boolean {
  return ip !== "*" && !ip.includes(":") && !/^\d+(?:\.\d+){3}$/.test(ip);
}
