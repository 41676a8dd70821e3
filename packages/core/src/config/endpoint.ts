import * as z from "zod";
import { quoteValue } from "./quote-value.ts";

/** A network address that a config names. */
export interface Endpoint {
  /** Name or address without brackets. Empty means all interfaces, and for a Unix socket. */
  readonly host: string;
  /** 0 lets the system choose, and for a Unix socket. */
  readonly port: number;
  /** Where the Unix socket lies; undefined for TCP. */
  readonly path?: string;
  /** As the config writes it. */
  readonly text: string;
}

/** An address written as "host:port", "[::1]:4317", ":8888" for all interfaces, or "unix:///path". */
export function endpoint(): z.ZodType<Endpoint, string> {
  return z
    .string({
      error: ({ input }) =>
        `expected host:port such as "localhost:4317", got ${quoteValue(input)}${typeof input === "number" ? `. Write ":${input}" for that port on all interfaces` : ""}`,
    })
    .superRefine((text, ctx) => {
      const parsed = parseEndpoint(text);
      if (typeof parsed === "string") ctx.addIssue({ code: "custom", message: parsed, input: text });
    })
    .meta({ "x-type": "endpoint" })
    .transform((text, ctx): Endpoint => {
      const parsed = parseEndpoint(text);
      if (typeof parsed !== "string") return parsed;
      ctx.addIssue({ code: "custom", message: parsed, input: text });
      return z.NEVER;
    });
}

const LISTENS = Symbol.for("tracecore.listens");

/**
 * An {@link endpoint} on which the component listens. Two that cannot both be had, in one component or in two, are an error
 * of the config; one that the component only connects to is an {@link endpoint}.
 */
export function listenEndpoint(): z.ZodType<Endpoint, string> {
  // Hidden, as it is nothing to the component; by a name that other copies of this package know as well.
  return endpoint().transform((parsed): Endpoint => Object.defineProperty(parsed, LISTENS, { value: true }));
}

/** Whether a value of a checked config comes from {@link listenEndpoint}. */
export function isListenEndpoint(value: object): value is Endpoint {
  return LISTENS in value;
}

/** Reads an address; a string says what is wrong with it. */
export function parseEndpoint(text: string): Endpoint | string {
  const expected = `expected host:port such as "localhost:4317", got ${quoteValue(text)}`;
  const [, scheme, rest = ""] = /^([a-zA-Z][a-zA-Z0-9+.-]*):\/\/(.*)$/s.exec(text) ?? [];
  if (scheme === "unix") {
    if (!rest.startsWith("/") || rest.includes("\0")) {
      return `expected an absolute path such as "unix:///run/tracecore.sock", got ${quoteValue(text)}`;
    }
    return { host: "", port: 0, path: rest, text };
  }
  if (scheme !== undefined) return `${expected}. Leave out "${scheme}://"`;
  const [, bracketed, plain, portText] = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,9})$/.exec(text) ?? [];
  if (portText === undefined) {
    if (/^[0-9a-fA-F:.]*:[0-9a-fA-F:.]*:[0-9a-fA-F:.]*$/.test(text)) {
      return `${expected}. Put an IPv6 address in brackets: "[::1]:4317"`;
    }
    return text.includes(":") ? expected : `${expected}. Add a port`;
  }
  const port = Number(portText);
  if (port > 65_535) return `the port ${port} is not between 0 and 65535`;
  if (bracketed !== undefined && !/^[0-9a-fA-F:.]*:[0-9a-fA-F:.]*(?:%[\w.-]+)?$/.test(bracketed)) {
    return `${expected}. Brackets are for IPv6 addresses`;
  }
  if (plain !== undefined && /[\s/\\@?#%]|\p{Cc}/u.test(plain))
    return `${expected}. The host holds a character that no host name has`;
  return { host: bracketed ?? plain ?? "", port, text };
}
