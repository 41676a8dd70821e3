import type { Status } from "@tracecore/core/componentstatus";
import { writeBody, type HttpBody, type HttpHandler } from "@tracecore/core/http";
import type { HealthCheckConfig } from "./config.ts";
import type { Health, Patient } from "./health.ts";

const headers = { "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" };

export interface HealthHandlerOptions extends Pick<HealthCheckConfig, "response_body"> {
  readonly path: string;
}

/** Answers `path`, `path?pipeline=<id>` and both with `verbose`; below a path that ends with a slash too, as the Collector does. */
export function healthHandler({ path, response_body: texts }: HealthHandlerOptions, patient: Patient): HttpHandler {
  return async (request, response) => {
    const url = URL.parse(request.url ?? "/", "http://localhost");
    if (url === null || (url.pathname !== path && !(path.endsWith("/") && url.pathname.startsWith(path)))) {
      return writeBody(request, response, plain(404, `not found. There is ${path}\n`));
    }
    if (request.method !== "GET" && request.method !== "HEAD") {
      return writeBody(request, response, { ...plain(405, "only GET and HEAD\n"), headers: { Allow: "GET, HEAD" } });
    }
    const id = url.searchParams.get("pipeline");
    const health = id === null ? patient.whole() : patient.pipeline(id);
    if (health === undefined) {
      const known = patient.pipelines().join(", ");
      return writeBody(request, response, plain(404, `there is no such pipeline. There are: ${known}\n`));
    }
    const status = statusCode(health);
    if (texts !== undefined && url.search === "") {
      return writeBody(request, response, plain(status, health.healthy ? texts.healthy : texts.unhealthy));
    }
    const verbose = url.searchParams.has("verbose") && url.searchParams.get("verbose") !== "false";
    const body = JSON.stringify({ start_time: iso(patient.startedUnixMs), ...asJson(health, verbose) }, null, 2);
    return writeBody(request, response, { status, contentType: "application/json", headers, body: `${body}\n` });
  };
}

/** 200 while healthy, 500 for errors that count, 503 on the way up or down. */
function statusCode({ healthy, parts, status }: Health): number {
  if (healthy) return 200;
  if (status === "starting" || status === "stopping") return 503;
  return [...(parts?.values() ?? [])].some(hasFailed) ? 500 : 503;
}

function hasFailed({ healthy, status, parts }: Health): boolean {
  return (!healthy && status.endsWith("_error")) || [...(parts?.values() ?? [])].some(hasFailed);
}

function asJson({ healthy, status, error, sinceUnixMs, parts }: Health, verbose: boolean): object {
  return {
    healthy,
    status: names[status],
    ...(error !== undefined && status !== "ok" && { error }),
    status_time: iso(sinceUnixMs),
    ...(verbose &&
      parts !== undefined && {
        components: Object.fromEntries([...parts].map(([name, part]) => [name, asJson(part, verbose)])),
      }),
  };
}

/** As the Collector names them. */
const names: Readonly<Record<Status, string>> = {
  none: "StatusNone",
  starting: "StatusStarting",
  ok: "StatusOK",
  recoverable_error: "StatusRecoverableError",
  permanent_error: "StatusPermanentError",
  fatal_error: "StatusFatalError",
  stopping: "StatusStopping",
  stopped: "StatusStopped",
};

function plain(status: number, body: string): HttpBody {
  return { status, contentType: "text/plain; charset=utf-8", headers, body };
}

function iso(unixMs: number): string {
  return new Date(unixMs).toISOString();
}
