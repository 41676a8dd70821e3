import type { IncomingMessage } from "node:http";
import type { HttpConfig } from "./config.ts";

/** Headers that OTLP needs, and that of libraries which send with XMLHttpRequest. They need no permission of their own. */
const ALWAYS = ["content-type", "content-encoding", "x-requested-with"];

/** The headers that let a browser send, when the origin is one of those in the config (Fetch standard, CORS protocol). */
export function corsHeaders(cors: HttpConfig["cors"], { headers, method }: IncomingMessage): [string, string][] {
  const { origin } = headers;
  if (cors === undefined || origin === undefined) return [];
  if (!cors.allowed_origins.some((pattern) => matches(pattern, origin))) return [["vary", "Origin"]];
  const list: [string, string][] = [
    ["access-control-allow-origin", origin],
    // `sendBeacon`, by which the OpenTelemetry SDK sends from pages, always goes with the credentials of the page.
    ["access-control-allow-credentials", "true"],
    ["vary", "Origin"],
  ];
  if (method !== "OPTIONS") {
    if (cors.exposed_headers.length > 0) list.push(["access-control-expose-headers", cors.exposed_headers.join(", ")]);
    return list;
  }
  list.push(
    ["access-control-allow-methods", "POST"],
    ["access-control-allow-headers", allowedHeaders(cors.allowed_headers, headers["access-control-request-headers"])],
  );
  if (cors.max_age !== undefined) list.push(["access-control-max-age", String(cors.max_age)]);
  return list;
}

/** With credentials a `*` in the answer is the name of a header, so that it is answered with what was asked for. */
function allowedHeaders(allowed: readonly string[], asked: string | undefined): string {
  const names = [...ALWAYS, ...allowed.filter((name) => name !== "*")];
  if (allowed.includes("*") && asked !== undefined) {
    names.push(
      ...asked
        .split(",")
        .map((name) => name.trim().toLowerCase())
        .filter((name) => HEADER_NAME.test(name)),
    );
  }
  return [...new Set(names)].join(", ");
}

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;

/** `*` in a pattern stands for any text. */
function matches(pattern: string, origin: string): boolean {
  const parts = pattern.toLowerCase().split("*");
  const text = origin.toLowerCase();
  const [first = "", ...rest] = parts;
  if (rest.length === 0) return text === first;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest.slice(0, -1)) {
    const found = text.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  const last = rest.at(-1)!;
  return text.length - last.length >= at && text.endsWith(last);
}
