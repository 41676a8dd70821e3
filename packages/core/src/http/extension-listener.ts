import type { TlsServer } from "../config/tls.ts";
import type { EndpointCarrier } from "../endpoint-carrier.ts";
import type { ComponentContext } from "../factory.ts";
import type { ReloadListener } from "../reload-listener.ts";
import type { ListenEndpoint } from "./addresses.ts";
import type { HttpLimits } from "./limits.ts";
import { listenHttp } from "./listen.ts";
import type { HttpHandler } from "./transport.ts";

/** What an extension that answers HTTP lets its user set. */
export interface ExtensionListenOptions {
  readonly endpoint: ListenEndpoint;
  readonly tls?: TlsServer | undefined;
  readonly limits: Partial<HttpLimits>;
}

/** The running extension: it listens until it is disposed of, and reads its certificates again on a reload. */
export interface ExtensionListener extends AsyncDisposable, EndpointCarrier, ReloadListener {
  /** Where a person opens it. */
  readonly url: string;
}

/** Opens the port of an extension; `path` is where the page is that a person opens. */
export async function listenForExtension(
  { endpoint, tls, limits }: ExtensionListenOptions,
  { settings, clock }: ComponentContext,
  { path, handler }: { readonly path: string; readonly handler: HttpHandler },
): Promise<ExtensionListener> {
  const listener = await listenHttp({
    owner: `extension "${settings.id}"`,
    endpoint,
    configKey: `extensions.${settings.id}.endpoint`,
    tls,
    limits,
    handler,
    logger: settings.telemetry.logger,
    clock,
  });
  const scheme = tls === undefined ? "http" : "https";
  const url = `${scheme}://${listener.address.text.replace(/^:/, "localhost:")}${path}`;
  return {
    url,
    endpoints: () => [url],
    configReloaded: async () => void (await listener.reloadTls()),
    [Symbol.asyncDispose]: () => listener.close(),
  };
}
