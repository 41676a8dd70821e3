import type { AddressInfo, ListenOptions, Server, Socket } from "node:net";
import { messageOf, TracecoreError } from "../errors.ts";
import type { Logger } from "../settings.ts";
import {
  heldBy,
  ipOf,
  keyOf,
  listenError,
  overlap,
  textOf,
  type ListenEndpoint,
  type SocketAddress,
} from "./addresses.ts";
import type { PortOwner } from "./hand-over.ts";
import { removeLeftSocket } from "./left-socket.ts";

/** One who answers on sockets; several may hold the same one. */
export interface SocketHolder extends PortOwner {
  readonly logger: Logger;
  readonly sockets: PortSocket[];
  accept(socket: Socket): void;
  /** A socket is lost although nobody closed it. */
  lost(reason: string, error: unknown): void;
}

/** A socket that listens on one address, for those who hold it. */
export interface PortSocket {
  readonly address: SocketAddress;
  /** Those who stand by included. */
  readonly holders: SocketHolder[];
  /** Who gets connections: the last one. */
  readonly active: SocketHolder[];
  /** Sockets of this process that cannot listen beside this one; they listen again when it goes before they do. */
  readonly displaced: readonly PortSocket[];
  /** Undefined while it is displaced, and once it is closed. */
  server: Server | undefined;
}

/** Tries for a port that is free on 127.0.0.1 and on ::1, where the system chooses it. */
const TRIES_FOR_BOTH = 8;
const NO_SUCH_ADDRESS = new Set(["EADDRNOTAVAIL", "EAFNOSUPPORT", "EINVAL"]);

/** What listens now, by address. */
const listening = new Map<string, PortSocket>();
let lastTurn: Promise<unknown> = Promise.resolve();

/** One change to the sockets of the process at a time, so that two who ask at once do not both bind. */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const turn = lastTurn.then(work, work);
  lastTurn = turn.catch(() => {});
  return turn;
}

/**
 * Gives `holder` the sockets of an endpoint: two for `localhost`. One that listens already is shared when all who hold it
 * have the same owner or are on their way out; one that stands in the way of a wildcard, or the other way round, then makes
 * room. Throws `address-in-use`, `address-not-permitted` or `cannot-listen`, with everything as it was.
 */
export function takeSockets(holder: SocketHolder, endpoint: ListenEndpoint, configKey?: string): Promise<void> {
  const { reusePort = false } = endpoint;
  const take = (address: SocketAddress): Promise<PortSocket> =>
    takeSocket(holder, { ...address, reusePort }, endpoint, configKey);
  return inTurn(async () => {
    try {
      const { host, port, path } = endpoint;
      if (path !== undefined) await take({ ip: "", port: 0, path });
      else if (host.toLowerCase() === "localhost") await takeLoopback(holder, port, take);
      else {
        const ip = await ipOf(host).catch((error: unknown) => {
          throw listenError(error, textOf(endpoint, port), configKey);
        });
        await take({ ip, port });
      }
    } catch (error) {
      await leaveAll(holder);
      throw error;
    }
  });
}

/** What became of the sockets of one who has left. */
export interface LeftSockets {
  /** Resolves when the last connection of those that closed has gone. */
  readonly ended: () => Promise<unknown>;
}

/** Closes the sockets that nobody else holds; who was displaced by them listens again. */
export async function leaveSockets(holder: SocketHolder): Promise<LeftSockets> {
  // What answers no more must not wait for its turn.
  for (const { active } of holder.sockets) remove(active, holder);
  return inTurn(() => leaveAll(holder));
}

async function takeLoopback(
  holder: SocketHolder,
  port: number,
  take: (address: SocketAddress) => Promise<PortSocket>,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const v4 = await unlessMissing(take({ ip: "127.0.0.1", port }));
    try {
      await unlessMissing(take({ ip: "::1", port: v4?.address.port ?? port }));
    } catch (error) {
      if (port !== 0 || attempt === TRIES_FOR_BOTH) throw error;
      await leaveAll(holder);
      continue;
    }
    if (holder.sockets.length > 0) return;
    throw new TracecoreError("cannot-listen", "cannot listen on localhost: this machine has no loopback address");
  }
}

