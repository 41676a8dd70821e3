import { AsyncLocalStorage } from "node:async_hooks";
import type { Socket } from "node:net";
import type { Logger } from "../settings.ts";
import { textOf, type ListenEndpoint } from "./addresses.ts";
import { portOwners } from "./hand-over.ts";
import { leaveSockets, takeSockets, type SocketHolder } from "./port-sockets.ts";

export interface ListenConnectionsOptions {
  /** Whose listener this is, as messages name it: `receiver "otlp"`. */
  readonly owner: string;
  readonly endpoint: ListenEndpoint;
  /** The option that holds the endpoint, for the remedy of an error. */
  readonly configKey?: string;
  readonly logger: Logger;
  /** Gets every connection from now on; who held the port before keeps those that it has. */
  readonly accept: (socket: Socket) => void;
  /** The port is lost although nobody closed it. */
  readonly onExit?: (reason: string, error: unknown) => void;
}

/** An open port for another protocol than HTTP/1. */
export interface ConnectionListener {
  readonly address: { readonly host: string; readonly port: number; readonly text: string };
  /** Accepts no more connections; those that are open stay. */
  leave(): Promise<void>;
}

/** Opens a port, or takes it over, as {@link listenHttp} does. Throws when it cannot be had. */
export async function listenConnections(options: ListenConnectionsOptions): Promise<ConnectionListener> {
  const { owner, endpoint, configKey, logger, onExit } = options;
  const holder: SocketHolder = {
    owner,
    leaving: false,
    logger,
    sockets: [],
    // What comes on the socket of another component is put down to this one.
    accept: AsyncLocalStorage.bind(options.accept),
    lost: (reason, error) => onExit?.(reason, error),
  };
  await takeSockets(holder, endpoint, configKey);
  portOwners.add(holder);
  for (const { active } of holder.sockets) active.push(holder);
  const port = holder.sockets[0]!.address.port;
  return {
    address: { host: endpoint.host, port, text: textOf(endpoint, port) },
    async leave() {
      portOwners.delete(holder);
      await leaveSockets(holder);
    },
  };
}
