import type { IncomingMessage, ServerResponse } from "node:http";
import { messageOf, TracecoreError, type Clock, type Logger } from "@tracecore/core";
import { acceptsEncoding, listenHttp, writeBody, type HttpListener, type ListenEndpoint } from "@tracecore/core/http";
import { answerScrape, type PrometheusRegistry } from "@tracecore/prometheus";
import { normalizePath, validateMountPath } from "./mount-path.ts";
import { inFormOf, probeAnswers } from "./probe-answers.ts";
import type { EnabledTelemetryConfig, SurfacePaths } from "./telemetry-config.ts";

/** The three things that the surface answers. */
export type SurfaceEndpoint = keyof SurfacePaths;

/** Hears of what goes wrong, to count it. */
export interface SurfaceEvents {
  panic(endpoint: SurfaceEndpoint): void;
  scrapeRefused(): void;
  exited(reason: string): void;
  tlsReload(outcome: "success" | "failure"): void;
}

export interface SurfaceOptions {
  readonly config: Pick<EnabledTelemetryConfig, "paths" | "tls" | "limits"> & { readonly listen: ListenEndpoint };
  /** Whether every component has started. Without it the process is never ready. */
  readonly ready?: (() => boolean) | undefined;
  /** What a scrape shows, and what brings it up to date before. */
  readonly registry: PrometheusRegistry;
  readonly collect: () => Promise<readonly unknown[]>;
  readonly events: SurfaceEvents;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** The HTTP side of self-telemetry: metrics and probes on one port. */
export interface Surface {
  /** Opens the port; rejects when it cannot be had. Throws `surface-started` the second time. */
  start(): Promise<void>;
  /** Probes say 503 from now on, open responses have their time, the port closes. Harmless before, after and during. */
  shutdown(): Promise<void>;
  /** Reads the TLS files again; true without TLS. */
  reloadTls(): Promise<boolean>;
  /** Undefined before the start. */
  readonly address: HttpListener["address"] | undefined;
}

/** Makes the surface. Throws `telemetry-path-invalid` for a path that the config would refuse. */
export function createSurface(options: SurfaceOptions): Surface {
  const { config, logger, clock, events, registry } = options;
  const { limits } = config;
  const endpoints = endpointsOf(config.paths);
  let shuttingDown = false;
  let scrapes = 0;
  let starting: Promise<HttpListener> | undefined;
  let listener: HttpListener | undefined;
  let stopping: Promise<void> | undefined;

  const answers: Record<SurfaceEndpoint, (request: IncomingMessage, response: ServerResponse) => Promise<void>> = {
    async healthz(request, response) {
      const answer = shuttingDown ? probeAnswers.shuttingDown : probeAnswers.ok;
      await writeBody(request, response, inFormOf(request.headers.accept, answer));
    },
    async readyz(request, response) {
      const isReady = !shuttingDown && options.ready?.() === true;
      const answer = shuttingDown ? probeAnswers.shuttingDown : isReady ? probeAnswers.ready : probeAnswers.notReady;
      await writeBody(request, response, inFormOf(request.headers.accept, answer));
    },
    async metrics(request, response) {
      if (scrapes >= limits.max_concurrent_scrapes) {
        events.scrapeRefused();
        plainAnswer(response, 429, `too many scrapes at a time: the limit is ${limits.max_concurrent_scrapes}\n`, {
          "Retry-After": "1",
        });
        return;
      }
      scrapes++;
      response.once("close", () => scrapes--);
      const errors = await options.collect();
      if (errors.length > 0) events.panic("metrics");
      const answer = await answerScrape(registry, {
        accept: request.headers.accept,
        gzip: acceptsEncoding(textOf(request.headers["accept-encoding"]), "gzip"),
      });
      if (response.destroyed) {
        answer[Symbol.dispose]();
        return;
      }
      response.once("close", () => answer[Symbol.dispose]());
      response.writeHead(200, answer.headers);
      response.end(answer.bytes);
    },
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const endpoint = endpoints.get(pathOf(request.url ?? "/"));
    if (endpoint === undefined) {
      plainAnswer(response, 404, `not found. There are ${[...endpoints.keys()].join(", ")}\n`);
      return;
    }
    if (request.method !== "GET" && request.method !== "HEAD") {
      plainAnswer(response, 405, "only GET and HEAD\n", { Allow: "GET, HEAD" });
      return;
    }
    try {
      await answers[endpoint](request, response);
    } catch (error) {
      events.panic(endpoint);
      logger.error(`cannot answer ${endpoint}: ${messageOf(error)}`);
      if (response.headersSent) response.destroy();
      else plainAnswer(response, 500, "internal error\n");
    }
  };

  return {
    async start() {
      if (starting !== undefined || stopping !== undefined) {
        throw new TracecoreError(
          "surface-started",
          "the operator surface was started already, and can be started once",
        );
      }
      starting = listenHttp({
        owner: "telemetry",
        endpoint: config.listen,
        configKey: "telemetry.listen",
        tls: config.tls,
        handler: handle,
        limits: {
          headerTimeoutMs: limits.header_timeout,
          requestTimeoutMs: limits.request_timeout,
          writeTimeoutMs: limits.write_timeout,
          keepAliveTimeoutMs: limits.keep_alive_timeout,
          maxHeaderBytes: limits.max_header_size,
          maxConnections: limits.max_connections,
        },
        logger,
        clock,
        onExit: (reason) => events.exited(reason),
        onTlsReload: (outcome) => events.tlsReload(outcome),
      });
      listener = await starting;
    },
    shutdown() {
      shuttingDown = true;
      stopping ??= (async () => {
        const open = await starting?.catch(() => undefined); // A failed start was reported by start().
        await open?.close(limits.shutdown_timeout);
      })();
      return stopping;
    },
    reloadTls: async () => (await listener?.reloadTls()) ?? true,
    get address() {
      return listener?.address;
    },
  };
}

function endpointsOf(paths: SurfacePaths): Map<string, SurfaceEndpoint> {
  const endpoints = new Map<string, SurfaceEndpoint>();
  for (const endpoint of ["metrics", "healthz", "readyz"] as const) {
    const path = normalizePath(paths[endpoint]);
    const problem =
      validateMountPath(paths[endpoint]) ?? (endpoints.has(path) ? "must differ from the other paths" : undefined);
    if (problem !== undefined)
      throw new TracecoreError("telemetry-path-invalid", `telemetry.paths.${endpoint}: ${problem}`);
    endpoints.set(path, endpoint);
  }
  return endpoints;
}

/** The path of a request without its query; a proxy's absolute URL counts as well. */
function pathOf(url: string): string {
  const path = url.startsWith("/") ? url : (URL.parse(url)?.pathname ?? url);
  return normalizePath(path.split("?", 1)[0]!);
}

function plainAnswer(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, {
    ...headers,
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": Buffer.byteLength(text),
  });
  response.end(text);
}

function textOf(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === "object" ? header.join(",") : header;
}
