import * as z from "zod";
import { duration } from "./duration.ts";

type TlsVersion = "1.2" | "1.3";
/** A version may stand without quotes, which YAML reads as a number. */
type TlsVersionInput = TlsVersion | 1.2 | 1.3;

/** TLS of a listening component, with the collector's option names. */
export interface TlsServer {
  readonly cert_file: string;
  readonly key_file: string;
  readonly ca_file?: string | undefined;
  readonly client_ca_file?: string | undefined;
  readonly min_version: TlsVersion;
  /** Milliseconds. */
  readonly reload_interval?: number | undefined;
}
export interface TlsServerInput {
  readonly cert_file: string;
  readonly key_file: string;
  readonly ca_file?: string | undefined;
  readonly client_ca_file?: string | undefined;
  readonly min_version?: TlsVersionInput | undefined;
  readonly reload_interval?: string | undefined;
}

/** TLS of a connecting component, with the collector's option names. */
export interface TlsClient {
  readonly insecure: boolean;
  readonly insecure_skip_verify: boolean;
  readonly server_name_override?: string | undefined;
  readonly ca_file?: string | undefined;
  readonly cert_file?: string | undefined;
  readonly key_file?: string | undefined;
  readonly min_version: TlsVersion;
  /** Milliseconds. */
  readonly reload_interval?: number | undefined;
}
export type TlsClientInput = {
  readonly [K in keyof TlsClient]?: K extends "reload_interval"
    ? string | undefined
    : K extends "min_version"
      ? TlsVersionInput | undefined
      : TlsClient[K] | undefined;
};

const minVersion = () =>
  z
    .literal(["1.2", "1.3", 1.2, 1.3])
    .transform((version) => String(version) as TlsVersion)
    .prefault("1.2")
    .describe("Oldest TLS version that is accepted.");
const reloadInterval = () =>
  duration()
    .optional()
    .describe("Time after which the files are read again. Without it they are read at start and at reload only.");
const file = (description: string) => z.string().min(1).optional().describe(description);

/** The `tls` block of a component that listens. Leave it out for plain text. */
export function tlsServer(): z.ZodType<TlsServer, TlsServerInput> {
  return z.strictObject({
    cert_file: z.string().min(1).describe("PEM file with the certificate of this side, followed by its chain."),
    key_file: z.string().min(1).describe("PEM file with the private key of `cert_file`."),
    ca_file: file("PEM file with the authorities that complete the chain of `cert_file`."),
    client_ca_file: file(
      "PEM file with the authorities of client certificates. With it, clients must show one (mTLS).",
    ),
    min_version: minVersion(),
    reload_interval: reloadInterval(),
  });
}

/** The `tls` block of a component that connects. */
export function tlsClient(): z.ZodType<TlsClient, TlsClientInput> {
  return z
    .strictObject({
      insecure: z.boolean().default(false).describe("Connects without TLS. Everything travels in plain text."),
      insecure_skip_verify: z
        .boolean()
        .default(false)
        .describe("Accepts any certificate of the other side. Anybody on the way can read and change the data."),
      server_name_override: z
        .string()
        .min(1)
        .optional()
        .describe("Name that the certificate of the other side must have, where it differs from the host."),
      ca_file: file("PEM file with the authorities to trust. Without it those of Node.js are trusted."),
      cert_file: file("PEM file with the certificate that this side shows (mTLS)."),
      key_file: file("PEM file with the private key of `cert_file`."),
      min_version: minVersion(),
      reload_interval: reloadInterval(),
    })
    .superRefine(({ cert_file, key_file }, ctx) => {
      if ((cert_file === undefined) === (key_file === undefined)) return;
      const [has, lacks] = cert_file === undefined ? ["key_file", "cert_file"] : ["cert_file", "key_file"];
      ctx.addIssue({ code: "custom", path: [has], message: `"${has}" is set without "${lacks}". Set both or neither` });
    });
}
