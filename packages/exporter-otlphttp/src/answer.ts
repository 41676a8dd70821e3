import { httpResponseClass, type ResponseClass, type SendFailure, type SendResult } from "@tracecore/core/delivery";
import { decodeExportResponse, decodeExportResponseJson, decodeStatus, type ExportRequest } from "@tracecore/otlp";
import type { HttpAnswer } from "./http-client.ts";

/** What an answer means for the request (OTLP specification, "OTLP/HTTP Response"). */
export function resultOf(signal: ExportRequest["signal"], answer: HttpAnswer, nowMs: number): SendResult {
  const outcome = httpResponseClass(answer.status);
  if (outcome === "delivered") return { outcome, ...partialSuccess(signal, answer) };
  const said = movedTo(answer) ?? messageIn(answer);
  const reason = `HTTP ${answer.status}${said === "" ? "" : `: ${said}`}`;
  const kind = kindOf(outcome, answer.status);
  if (outcome !== "retry") return { outcome, kind, reason };
  const afterMs = retryAfter(answer, nowMs);
  return { outcome, kind, reason, ...(afterMs !== undefined && { afterMs }) };
}

function kindOf(outcome: Exclude<ResponseClass, "delivered">, status: number): SendFailure {
  if (status === 401 || status === 403) return "unauthenticated";
  return outcome === "retry" ? "unavailable" : outcome;
}

function isJson({ headers }: HttpAnswer): boolean {
  return headers["content-type"]?.startsWith("application/json") === true;
}

function partialSuccess(
  signal: ExportRequest["signal"],
  answer: HttpAnswer,
): { rejectedItems?: number; message?: string } {
  try {
    return isJson(answer)
      ? decodeExportResponseJson(signal, answer.body.toString())
      : answer.headers["content-type"]?.startsWith("application/x-protobuf") === true
        ? decodeExportResponse(answer.body)
        : {};
  } catch {
    // Taken all the same: the status says so.
    return {};
  }
}

/** Where a backend says that it is now. Requests do not follow it: their headers may be secret. */
function movedTo({ status, headers }: HttpAnswer): string | undefined {
  const { location } = headers;
  if (status < 300 || status > 399 || location === undefined) return undefined;
  return `moved to ${location.replaceAll(/[^\x21-\x7e]+/g, " ").slice(0, 200)}. Set the endpoint to it`;
}

/** Characters of it that are passed on, to the log and to senders that wait for the result. */
const MOST_SAID = 200;

/** What the backend says went wrong: a `google.rpc.Status`, or the first line of a text. */
function messageIn(answer: HttpAnswer): string {
  return saidIn(answer).slice(0, MOST_SAID);
}

function saidIn(answer: HttpAnswer): string {
  try {
    if (answer.headers["content-type"]?.startsWith("application/x-protobuf") === true) {
      return decodeStatus(answer.body).message;
    }
    if (isJson(answer)) {
      const { message } = JSON.parse(answer.body.toString()) as { message?: unknown };
      if (typeof message === "string") return message;
    }
  } catch {
    // Not what its type says: shown as text.
  }
  return answer.body
    .toString("latin1")
    .replaceAll(/[^\x20-\x7e]+/g, " ")
    .trim();
}

/** `Retry-After` in milliseconds: seconds, or a date (RFC 9110 §10.2.3). */
export function retryAfter({ headers }: HttpAnswer, nowMs: number): number | undefined {
  const value = headers["retry-after"];
  if (value === undefined) return undefined;
  // However absurd: who asks for years must not be asked again at once.
  if (/^\d+$/.test(value.trim())) return Math.min(Number(value) * 1000, Number.MAX_SAFE_INTEGER);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}
