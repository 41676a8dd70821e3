import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock, LogLevel, ServiceView } from "@tracecore/core";
import { writeBody, type HttpHandler } from "@tracecore/core/http";
import { isOurHost, type ServedHosts } from "./asked-host.ts";
import type { LogRing } from "./log-ring.ts";
import { pageOf, type Page } from "./page/page.ts";

export interface StatusHandlerOptions extends ServedHosts {
  /** Without one, as outside of a service, the page is empty. */
  readonly view: ServiceView | undefined;
  readonly ring: LogRing;
  readonly clock: Clock;
}

const headers = {
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Resource-Policy": "same-origin",
};

/** Where the Collector has its pages, and where that stands here. */
const moved: Readonly<Record<string, string>> = {
  "/debug/servicez": "/#service",
  "/debug/pipelinez": "/#pipelines",
  "/debug/extensionz": "/#components",
};
const levels: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** Answers the page and the JSON behind it. */
export function statusHandler(options: StatusHandlerOptions): HttpHandler {
  const { view, ring, clock } = options;
  let page: Page | undefined;

  const routes: Readonly<Record<string, (query: URLSearchParams) => object>> = {
    "/api/v1/status": () => ({
      version: view?.buildInfo.version ?? "",
      now_unix_ms: clock.nowMs(),
      started_unix_ms: view?.startedUnixMs ?? clock.nowMs(),
      ready: view?.ready ?? false,
      components: view?.components().map(componentJson) ?? [],
      pipelines: view?.pipelines() ?? [],
      edges: view?.edges().map(edgeJson) ?? [],
    }),
    "/api/v1/config": () => ({ values: view?.config() ?? [] }),
    "/api/v1/logs": (query) => {
      const after = Number(query.get("after") ?? 0);
      const level = levels.find((one) => one === query.get("level")) ?? "debug";
      const { last, lines } = ring.since(Number.isSafeInteger(after) && after > 0 ? after : 0, level);
      return { last, lines: lines.map(lineJson) };
    },
  };

  return async (request, response) => {
    if (!isOurHost(request.headers.host, options)) {
      return plain(request, response, 421, "this host is not known here. Set allowed_hosts to answer it\n");
    }
    if (request.method !== "GET" && request.method !== "HEAD") {
      return plain(request, response, 405, "only GET and HEAD\n", { Allow: "GET, HEAD" });
    }
    const url = URL.parse(request.url ?? "/", "http://localhost");
    const path = url?.pathname ?? "";
    const target = Object.hasOwn(moved, path) ? moved[path] : undefined;
    if (target !== undefined) return plain(request, response, 302, `see ${target}\n`, { Location: target });
    if (path === "/") {
      page ??= pageOf();
      const own = { ...headers, "Content-Security-Policy": page.policy };
      return writeBody(request, response, { contentType: "text/html; charset=utf-8", headers: own, body: page.html });
    }
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    if (route === undefined) {
      return plain(request, response, 404, `not found. There are /, ${Object.keys(routes).join(", ")}\n`);
    }
    const body = JSON.stringify(route(url!.searchParams));
    return writeBody(request, response, { contentType: "application/json", headers, body });
  };
}

function componentJson(one: ReturnType<ServiceView["components"]>[number]): object {
  return {
    key: one.key,
    kind: one.kind,
    id: one.id,
    status: one.status,
    since_unix_ms: one.sinceUnixMs,
    error: one.error,
    unwell_for_ms: one.unwellForMs === undefined ? undefined : Math.round(one.unwellForMs),
    restarts: one.restarts,
    queue_ratio: one.queueRatio,
  };
}

/** The counters only: what an edge is beyond that is of no concern here. */
function edgeJson(edge: ReturnType<ServiceView["edges"]>[number]): object {
  const { pipeline, signal, from, to, accepted, refused, failed } = edge;
  return { pipeline, signal, from, to, accepted, refused, failed };
}

function lineJson(line: ReturnType<LogRing["since"]>["lines"][number]): object {
  const { seq, timeUnixMs, level, component, message, fields } = line;
  return { seq, time_unix_ms: timeUnixMs, level, component, message, fields };
}

function plain(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  body: string,
  more: Record<string, string> = {},
): Promise<void> {
  return writeBody(request, response, {
    status,
    contentType: "text/plain; charset=utf-8",
    headers: { ...headers, ...more },
    body,
  });
}
