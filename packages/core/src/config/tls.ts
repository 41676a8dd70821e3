import * as z from "zod";
import { emptyIsUnset, refusedOption, unusedOption } from "./collector-option.ts";
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
  readonly max_version?: TlsVersion | undefined;
  /** Milliseconds. */
  readonly reload_interval?: number | undefined;
}
export interface TlsServerInput {
  readonly cert_file: string;
  readonly key_file: string;
  readonly ca_file?: string | undefined;
  readonly client_ca_file?: string | undefined;
  readonly min_version?: TlsVersionInput | undefined;
  readonly max_version?: TlsVersionInput | undefined;
  readonly reload_interval?: string | 0 | undefined;
}

/** TLS of a connecting component, with the collector's option names. */
export interface TlsClient {
  readonly insecure: boolean;
  readonly include_system_ca_certs_pool?: boolean | undefined;
  readonly insecure_skip_verify: boolean;
  readonly server_name_override?: string | undefined;
  readonly ca_file?: string | undefined;
  readonly cert_file?: string | undefined;
  readonly key_file?: string | undefined;
  readonly min_version: TlsVersion;
  readonly max_version?: TlsVersion | undefined;
  /** Milliseconds. */
  readonly reload_interval?: number | undefined;
}
export type TlsClientInput = {
  readonly [K in keyof TlsClient]?: K extends "reload_interval"
    ? string | 0 | undefined
    : K extends "min_version" | "max_version"
      ? TlsVersionInput | undefined
      : TlsClient[K] | undefined;
};

const version = () => z.literal(["1.2", "1.3", 1.2, 1.3]).transform((given) => String(given) as TlsVersion);
const minVersion = (): z.ZodType<TlsVersion, TlsVersionInput | undefined> =>
  emptyIsUnset(version())
    .transform((given) => given ?? "1.2")
    .prefault("1.2")
    .describe("Oldest TLS version that is accepted.");
const maxVersion = () => emptyIsUnset(version()).describe("Newest TLS version that is used.");
/** Options of the Collector that would weaken or change a connection without anybody noticing, were they ignored. */
const refused = () => ({
  cipher_suites: refusedOption(
    "the cipher suites are those of Node.js, which are all strong. Leave it out, or set min_version to 1.3",
  ),
  curve_preferences: refusedOption("the curves are those of Node.js. Leave it out"),
  include_insecure_cipher_suites: refusedOption("the cipher suites are those of Node.js. Leave it out"),
  cert_pem: refusedOption("certificates are read from files. Write it to one, and set cert_file"),
  key_pem: refusedOption("keys are read from files. Write it to one, and set key_file"),
  ca_pem: refusedOption("certificates are read from files. Write it to one, and set ca_file"),
  tpm: refusedOption("keys in a TPM cannot be used. Set cert_file and key_file"),
});
const reloadInterval = () =>
  duration({ zero: true })
    .optional()
    .transform((ms) => (ms === 0 ? undefined : ms))
    .describe(
      "Time after which the files are read again. Without it, and with 0, they are read at start and at reload only.",
    );
const file = (description: string) => emptyIsUnset(z.string()).describe(description);

/** The `tls` block of a component that listens. Leave it out for plain text. */
export function tlsServer(): z.ZodType<TlsServer, TlsServerInput> {
  return z
    .strictObject({
      cert_file: z.string().min(1).describe("PEM file with the certificate of this side, followed by its chain."),
      key_file: z.string().min(1).describe("PEM file with the private key of `cert_file`."),
      ca_file: file("PEM file with the authorities that complete the chain of `cert_file`."),
      client_ca_file: file(
        "PEM file with the authorities of client certificates. With it, clients must show one (mTLS).",
      ),
      client_ca_file_reload: unusedOption(
        z.boolean(),
        "all files are read again at reload, and each `reload_interval`.",
      ),
      include_system_ca_certs_pool: refusedOption(
        "client certificates are checked against client_ca_file alone. Leave it out",
      ),
      min_version: minVersion(),
      max_version: maxVersion(),
      reload_interval: reloadInterval(),
      ...refused(),
      client_ca_pem: refusedOption("certificates are read from files. Write it to one, and set client_ca_file"),
    })
    .superRefine(checkVersions);
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
      server_name_override: emptyIsUnset(z.string()).describe(
        "Name that the certificate of the other side must have, where it differs from the host.",
      ),
      ca_file: file("PEM file with the authorities to trust. Without it those of Node.js are trusted."),
      cert_file: file("PEM file with the certificate that this side shows (mTLS)."),
      key_file: file("PEM file with the private key of `cert_file`."),
      include_system_ca_certs_pool: z
        .boolean()
        .optional()
        .describe("Trusts the authorities of Node.js beside those of `ca_file`."),
      min_version: minVersion(),
      max_version: maxVersion(),
      reload_interval: reloadInterval(),
      ...refused(),
    })
    .superRefine(checkVersions)
    .superRefine(({ cert_file, key_file }, ctx) => {
      if ((cert_file === undefined) === (key_file === undefined)) return;
      const [has, lacks] = cert_file === undefined ? ["key_file", "cert_file"] : ["cert_file", "key_file"];
      ctx.addIssue({ code: "custom", path: [has], message: `"${has}" is set without "${lacks}". Set both or neither` });
    });
}

function checkVersions(
  { min_version: min, max_version: max }: Pick<TlsServer, "min_version" | "max_version">,
  ctx: z.RefinementCtx,
): void {
  if (max === undefined || min <= max) return;
  ctx.addIssue({ code: "custom", path: ["max_version"], message: '"max_version" is below "min_version". Raise it' });
}
