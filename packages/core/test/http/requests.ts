import { once } from "node:events";
import { request, type Agent, type IncomingHttpHeaders } from "node:http";
import { request as secureRequest, type RequestOptions } from "node:https";
import { connect, type Socket } from "node:net";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
}

export interface AskOptions extends Pick<
  RequestOptions,
  "ca" | "cert" | "key" | "host" | "family" | "port" | "socketPath"
> {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly agent?: Agent;
  readonly secure?: boolean;
}

/** One request, without a connection kept open unless an agent is given. */
export async function ask({ secure = false, agent, headers, ...options }: AskOptions): Promise<Answer> {
  const send = secure ? secureRequest : request;
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const sent = send({ host: "127.0.0.1", ...options, headers: headers ?? {}, agent: agent ?? false }, (response) => {
    const parts: Buffer[] = [];
    response.on("data", (part: Buffer) => parts.push(part));
    response.on("error", reject);
    response.on("end", () => {
      const body = Buffer.concat(parts);
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body, text: body.toString() });
    });
  });
  sent.on("error", reject);
  sent.end();
  return promise;
}

/** A bare connection, and all that comes back on it. */
export interface RawConnection {
  readonly socket: Socket;
  readonly received: () => string;
  /** Resolves when the other side has closed it. */
  readonly closed: Promise<unknown>;
}

export async function rawConnection(port: number): Promise<RawConnection> {
  const socket = connect({ port, host: "127.0.0.1" });
  let text = "";
  socket.on("data", (part) => {
    text += part.toString("latin1");
  });
  socket.on("error", () => {});
  const closed = once(socket, "close");
  await once(socket, "connect");
  return { socket, received: () => text, closed };
}

/** Resolves when `condition` holds; it is asked again whenever the event loop comes round. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    const { promise, resolve } = Promise.withResolvers<void>();
    setImmediate(resolve);
    await promise;
  }
}
