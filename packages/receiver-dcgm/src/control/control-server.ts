import { type ReceiverContext } from "@tracecore/core";
import type { Endpoint } from "@tracecore/core/config";
import { listenHttp, type HttpHandler } from "@tracecore/core/http";
import type { EndpointPoller } from "../poll/endpoint-poller.ts";
import { faultKinds, type FaultKind } from "../simulated/faults.ts";
import type { SimulatedSource } from "../simulated/simulated-source.ts";

export interface ControlOptions {
  readonly endpoint: Endpoint;
  /** Milliseconds. */
  readonly max_pause: number;
  readonly pollers: readonly EndpointPoller[];
  readonly simulated: SimulatedSource | undefined;
  /** Whether profiling is paused by the config: what a request pauses goes back to that after its time. */
  readonly pausedByConfig: boolean;
  readonly ctx: ReceiverContext;
}

const DEFAULT_PAUSE_MS = 600_000;

/**
 * Serves the requests that take GPUs or profiling counters away for a while and give them back:
 *   GET  /                              what is paused
 *   POST /profiling/pause?for=10m       POST /profiling/resume
 *   POST /release?for=30m               POST /resume
 *   POST /simulated/fault?kind=xid&gpu=0&code=79&for=1m
 */
export async function serveControl(options: ControlOptions): Promise<AsyncDisposable> {
  const { ctx, endpoint, pollers } = options;
  const timers = new Map<"profiling" | "release", AbortController>();
  const actions = controlActions(options, timers);
  const handler: HttpHandler = async (request, response) => {
    const { method, url = "/" } = request;
    // Not `new URL`: that throws for "//", and takes what follows for a host.
    const [pathname = "/", query = ""] = url.split("?", 2);
    const searchParams = new URLSearchParams(query);
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { "Content-Type": "application/json", "Cache-Control": "no-store" });
      response.end(`${JSON.stringify(body)}\n`);
    };
    const action = Object.hasOwn(actions, pathname) ? actions[pathname] : undefined;
    if (method === "GET" && pathname === "/") answer(200, statusOf(pollers));
    else if (action === undefined) answer(404, { error: `not found. Paths: ${Object.keys(actions).join(", ")}` });
    else if (method !== "POST") answer(405, { error: "use POST" });
    // A page in a browser on this machine must not be able to do it.
    else if (request.headers.origin !== undefined) answer(403, { error: "requests of web pages are refused" });
    else {
      const problem = unknownParameter(pathname, searchParams) ?? (await action(searchParams));
      if (problem === undefined) answer(200, statusOf(pollers));
      else answer(400, { error: problem });
    }
  };
  const listener = await listenHttp({
    owner: `receiver "${ctx.settings.id}"`,
    endpoint,
    configKey: `receivers.${ctx.settings.id}.control.endpoint`,
    handler,
    logger: ctx.settings.telemetry.logger,
    clock: ctx.clock,
  });
  ctx.settings.telemetry.logger.info(`takes control requests at ${listener.address.text}`);
  return {
    async [Symbol.asyncDispose]() {
      for (const timer of timers.values()) timer.abort();
      await listener.close();
    },
  };
}

type Action = (query: URLSearchParams) => Promise<string | undefined> | string | undefined;

