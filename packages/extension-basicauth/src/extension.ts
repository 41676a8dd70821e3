import {
  defineExtension,
  openCredentialsFile,
  messageOf,
  type ClientAuthenticator,
  type ComponentContext,
  type CredentialsFile,
  type ExtensionFactory,
  type ReloadListener,
  type RequestHeaders,
  type ServerAuthenticator,
} from "@tracecore/core";
import { duration, refusedOption, secret, type Secret } from "@tracecore/core/config";
import * as z from "zod";
import { isUser, readHtpasswd, type Users } from "./htpasswd.ts";

const config = z
  .strictObject({
    htpasswd: z
      .strictObject({
        file: z.string().min(1).optional().describe("File with a line `user:password` for each user."),
        inline: secret()
          .superRefine((text, context) => {
            try {
              readHtpasswd(text.reveal());
            } catch (error) {
              context.addIssue({ code: "custom", message: messageOf(error), input: undefined });
            }
          })
          .optional()
          .describe("Likewise, in the config; wins over the file."),
        reload_interval: duration().prefault("10s").describe("Time after which the file is read again."),
      })
      .refine(({ file, inline }) => file !== undefined || inline !== undefined, {
        error: 'no users are set. Set "file" or "inline"',
      })
      .optional()
      .describe("Who may send to receivers that name this extension."),
    client_auth: z
      .strictObject({
        username: z
          .string()
          .regex(/^[^:\p{Cc}]+$/u, 'expected a name without ":"')
          .optional()
          .describe("The user."),
        username_file: z.string().min(1).optional().describe("File with the user, read instead of `username`."),
        password: secret().optional().describe("The password."),
        password_file: z.string().min(1).optional().describe("File with the password, read instead of `password`."),
        aws_secrets_manager: refusedOption(
          "secrets are read from the config and from files. Mount the secret, and set username_file and password_file",
        ),
        reload_interval: duration().prefault("10s").describe("Time after which the files are read again."),
      })
      .refine(({ username, username_file: file }) => username !== undefined || file !== undefined, {
        error: 'no user is set. Set "username" or "username_file"',
      })
      .refine(({ password, password_file: file }) => password !== undefined || file !== undefined, {
        error: 'no password is set. Set "password" or "password_file"',
      })
      .optional()
      .describe("What exporters that name this extension send."),
  })
  .refine(({ htpasswd, client_auth: client }) => (htpasswd === undefined) !== (client === undefined), {
    error: 'set either "htpasswd" or "client_auth"',
  });

interface Htpasswd {
  readonly file?: string | undefined;
  readonly inline?: Secret | undefined;
  readonly reload_interval: number;
}

/** Checks user names and passwords of requests, or puts one on requests. */
export const basicauthExtension: ExtensionFactory = defineExtension({
  type: "basicauth",
  stability: "beta",
  config,
  async start({ htpasswd, client_auth: client }, ctx) {
    if (htpasswd !== undefined) return await server(htpasswd, ctx);
    return await clientSide(client!, ctx);
  },
});

interface ClientAuth {
  readonly username?: string | undefined;
  readonly username_file?: string | undefined;
  readonly password?: Secret | undefined;
  readonly password_file?: string | undefined;
  readonly reload_interval: number;
}

async function clientSide(
  { username, username_file, password, password_file, reload_interval: interval }: ClientAuth,
  { clock, settings }: ComponentContext,
): Promise<ClientAuthenticator & ReloadListener & AsyncDisposable> {
  const { logger } = settings.telemetry;
  const opened = async (path: string | undefined): Promise<CredentialsFile<string> | undefined> =>
    path === undefined ? undefined : await openCredentialsFile(path, lineIn, { clock, logger, interval });
  const user = await opened(username_file);
  const word = await opened(password_file);
  const pair = (): string => `${user?.current ?? username}:${word?.current ?? password?.reveal()}`;
  return {
    headersFor: () => ({ authorization: `Basic ${Buffer.from(pair()).toString("base64")}` }),
    async configReloaded() {
      await Promise.all([user?.reload(), word?.reload()]);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([user?.[Symbol.asyncDispose](), word?.[Symbol.asyncDispose]()]);
    },
  };
}

/** The one line of a file. */
function lineIn(text: string): string {
  const line = text.replace(/\r?\n$/, "");
  if (line === "") throw new Error("it is empty");
  if (/\p{Cc}/u.test(line)) throw new Error("it holds control characters or several lines");
  return line;
}

async function server(
  { file: path, inline, reload_interval: interval }: Htpasswd,
  { clock, settings }: ComponentContext,
): Promise<ServerAuthenticator & ReloadListener & AsyncDisposable> {
  const { logger } = settings.telemetry;
  const own: Users = readHtpasswd(inline?.reveal() ?? "");
  const file: CredentialsFile<Users> | undefined =
    path === undefined ? undefined : await openCredentialsFile(path, readHtpasswd, { clock, logger, interval });
  return {
    challenge: 'Basic realm="tracecore", charset="UTF-8"',
    refusal(headers) {
      const given = credentialsIn(headers);
      if (given === undefined) return "no user name and password were given";
      const users = file === undefined || own.has(given.user) ? own : file.current;
      return isUser(users, given.user, given.password) ? undefined : "the user name or the password is wrong";
    },
    configReloaded: () => file?.reload(),
    async [Symbol.asyncDispose]() {
      await file?.[Symbol.asyncDispose]();
    },
  };
}

function credentialsIn({ authorization }: RequestHeaders): { user: string; password: string } | undefined {
  if (typeof authorization !== "string") return undefined;
  const [, encoded] = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(authorization) ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, "base64").toString();
  const colon = text.indexOf(":");
  return colon === -1 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
