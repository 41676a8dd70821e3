import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { acceptsEncoding } from "./negotiate.ts";

/** zlib is loaded by the first body that is worth compressing. */
function gzipped(bytes: Uint8Array, level: number): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  process.getBuiltinModule("node:zlib").gzip(bytes, { level }, (error, result) => {
    if (error === null) resolve(result);
    else reject(error);
  });
  return promise;
}

/** Bodies below this many bytes are not worth compressing: they fit one packet anyway. */
const SMALLEST_GZIP = 1_024;

/** What to answer with. */
export interface HttpBody {
  /** Default 200. */
  readonly status?: number;
  readonly contentType: string;
  readonly body: Uint8Array | string;
  readonly headers?: OutgoingHttpHeaders;
  /** zlib level (1 fastest, 9 smallest) for clients that accept gzip; false sends it as it is. Default 1. */
  readonly gzipLevel?: number | false;
}

/** Answers a request, with gzip where the client accepts it. HEAD gets the headers that GET would get. */
export async function writeBody(
  request: IncomingMessage,
  response: ServerResponse,
  { status = 200, contentType, body, headers, gzipLevel = 1 }: HttpBody,
): Promise<void> {
  let bytes: Uint8Array = typeof body === "string" ? Buffer.from(body) : body;
  const fields: OutgoingHttpHeaders = { ...headers, "Content-Type": contentType };
  if (gzipLevel !== false) {
    fields["Vary"] =
      headers?.["Vary"] === undefined ? "Accept-Encoding" : `${String(headers["Vary"])}, Accept-Encoding`;
    if (bytes.length >= SMALLEST_GZIP && acceptsEncoding(encodingOf(request), "gzip")) {
      bytes = await gzipped(bytes, gzipLevel);
      fields["Content-Encoding"] = "gzip";
    }
  }
  fields["Content-Length"] = bytes.length;
  if (response.destroyed) return;
  response.writeHead(status, fields);
  response.end(bytes);
}

function encodingOf(request: IncomingMessage): string | undefined {
  const header = request.headers["accept-encoding"];
  return Array.isArray(header) ? header.join(",") : header;
}
