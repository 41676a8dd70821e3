import * as z from "zod";
import { secret, type Secret } from "./secret.ts";

type Headers = Readonly<Record<string, Secret>>;

/** Headers of requests, as a map or, as newer Collectors write them, as a list of `name` and `value`. `name` is what a name may be. */
export function headerMap(name: RegExp): z.ZodType<Headers, object | undefined> {
  const key = z
    .string()
    .regex(name, "expected the name of a header")
    .refine((text) => !OF_CONNECTIONS.has(text.toLowerCase()), {
      error: "it speaks of the connection, of which the exporter takes care. Leave it out",
    });
  // A line break of a file or variable, for example: no attempt could ever send it.
  const value = secret().refine((given) => !NOT_IN_VALUES.test(given.reveal()), {
    error: "no header can have these characters, such as a line break. Take them out",
  });
  const map = z.record(key, value);
  return z.preprocess(pairsAsMap, map).default({}) as unknown as z.ZodType<Headers, object | undefined>;
}

/** What RFC 9110 allows in no value of a header. */
const NOT_IN_VALUES = /[^\t\x20-\x7e\x80-\xff]/;

/** Headers that no request can have of its own: HTTP/2 forbids them, and HTTP/1.1 would send something else than it says. */
const OF_CONNECTIONS = new Set([
  "connection",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** What may be a list of `name` and `value`, as newer Collectors write headers, as a map. */
export function pairsAsMap(given: unknown): unknown {
  if (!Array.isArray(given) || !given.every(isPair)) return given;
  return Object.fromEntries(given.map(({ name, value }) => [name, value]));
}

function isPair(entry: unknown): entry is { readonly name: string; readonly value: unknown } {
  if (typeof entry !== "object" || entry === null) return false;
  const { name } = entry as { name?: unknown };
  return typeof name === "string" && Object.keys(entry).every((key) => key === "name" || key === "value");
}
