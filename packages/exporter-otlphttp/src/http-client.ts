import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import type { ConnectionOptions } from "node:tls";

/** Bytes of an answer that are read; what a backend says beyond it is of no use. */
const MAX_ANSWER = 64 * 1024;

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

export interface HttpClientOptions {
  readonly maxIdleConnections: number;
  /** For `https`. */
  readonly tls: ConnectionOptions;
}

/** Posts over connections that are kept open, in turn to each address that a name has. */
export class HttpClient implements Disposable {
  readonly #agents: { readonly "http:": Agent; readonly "https:": Agent };

  constructor({ maxIdleConnections, tls }: HttpClientOptions) {
    const shared = { keepAlive: true, maxFreeSockets: maxIdleConnections, lookup: inTurn() };
    this.#agents = {
      "http:": new (http().Agent)(shared as object),
      "https:": new (https().Agent)({ ...shared, ...tls } as object),
    };
  }

  /** Throws when there is no answer. */
  post(url: URL, headers: Record<string, string>, body: Uint8Array, signal: AbortSignal): Promise<HttpAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
    const secure = url.protocol === "https:";
    const options: RequestOptions = {
      method: "POST",
      agent: this.#agents[secure ? "https:" : "http:"],
      headers: { ...headers, "content-length": String(body.length) },
      signal,
    };
    const request: ClientRequest = (secure ? https() : http()).request(url, options);
    request.on("error", reject);
    request.on("response", (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        if (size < MAX_ANSWER) chunks.push(chunk);
        size += chunk.length;
        if (size > 16 * MAX_ANSWER) response.destroy();
      });
      response.on("error", reject);
      response.on("close", () => {
        // Also when the answer was cut off: its status is known, and that decides.
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) });
      });
    });
    request.end(body);
    return promise;
  }

  [Symbol.dispose](): void {
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }
}

type Lookup = (
  hostname: string,
  options: { all?: boolean },
  callback: (error: Error | null, address: unknown, family?: number) => void,
) => void;

/** Looks a name up and begins with another of its addresses each time, so that connections spread over all of them. */
export function inTurn(lookup: typeof import("node:dns").lookup = process.getBuiltinModule("node:dns").lookup): Lookup {
  let turn = 0;
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true, order: "verbatim" }, (error, addresses) => {
      if (error !== null || addresses.length === 0) {
        callback(error, []);
        return;
      }
      const first = turn++ % addresses.length;
      const turned = [...addresses.slice(first), ...addresses.slice(0, first)];
      if (options.all === true) callback(null, turned);
      else callback(null, turned[0]!.address, turned[0]!.family);
    });
  };
}

const http = () => process.getBuiltinModule("node:http");
const https = () => process.getBuiltinModule("node:https");
