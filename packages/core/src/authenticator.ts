import { TracecoreError } from "./errors.ts";
import type { Host } from "./host.ts";

/** The headers of a request, with names in lower case. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** An extension that decides who may send to a receiver. */
export interface ServerAuthenticator {
  /** Why the request is refused, or undefined. The reason goes to the sender. */
  refusal(headers: RequestHeaders): Promise<string | undefined> | string | undefined;
  /** For `WWW-Authenticate`, for example `Bearer`. */
  readonly challenge: string;
}

/** An extension that signs the requests of an exporter. */
export interface ClientAuthenticator {
  /** Headers to put on a request, with names in lower case. */
  headersFor(): Promise<Readonly<Record<string, string>>> | Readonly<Record<string, string>>;
}

/** The extension `id`, which must be able to check requests. Throws `authenticator-missing`. */
export function serverAuthenticator(host: Host, id: string): ServerAuthenticator {
  return authenticator(host, id, "refusal") as unknown as ServerAuthenticator;
}

/** The extension `id`, which must be able to sign requests. Throws `authenticator-missing`. */
export function clientAuthenticator(host: Host, id: string): ClientAuthenticator {
  return authenticator(host, id, "headersFor") as unknown as ClientAuthenticator;
}

/**
 * What puts the headers of the extension `id` on requests; none without an ID. The extension is asked for with each request, since
 * a reload may put another one in its place. Throws `authenticator-missing`.
 */
export function requestSigner(host: Host, id: string | undefined): ClientAuthenticator {
  if (id === undefined) return { headersFor: () => ({}) };
  clientAuthenticator(host, id);
  return { headersFor: () => clientAuthenticator(host, id).headersFor() };
}

function authenticator(host: Host, id: string, method: string): object {
  const extension = host.getExtensions().get(id) as { running?: () => object } | undefined;
  const running = extension?.running?.();
  if (running !== undefined && method in running) return running;
  const known = [...host.getExtensions().keys()].join(", ");
  if (running === undefined) {
    throw new TracecoreError(
      "authenticator-missing",
      `the authenticator "${id}" does not run${known === "" ? "" : `; extensions that do: ${known}`}`,
      { remedy: "Define it under extensions and list it under service.extensions" },
    );
  }
  const [able, option] = method === "refusal" ? ["check", "htpasswd"] : ["sign", "client_auth"];
  throw new TracecoreError("authenticator-missing", `the extension "${id}" cannot ${able} requests`, {
    remedy: `Name another one, or give it the options for that: basicauth has ${option}`,
  });
}
