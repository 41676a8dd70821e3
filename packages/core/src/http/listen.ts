import type { Server, Socket } from "node:net";
import type { Clock } from "../clock/clock.ts";
import type { TlsServer } from "../config/tls.ts";
import { messageOf } from "../errors.ts";
import type { Logger } from "../settings.ts";
import { bind, formatAddress, heldBy, type ListenEndpoint } from "./bind.ts";
import { defaultHttpLimits, type HttpLimits } from "./limits.ts";
import { openTlsFiles } from "./tls-files.ts";
import { HttpTransport, type Answerer, type HttpHandler } from "./transport.ts";

export interface ListenOptions {
  /** Whose listener this is, as messages name it: `exporter "prom"`. The same owner may take its own address over. */
  readonly owner: string;
  readonly endpoint: ListenEndpoint;
  /** The option that holds the endpoint, for the remedy of an error: `telemetry.listen`. */
  readonly configKey?: string;
  /** Without it, plain text. */
  readonly tls?: TlsServer | undefined;
  readonly handler: HttpHandler;
  readonly limits?: Partial<HttpLimits>;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Do not answer before {@link HttpListener.activate}: an earlier listener of the owner goes on, or clients get 503. */
  readonly standby?: boolean;
  /** The port is lost although nobody closed it. */
  readonly onExit?: (reason: string, error: unknown) => void;
  readonly onTlsReload?: (outcome: "success" | "failure") => void;
}

/** An open port. */
export interface HttpListener extends AsyncDisposable {
  /** The real port, also when the endpoint said 0. */
  readonly address: { readonly host: string; readonly port: number; readonly text: string };
  /** Answers from now on, in place of an earlier listener of the same owner. Closing this one hands back to that one. */
  activate(): void;
  /** Reads the TLS files again; true when there are none. */
  reloadTls(): Promise<boolean>;
  /**
   * Answers what has been sent and closes. Connections that take longer than `deadlineMs` (default 800) are cut off.
   * The port closes with its last listener. Calling it twice is harmless.
   */
  close(deadlineMs?: number): Promise<void>;
}

interface Holder extends Answerer {
  readonly transport: HttpTransport;
  readonly onExit: ListenOptions["onExit"];
}

/** A port of this process and those that answer on it, the newest last. */
interface SharedPort {
  readonly owner: string;
  readonly servers: readonly Server[];
  readonly port: number;
  readonly active: Holder[];
  readonly transports: Set<HttpTransport>;
  /** Standby holders included. */
  holders: number;
  closed: boolean;
  /** The addresses under which it is found. */
  readonly keys: Set<string>;
}

const DEFAULT_CLOSE_MS = 800;

/** By address. A promise while it is being bound, so that two who ask at once do not both bind. */
const ports = new Map<string, Promise<SharedPort>>();

/**
 * The one way to open an HTTP port. The promise is rejected when the port cannot be had. An owner that asks for an address
 * it already holds shares the port with itself, so a reload changes the handler, the limits and even TLS without a moment
 * in which a client is refused.
 */
export async function listenHttp(options: ListenOptions): Promise<HttpListener> {
  const { owner, endpoint, configKey, tls, handler, logger, clock, standby = false } = options;
  const limits = { ...defaultHttpLimits, ...options.limits };
  // Node refuses a header time above the request time.
  if (limits.requestTimeoutMs > 0) limits.headerTimeoutMs = Math.min(limits.headerTimeoutMs, limits.requestTimeoutMs);

  const key = tls === undefined ? "" : JSON.stringify(tls);
  const tlsFiles = async () =>
    tls === undefined ? undefined : openTlsFiles(tls, { clock, logger, onReload: options.onTlsReload });

  const asked = addressKey(endpoint, endpoint.port);
  const held =
    endpoint.port === 0 && endpoint.path === undefined ? undefined : await ports.get(asked)?.catch(() => undefined);
  if (held !== undefined && !held.closed && held.owner !== owner)
    throw heldBy(held.owner, textOf(endpoint, held.port), configKey);

  let transport = [...(held?.transports ?? [])].find((open) => open.key === key);
  const opened = transport === undefined;
  transport ??= new HttpTransport(key, clock, limits, await tlsFiles());
  let port: SharedPort;
  try {
    port = held === undefined || held.closed ? await openPort(options, asked) : held;
  } catch (error) {
    if (opened) await transport.close(0);
    // Two components that start at the same moment: the other one is in this process after all.
    const winner = await ports.get(asked)?.catch(() => undefined);
    throw winner === undefined ? error : heldBy(winner.owner, textOf(endpoint, winner.port), configKey);
  }
  port.transports.add(transport);
  port.holders++;
  transport.users++;

  const holder: Holder = { handler, limits, logger, open: new Set(), transport, onExit: options.onExit };
  const inTransport = transport;
  const activate = (): void => {
    if (port.active.includes(holder)) return;
    port.active.push(holder);
    inTransport.answerers.push(holder);
    inTransport.apply(limits);
  };
  let closing: Promise<void> | undefined;
  const close = (deadlineMs = DEFAULT_CLOSE_MS): Promise<void> =>
    (closing ??= release(port, holder, clock, deadlineMs));
  if (!standby) activate();
  return {
    address: { host: endpoint.host, port: port.port, text: textOf(endpoint, port.port) },
    activate() {
      if (closing === undefined) activate();
    },
    reloadTls: async () => (await inTransport.tls?.reload()) ?? true,
    close,
    [Symbol.asyncDispose]: () => close(),
  };
}

