/** Entry of `@tracecore/core/http`: the HTTP listener that every component uses. */
export type { ListenEndpoint } from "./addresses.ts";
export { defaultHttpLimits, type HttpLimits } from "./limits.ts";
export { listenHttp, type HttpListener, type ListenOptions } from "./listen.ts";
export { acceptsEncoding, mediaRanges, negotiate, type MediaRange } from "./negotiate.ts";
export type { HttpHandler } from "./transport.ts";
export { readTlsClient } from "./tls-client-files.ts";
export { writeBody, type HttpBody } from "./write-body.ts";
