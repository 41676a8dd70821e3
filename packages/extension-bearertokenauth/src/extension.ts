import {
  defineExtension,
  openCredentialsFile,
  type ClientAuthenticator,
  type ExtensionFactory,
  type ReloadListener,
  type RequestHeaders,
  type ServerAuthenticator,
} from "@tracecore/core";
import { duration, secret } from "@tracecore/core/config";
import * as z from "zod";

const BAD_TOKEN = "a token must not be empty and must not hold white space or control characters";

const config = z
  .strictObject({
    scheme: z
      .string()
      .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]*$/, "expected one word")
      .default("Bearer")
      .describe("The word in front of the token; empty for the token alone."),
    header: z
      .string()
      .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, "expected the name of a header")
      .default("Authorization")
      .describe("The header that the token stands in."),
    token: secret().optional().describe("The token."),
    tokens: z
      .array(secret())
      .min(1)
      .optional()
      .describe("Several tokens in place of `token`: each is accepted, and the first is sent."),
    filename: z
      .string()
      .min(1)
      .optional()
      .describe(
        "File with the token, read instead of `token`. Of several lines each is accepted and the first is sent.",
      ),
    reload_interval: duration().prefault("10s").describe("Time after which the file is read again."),
  })
  .refine(({ token, tokens, filename }) => token !== undefined || tokens !== undefined || filename !== undefined, {
    error: 'no token is set. Set "token", "tokens" or "filename"',
  })
  .refine(({ token, tokens }) => token === undefined || tokens === undefined, {
    path: ["tokens"],
    error: '"token" and "tokens" exclude each other. Leave one of the two out',
  })
  .refine(({ token }) => token === undefined || isToken(token.reveal()), {
    path: ["token"],
    error: BAD_TOKEN,
  })
  .superRefine(({ tokens = [] }, context) => {
    for (const [index, token] of tokens.entries()) {
      if (!isToken(token.reveal())) context.addIssue({ code: "custom", path: ["tokens", index], message: BAD_TOKEN });
    }
  });

/** Checks bearer tokens of requests, and puts one on requests. */
export const bearertokenauthExtension: ExtensionFactory = defineExtension({
  type: "bearertokenauth",
  stability: "beta",
  config,
  async start(
    options,
    { clock, settings },
  ): Promise<ServerAuthenticator & ClientAuthenticator & ReloadListener & AsyncDisposable> {
    const { logger } = settings.telemetry;
    const file =
      options.filename === undefined
        ? undefined
        : await openCredentialsFile(options.filename, tokensIn, { clock, logger, interval: options.reload_interval });
    const own = (options.tokens ?? (options.token === undefined ? [] : [options.token])).map((token) => token.reveal());
    const tokens = (): readonly string[] => file?.current ?? own;
    const name = options.header.toLowerCase();
    const prefix = options.scheme === "" ? "" : `${options.scheme} `;
    return {
      challenge: options.scheme === "" ? "Bearer" : options.scheme,
      refusal(headers) {
        const given = tokenIn(headers, name, prefix);
        if (given === undefined) return "no token was given";
        return isOneOf(given, tokens()) ? undefined : "the token is not known";
      },
      headersFor: () => ({ [name]: prefix + tokens()[0]! }),
      configReloaded: () => file?.reload(),
      async [Symbol.asyncDispose]() {
        await file?.[Symbol.asyncDispose]();
      },
    };
  },
});

/** Whether it can stand in a header. */
function isToken(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

function tokensIn(text: string): readonly string[] {
  const lines = text.split("\n").map((line) => line.trim());
  const bad = lines.findIndex((line) => line !== "" && !isToken(line));
  if (bad !== -1) throw new Error(`line ${bad + 1} is no token: it holds white space or control characters`);
  const tokens = lines.filter((line) => line !== "");
  if (tokens.length === 0) throw new Error("there is no token in it");
  return tokens;
}

function tokenIn(headers: RequestHeaders, name: string, prefix: string): string | undefined {
  const header = headers[name];
  // RFC 9110: the scheme is compared in any case.
  if (typeof header !== "string" || !header.toLowerCase().startsWith(prefix.toLowerCase())) return undefined;
  return header.slice(prefix.length).trim();
}

/** Takes as long whichever it is, and whatever it begins with. */
function isOneOf(given: string, tokens: readonly string[]): boolean {
  const { createHash, timingSafeEqual } = process.getBuiltinModule("node:crypto");
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  const wanted = digest(given);
  let found = false;
  for (const token of tokens) if (timingSafeEqual(digest(token), wanted)) found = true;
  return found;
}
