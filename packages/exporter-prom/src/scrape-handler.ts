import { acceptsEncoding, type HttpHandler } from "@tracecore/core/http";
import { answerScrape, type PrometheusRegistry } from "@tracecore/prometheus";

/** Answers scrapes of one path. */
export function scrapeHandler(
  registry: PrometheusRegistry,
  { path, openMetrics }: { readonly path: string; readonly openMetrics: boolean },
): HttpHandler {
  return async (request, response) => {
    const { method, url = "", headers } = request;
    if (url !== path && url.split("?", 1)[0] !== path) {
      response
        .writeHead(404, { "Content-Type": "text/plain; charset=utf-8" })
        .end(`not found. Metrics are at ${path}\n`);
      return;
    }
    if (method !== "GET" && method !== "HEAD") {
      response.writeHead(405, { Allow: "GET, HEAD", "Content-Length": 0 }).end();
      return;
    }
    const answer = await answerScrape(registry, {
      accept: headers.accept,
      gzip: acceptsEncoding(textOf(headers["accept-encoding"]), "gzip"),
      openMetrics,
    });
    if (response.destroyed) {
      answer[Symbol.dispose]();
      return;
    }
    response.once("close", () => answer[Symbol.dispose]());
    response.writeHead(200, answer.headers);
    response.end(answer.bytes);
  };
}

function textOf(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === "object" ? header.join(",") : header;
}
