/** Entry of `@tracecore/core/http`: the HTTP listener that every component uses. */
export type { ListenEndpoint } from "./addresses.ts";
export { listenForExtension, type ExtensionListener, type ExtensionListenOptions } from "./extension-listener.ts";
export { defaultHttpLimits, type HttpLimits } from "./limits.ts";
export { listenHttp, type HttpListener, type ListenOptions } from "./listen.ts";
export { ByteBudget, type BudgetShare } from "./byte-budget.ts";
export { listenConnections, type ConnectionListener, type ListenConnectionsOptions } from "./listen-connections.ts";
export { acceptsEncoding, mediaRanges, negotiate, type MediaRange } from "./negotiate.ts";
export { openTunnel, proxyOf } from "./proxy.ts";
export type { HttpHandler } from "./transport.ts";
export { openTlsFiles, type TlsFiles } from "./tls-files.ts";
export { openTlsClient, readTlsClient, type TlsClientFiles } from "./tls-client-files.ts";
export { writeBody, type HttpBody } from "./write-body.ts";
