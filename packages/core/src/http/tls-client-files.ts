import type { ConnectionOptions } from "node:tls";
import type { Clock } from "../clock/clock.ts";
import type { TlsClient } from "../config/tls.ts";
import { messageOf, TracecoreError } from "../errors.ts";
import type { Logger } from "../settings.ts";
import { bytesOf } from "./tls-files.ts";

/** Certificate files of a component that connects, read again on demand and on an interval. */
export interface TlsClientFiles extends AsyncDisposable {
  /** What new connections are made with; another object once the files have changed. */
  readonly current: ConnectionOptions;
  /** Reads the files again. When they are bad, the ones from before stay in use, and the log says so. */
  reload(): Promise<void>;
}

/** Reads and checks the files. Throws `tls-file-unreadable` or `tls-file-invalid`. */
export async function openTlsClient(
  config: TlsClient,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Promise<TlsClientFiles> {
  let current = await readTlsClient(config);
  let lastFailure: string | undefined;
  const reload = async (): Promise<void> => {
    try {
      const next = await readTlsClient(config);
      lastFailure = undefined;
      if (same(current, next)) return;
      current = next;
      logger.info("TLS files read again: new connections use what they hold now");
    } catch (error) {
      const failure = messageOf(error);
      if (failure !== lastFailure) logger.warn(`${failure}. What the files held before stays in use`);
      lastFailure = failure;
    }
  };
  const readings = config.reload_interval === undefined ? undefined : clock.every(config.reload_interval, reload);
  return {
    get current() {
      return current;
    },
    reload,
    async [Symbol.asyncDispose]() {
      await readings?.[Symbol.asyncDispose]();
    },
  };
}

/** What a client connects with, from the files of its `tls` block. Throws `tls-file-unreadable` or `tls-file-invalid`. */
export async function readTlsClient(config: TlsClient): Promise<ConnectionOptions> {
  const read = async (file: string | undefined): Promise<Buffer | undefined> =>
    file === undefined ? undefined : bytesOf(file);
  const [ca, cert, key] = await Promise.all([read(config.ca_file), read(config.cert_file), read(config.key_file)]);
  const tls = process.getBuiltinModule("node:tls");
  const options: ConnectionOptions = {
    ...(ca !== undefined && {
      ca: config.include_system_ca_certs_pool === true ? [ca, ...tls.getCACertificates()] : ca,
    }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    minVersion: `TLSv${config.min_version}`,
    ...(config.max_version !== undefined && { maxVersion: `TLSv${config.max_version}` as const }),
    rejectUnauthorized: !config.insecure_skip_verify,
    ...(config.server_name_override !== undefined && { servername: config.server_name_override }),
  };
  try {
    tls.createSecureContext(options);
  } catch (error) {
    const files = [config.ca_file, config.cert_file, config.key_file].filter((file) => file !== undefined);
    throw new TracecoreError("tls-file-invalid", `cannot use ${files.join(", ")}: ${messageOf(error)}`, {
      remedy: "They must be PEM files, and the key must be the one of the certificate",
    });
  }
  return options;
}

function same(a: ConnectionOptions, b: ConnectionOptions): boolean {
  const { isDeepStrictEqual } = process.getBuiltinModule("node:util");
  return isDeepStrictEqual([a.ca, a.cert, a.key], [b.ca, b.cert, b.key]);
}
