import { AsyncLocalStorage } from "node:async_hooks";
import type { Socket } from "node:net";
import type { Clock } from "../clock/clock.ts";
import type { TlsServer } from "../config/tls.ts";
import type { Logger } from "../settings.ts";
import { textOf, type ListenEndpoint } from "./addresses.ts";
import { portOwners } from "./hand-over.ts";
import { defaultHttpLimits, type HttpLimits } from "./limits.ts";
import { leaveSockets, takeSockets, type SocketHolder } from "./port-sockets.ts";
import { openTlsFiles } from "./tls-files.ts";
import { HttpTransport, type Answerer, type HttpHandler } from "./transport.ts";
import { waitFor, type Patience } from "./patience.ts";

export interface ListenOptions {
  /** Whose listener this is, as messages name it: `exporter "prom"`. The same owner may take its own address over, and
   * anybody that of an owner who leaves: see {@link handOver}. */
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
   * Answers what has been sent and closes. Connections that take longer than `deadlineMs` (default 800) are cut off, but not before
   * `answers` resolves: until then something is being done for which a client waits. The port closes with its last listener. Calling
   * it twice is harmless.
   */
  close(deadlineMs?: number, answers?: Patience["answers"]): Promise<void>;
}

/** One who listens, and answers once it is activated. */
interface Holder extends Answerer, SocketHolder {
  transport: HttpTransport | undefined;
}

const DEFAULT_CLOSE_MS = 800;

/**
 * The one way to open an HTTP port. The promise is rejected when the port cannot be had. An owner that asks for an address
 * it already holds, however it is spelled, shares the port with itself, so a reload changes the handler, the limits and even
 * TLS without a moment in which a client is refused. From a loopback address to all interfaces, or back, the system wants
 * the one closed before the other is opened: both happen in one step.
 */
export async function listenHttp(options: ListenOptions): Promise<HttpListener> {
  const { owner, endpoint, configKey, tls, handler, logger, clock, standby = false } = options;
  const limits = { ...defaultHttpLimits, ...options.limits };
  // Node refuses a header time above the request time.
  if (limits.requestTimeoutMs > 0) limits.headerTimeoutMs = Math.min(limits.headerTimeoutMs, limits.requestTimeoutMs);
  const key = tls === undefined ? "" : JSON.stringify(tls);
  const readTls = async () =>
    tls === undefined ? undefined : openTlsFiles(tls, { clock, logger, onReload: options.onTlsReload });

  const holder: Holder = {
    owner,
    leaving: false,
    // Requests may come on the socket of another component: what its handler does is put down to this one.
    handler: AsyncLocalStorage.bind(handler),
    limits,
    logger,
    open: new Set(),
    sockets: [],
    transport: undefined,
    accept(socket: Socket) {
      if (holder.transport === undefined) socket.destroy();
      else holder.transport.accept(socket);
    },
    lost: (reason, error) => options.onExit?.(reason, error),
  };
  // Bad files are told before a port is opened, unless somebody uses the same ones already.
  let files = transportsOf(portOwners).some((open) => open.key === key) ? undefined : await readTls();
  let transport: HttpTransport | undefined;
  try {
    await takeSockets(holder, endpoint, configKey);
    const beside = holder.sockets.flatMap(({ holders, displaced }) => [
      ...holders,
      ...displaced.flatMap((other) => other.holders),
    ]);
    transport = transportsOf(beside).find((open) => open.key === key);
    if (transport === undefined) {
      files ??= await readTls();
      transport = new HttpTransport(key, clock, limits, files);
      files = undefined;
    }
    holder.transport = transport;
    transport.users++;
    portOwners.add(holder);
  } catch (error) {
    await leaveSockets(holder);
    throw error;
  } finally {
    await files?.[Symbol.asyncDispose]();
  }
  // Who shares the transport of another may have brought a new certificate in the same files.
  if (transport.users > 1) await transport.tls?.reload();

  const activate = (): void => {
    if (transport.answerers.includes(holder)) return;
    for (const { active } of holder.sockets) active.push(holder);
    transport.answerers.push(holder);
    transport.apply(limits);
  };
  let closing: Promise<void> | undefined;
  const close = (deadlineMs = DEFAULT_CLOSE_MS, answers?: Patience["answers"]): Promise<void> =>
    (closing ??= release(holder, transport, clock, { deadlineMs, answers }));
  if (!standby) activate();
  const port = holder.sockets[0]!.address.port;
  return {
    address: { host: endpoint.host, port, text: textOf(endpoint, port) },
    activate() {
      if (closing === undefined) activate();
    },
    reloadTls: async () => (await transport.tls?.reload()) ?? true,
    close,
    [Symbol.asyncDispose]: () => close(),
  };
}

function transportsOf(holders: Iterable<object>): HttpTransport[] {
  return [...holders].flatMap((holder) => (holder as Partial<Holder>).transport ?? []);
}

async function release(holder: Holder, transport: HttpTransport, clock: Clock, patience: Patience): Promise<void> {
  portOwners.delete(holder);
  const index = transport.answerers.lastIndexOf(holder);
  if (index !== -1) transport.answerers.splice(index, 1);
  transport.users--;
  const closed = leaveSockets(holder);
  if (transport.users > 0) {
    const next = transport.answerers.at(-1);
    if (next !== undefined) transport.apply(next.limits);
    await whenIdle(holder, clock, patience);
    await closed;
    return;
  }
  // Its last holder answers what had been sent before.
  transport.answerers.push(holder);
  const { ended } = await closed;
  await transport.close(patience);
  await ended();
}

/** Waits for the requests that `holder` is answering, and cuts them off when they take too long. */
async function whenIdle(holder: Holder, clock: Clock, patience: Patience): Promise<void> {
  if (holder.open.size > 0 && patience.deadlineMs > 0) {
    const idle = new Promise<void>((resolve) => {
      holder.onIdle = resolve;
    });
    await waitFor(idle, clock, patience);
  }
  for (const response of holder.open) response.destroy();
}