async function takeSocket(
  holder: SocketHolder,
  address: SocketAddress,
  endpoint: ListenEndpoint,
  configKey: string | undefined,
): Promise<PortSocket> {
  const chosenBySystem = address.port === 0 && address.path === undefined;
  const there = chosenBySystem ? undefined : listening.get(keyOf(address));
  const inTheWay = chosenBySystem ? [] : [...listening.values()].filter((other) => overlap(other.address, address));
  for (const other of there === undefined ? inTheWay : [there]) {
    const stays = other.holders.find(({ owner, leaving }) => owner !== holder.owner && !leaving);
    if (stays !== undefined) throw heldBy(stays.owner, textOf(endpoint, address.port), configKey);
  }
  let socket = there;
  if (socket === undefined) {
    for (const other of inTheWay) void stopListening(other);
    socket = { address, holders: [], active: [], displaced: inTheWay, server: undefined };
    try {
      socket = await startListening(socket);
    } catch (error) {
      for (const other of inTheWay) await listenAgain(other);
      throw listenError(error, textOf(endpoint, address.port), configKey);
    }
  }
  socket.holders.push(holder);
  holder.sockets.push(socket);
  return socket;
}

/** Binds; gives the socket with its real port. */
async function startListening(socket: PortSocket): Promise<PortSocket> {
  const { ip, port, path, reusePort = false } = socket.address;
  const server = process
    .getBuiltinModule("node:net")
    .createServer({ allowHalfOpen: true, noDelay: true }, (connection) => accept(bound, connection));
  if (path === undefined) await bind(server, { port, reusePort, ...(ip !== "*" && { host: ip }) });
  else {
    await bind(server, { path }).catch(async (error: unknown) => {
      if (!(await removeLeftSocket(path, error))) throw error;
      await bind(server, { path });
    });
  }
  const real = path === undefined ? (server.address() as AddressInfo).port : 0;
  const bound = real === port ? socket : { ...socket, address: { ...socket.address, port: real } };
  bound.server = server;
  listening.set(keyOf(bound.address), bound);
  watch(server, bound);
  return bound;
}

async function bind(server: Server, to: ListenOptions): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(to, resolve);
  await promise;
  server.removeListener("error", reject);
}

function accept({ active, holders }: PortSocket, connection: Socket): void {
  const holder = active.at(-1) ?? holders[0];
  if (holder === undefined) connection.destroy();
  else holder.accept(connection);
}

/** Ends the listening; connections stay. Resolves when the last of them has gone. */
function stopListening(socket: PortSocket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { server } = socket;
  socket.server = undefined;
  if (listening.get(keyOf(socket.address)) === socket) listening.delete(keyOf(socket.address));
  if (server === undefined) resolve();
  else server.close(() => resolve());
  return promise;
}

/** Hears of a socket that stops listening by itself. */
function watch(server: Server, socket: PortSocket): void {
  let lastError: unknown;
  server.on("error", (error) => {
    lastError = error; // For example EMFILE: the port still listens, and the next connection may be accepted.
    socket.active.at(-1)?.logger.error(`cannot accept a connection: ${messageOf(error)}`);
  });
  server.on("close", () => {
    if (socket.server === server) lose(socket, `no longer listens on port ${socket.address.port}`, lastError);
  });
}

function lose({ active }: PortSocket, what: string, error: unknown): void {
  for (const holder of active) {
    holder.logger.error(error === undefined ? what : `${what}: ${messageOf(error)}`);
    holder.lost(error instanceof Error && "code" in error ? String(error.code) : "closed", error);
  }
}

async function leaveAll(holder: SocketHolder): Promise<LeftSockets> {
  const left = holder.sockets.splice(0);
  for (const { holders, active } of left) {
    remove(holders, holder);
    remove(active, holder);
  }
  const free = left.filter(({ holders }) => holders.length === 0);
  // All of them first: one that is displaced may stand in the way of two.
  const closing = Promise.all(free.map(stopListening));
  for (const { displaced } of free) for (const one of displaced) await listenAgain(one);
  return { ended: () => closing };
}

/** What was displaced listens again, if anybody still holds it. */
async function listenAgain(socket: PortSocket): Promise<void> {
  if (socket.holders.length === 0) {
    for (const one of socket.displaced) await listenAgain(one);
    return;
  }
  try {
    await startListening(socket);
  } catch (error) {
    lose(socket, `cannot listen on port ${socket.address.port} again`, error);
  }
}

async function unlessMissing(taking: Promise<PortSocket>): Promise<PortSocket | undefined> {
  try {
    return await taking;
  } catch (error) {
    const cause = error instanceof Error ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
    if (NO_SUCH_ADDRESS.has(cause?.code ?? "")) return undefined;
    throw error;
  }
}

function remove<T>(list: T[], item: T): void {
  const index = list.lastIndexOf(item);
  if (index !== -1) list.splice(index, 1);
}
