import { contentTypeOf, negotiateFormat } from "./format.ts";
import type { PrometheusRegistry } from "./registry.ts";

/** What a scraper asks for. */
export interface ScrapeRequest {
  /** The `Accept` header. */
  readonly accept: string | undefined;
  /** The scraper takes gzip. */
  readonly gzip: boolean;
  /** False answers in plain text always; default true. */
  readonly openMetrics?: boolean;
}

/** What to answer. Dispose it when the response has closed: until then the bytes stay as they are. */
export interface ScrapeAnswer extends Disposable {
  readonly headers: Readonly<Record<string, string | number>>;
  readonly bytes: Uint8Array;
}

/** Bodies below this many bytes fit one packet anyway. */
const SMALLEST_GZIP = 1024;

/** Negotiates format and coding, and renders. */
export async function answerScrape(
  registry: PrometheusRegistry,
  { accept, gzip, openMetrics = true }: ScrapeRequest,
): Promise<ScrapeAnswer> {
  const format = negotiateFormat(accept, { openMetrics });
  const lease = registry.lease(format, { compact: gzip });
  const headers = { "Content-Type": contentTypeOf(format), Vary: "Accept, Accept-Encoding" };
  if (!gzip || lease.bytes.length < SMALLEST_GZIP) {
    return {
      headers: { ...headers, "Content-Length": lease.bytes.length },
      bytes: lease.bytes,
      [Symbol.dispose]: () => lease[Symbol.dispose](),
    };
  }
  // The compressed bytes are nobody else's: the body is free again once they are there.
  using held = lease;
  const bytes = await held.gzip();
  return {
    headers: { ...headers, "Content-Length": bytes.length, "Content-Encoding": "gzip" },
    bytes,
    [Symbol.dispose]: () => {},
  };
}