function controlActions(
  { ctx, pollers, max_pause: maxMs, simulated, pausedByConfig }: ControlOptions,
  timers: Map<"profiling" | "release", AbortController>,
): Readonly<Record<string, Action>> {
  /** Undoes an action after its time, unless it is undone or renewed before. */
  const later = (name: "profiling" | "release", ms: number, undo: () => void): void => {
    timers.get(name)?.abort();
    const timer = new AbortController();
    timers.set(name, timer);
    void (async () => {
      await ctx.clock.sleep(ms, timer.signal);
      if (timer.signal.aborted) return;
      undo();
      logger.info(`the time of a ${name} request is over`);
    })();
  };
  const { logger } = ctx.settings.telemetry;
  const setProfilingPaused = (paused: boolean): void => {
    for (const poller of pollers) poller.setProfilingPaused(paused);
  };
  const resume = (): void => {
    for (const poller of pollers) poller.resume();
  };
  return {
    "/profiling/pause": (query) => {
      const ms = pauseMs(query, maxMs);
      if (typeof ms === "string") return ms;
      setProfilingPaused(true);
      later("profiling", ms, () => setProfilingPaused(pausedByConfig));
      logger.info(`a request pauses profiling for ${ms / 1000} s`);
      return undefined;
    },
    "/profiling/resume": () => {
      timers.get("profiling")?.abort();
      setProfilingPaused(false);
      logger.info("a request takes profiling up again");
      return undefined;
    },
    "/release": async (query) => {
      const ms = pauseMs(query, maxMs);
      if (typeof ms === "string") return ms;
      await Promise.all(pollers.map((poller) => poller.release()));
      later("release", ms, resume);
      logger.info(`a request releases every handle for ${ms / 1000} s`);
      return undefined;
    },
    "/resume": () => {
      timers.get("release")?.abort();
      resume();
      logger.info("a request ends the release");
      return undefined;
    },
    ...(simulated !== undefined && { "/simulated/fault": (query: URLSearchParams) => inject(simulated, query) }),
  };
}

/** The parameters of the paths that have some. */
const parameters: Readonly<Record<string, readonly string[]>> = {
  "/profiling/pause": ["for"],
  "/release": ["for"],
  "/simulated/fault": ["kind", "gpu", "code", "for"],
};

/** A slip such as `?fro=30m` would otherwise be a pause of the usual length. */
function unknownParameter(path: string, query: URLSearchParams): string | undefined {
  const known = parameters[path] ?? [];
  const unknown = [...query.keys()].find((key) => !known.includes(key));
  if (unknown === undefined) return undefined;
  const takes = known.length === 0 ? "takes no parameters" : `takes ${known.join(", ")}`;
  return `unknown parameter ${JSON.stringify(unknown)}: ${path} ${takes}`;
}

function inject(simulated: SimulatedSource, query: URLSearchParams): string | undefined {
  const kind = query.get("kind") ?? "";
  if (!(faultKinds as readonly string[]).includes(kind)) return `kind must be one of ${faultKinds.join(", ")}`;
  const gpu = Number(query.get("gpu") ?? "0");
  if (!Number.isInteger(gpu) || gpu < 0 || gpu >= simulated.options.gpus) return `there is no GPU ${query.get("gpu")}`;
  const forMs = query.has("for") ? durationMs(query.get("for")!) : undefined;
  if (forMs === 0) return "for must be longer than 0";
  if (query.has("for") && forMs === undefined) return 'for must be a duration such as "10m"';
  const code = Number(query.get("code") ?? "79");
  if (!Number.isInteger(code) || code < 1 || code > 99_999) return "code must be a number from 1 to 99999";
  simulated.inject({ kind: kind as FaultKind, gpu, after: 0, for: forMs, code });
  return undefined;
}

function pauseMs(query: URLSearchParams, maxMs: number): number | string {
  const text = query.get("for");
  const ms = text === null ? Math.min(DEFAULT_PAUSE_MS, maxMs) : durationMs(text);
  if (ms === undefined) return 'for must be a duration such as "10m"';
  if (ms === 0) return "for must be longer than 0";
  return ms > maxMs ? `for is longer than control.max_pause, ${maxMs / 1000} s` : ms;
}

function durationMs(text: string): number | undefined {
  const [, count, unit] = /^(\d+)(ms|s|m|h)$/.exec(text) ?? [];
  if (count === undefined || unit === undefined) return undefined;
  return Number(count) * { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[unit]!;
}

function statusOf(pollers: readonly EndpointPoller[]): object {
  return {
    endpoints: pollers.map(({ name, released, profilingPaused }) => ({
      name,
      released,
      profiling: profilingPaused ? "paused" : "on",
    })),
  };
}