async function openPort({ owner, endpoint, configKey }: ListenOptions, asked: string): Promise<SharedPort> {
  const opening = (async (): Promise<SharedPort> => {
    const active: Holder[] = [];
    const transports = new Set<HttpTransport>();
    const accept = (socket: Socket): void => {
      const transport = active.at(-1)?.transport ?? transports.values().next().value;
      if (transport === undefined) socket.destroy();
      else transport.accept(socket);
    };
    const bound = await bind(endpoint, configKey, accept);
    const port: SharedPort = { owner, ...bound, active, transports, holders: 0, closed: false, keys: new Set() };
    for (const server of bound.servers) watch(server, port);
    return port;
  })();
  const chosenBySystem = endpoint.port === 0 && endpoint.path === undefined;
  const mine = !chosenBySystem && !ports.has(asked);
  if (mine) ports.set(asked, opening);
  try {
    const port = await opening;
    port.keys.add(addressKey(endpoint, port.port));
    for (const key of port.keys) ports.set(key, opening);
    return port;
  } catch (error) {
    if (mine) ports.delete(asked);
    throw error;
  }
}

/** Hears of a port that stops listening by itself. */
function watch(server: Server, port: SharedPort): void {
  let lastError: unknown;
  server.on("error", (error) => {
    lastError = error; // For example EMFILE: the port still listens, and the next connection may be accepted.
    port.active.at(-1)?.logger.error(`cannot accept a connection: ${messageOf(error)}`);
  });
  server.on("close", () => {
    if (port.closed) return;
    for (const holder of port.active) {
      const cause = lastError === undefined ? "" : `: ${messageOf(lastError)}`;
      holder.logger.error(`no longer listens on port ${port.port}${cause}`);
      holder.onExit?.(lastError instanceof Error && "code" in lastError ? String(lastError.code) : "closed", lastError);
    }
  });
}

async function release(port: SharedPort, holder: Holder, clock: Clock, deadlineMs: number): Promise<void> {
  const { transport } = holder;
  remove(port.active, holder);
  remove(transport.answerers, holder);
  port.holders--;
  transport.users--;
  if (port.holders === 0) {
    port.closed = true;
    for (const key of port.keys) ports.delete(key);
    const unbound = port.servers.map(closeServer);
    await drain(holder, deadlineMs);
    await Promise.all(unbound);
  } else if (transport.users === 0) {
    port.transports.delete(transport);
    await drain(holder, deadlineMs);
  } else {
    const next = transport.answerers.at(-1);
    if (next !== undefined) transport.apply(next.limits);
    await whenIdle(holder, clock, deadlineMs);
  }
}

/** Closes the transport of its last holder, who answers what had been sent before. */
async function drain(holder: Holder, deadlineMs: number): Promise<void> {
  holder.transport.answerers.push(holder);
  await holder.transport.close(deadlineMs);
}

/** Waits for the requests that `holder` is answering, and cuts them off when they take too long. */
async function whenIdle(holder: Holder, clock: Clock, deadlineMs: number): Promise<void> {
  if (holder.open.size > 0 && deadlineMs > 0) {
    const late = new AbortController();
    const idle = new Promise<void>((resolve) => {
      holder.onIdle = resolve;
    });
    await Promise.race([idle, clock.sleep(deadlineMs, late.signal)]);
    late.abort();
  }
  for (const response of holder.open) response.destroy();
}

function closeServer(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  return promise;
}

function remove<T>(list: T[], item: T): void {
  const index = list.lastIndexOf(item);
  if (index !== -1) list.splice(index, 1);
}

function addressKey({ host, path }: ListenEndpoint, port: number): string {
  return path ?? formatAddress({ host: host.toLowerCase(), port });
}

function textOf(endpoint: ListenEndpoint, port: number): string {
  return endpoint.path ?? formatAddress({ host: endpoint.host, port });
}
