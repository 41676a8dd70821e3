import { readFile } from "node:fs/promises";
import type { Server, TlsOptions } from "node:tls";
import type { Clock } from "../clock/clock.ts";
import type { TlsServer } from "../config/tls.ts";
import { messageOf, TracecoreError } from "../errors.ts";
import type { Logger } from "../settings.ts";
import { FailedHandshakes } from "./failed-handshakes.ts";

export interface TlsFilesOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Hears of each reading after the first: whether the files were good. */
  readonly onReload?: ((outcome: "success" | "failure") => void) | undefined;
}

/** Certificate files of a listener, read again on demand and on an interval. */
export interface TlsFiles extends AsyncDisposable {
  /** What to make the server with. */
  readonly options: TlsOptions;
  /** Gives new handshakes of `server` whatever is read from now on. */
  attach(server: Server): void;
  /** Reads the files again; false when they are bad, and then the ones from before stay in use. */
  reload(): Promise<boolean>;
}

type Material = Pick<TlsOptions, "cert" | "key" | "ca" | "minVersion" | "maxVersion">;

/** Reads and checks the files. Throws `tls-file-unreadable` or `tls-file-invalid`. */
export async function openTlsFiles(config: TlsServer, { clock, logger, onReload }: TlsFilesOptions): Promise<TlsFiles> {
  let current = await read(config);
  let server: Server | undefined;
  let lastFailure: string | undefined;
  let reading: Promise<boolean> | undefined;

  const reload = async (): Promise<boolean> => {
    try {
      const next = await read(config);
      if (!same(current, next)) {
        current = next;
        // Checked by read(), so this cannot leave the server with half of it.
        server?.setSecureContext(next);
        logger.info(`TLS files read again: new connections use the certificate in ${config.cert_file}`);
      }
      lastFailure = undefined;
      onReload?.("success");
      return true;
    } catch (error) {
      const failure = messageOf(error);
      // An interval would repeat the same line for as long as the file is bad; the counter shows that it still is.
      if (failure !== lastFailure) logger.warn(`${failure}. The certificate from before stays in use`);
      lastFailure = failure;
      onReload?.("failure");
      return false;
    }
  };
  const reloadOnce = async (): Promise<boolean> => {
    reading ??= reload().finally(() => {
      reading = undefined;
    });
    return reading;
  };

  const interval =
    config.reload_interval === undefined
      ? undefined
      : clock.every(config.reload_interval, async () => {
          await reloadOnce();
        });
  const handshakes = new FailedHandshakes(clock, logger);
  const demandsClientCertificate = config.client_ca_file !== undefined;
  return {
    options: { ...current, requestCert: demandsClientCertificate, rejectUnauthorized: demandsClientCertificate },
    attach(attached) {
      server = attached;
      server.on("tlsClientError", handshakes.add);
      server.setSecureContext(current);
    },
    reload: reloadOnce,
    async [Symbol.asyncDispose]() {
      await interval?.[Symbol.asyncDispose]();
      await reading;
    },
  };
}

/** Reads all files and checks that they make a pair: a pair that is being replaced may be half old and half new. */
async function read(config: TlsServer): Promise<Material> {
  const [certificate, key, chain, clientAuthorities] = await Promise.all([
    bytesOf(config.cert_file),
    bytesOf(config.key_file),
    config.ca_file === undefined ? undefined : bytesOf(config.ca_file),
    config.client_ca_file === undefined ? undefined : bytesOf(config.client_ca_file),
  ]);
  const material: Material = {
    cert: chain === undefined ? certificate : Buffer.concat([certificate, Buffer.from("\n"), chain]),
    key,
    ...(clientAuthorities !== undefined && { ca: clientAuthorities }),
    minVersion: `TLSv${config.min_version}`,
    ...(config.max_version !== undefined && { maxVersion: `TLSv${config.max_version}` as const }),
  };
  try {
    process.getBuiltinModule("node:tls").createSecureContext(material);
  } catch (error) {
    throw new TracecoreError(
      "tls-file-invalid",
      `cannot use ${config.cert_file} with ${config.key_file}: ${reasonOf(error)}`,
      {
        remedy: "Both must be PEM files, and the key must be the one of the certificate",
      },
    );
  }
  if (clientAuthorities !== undefined && !clientAuthorities.includes("-----BEGIN CERTIFICATE-----")) {
    throw new TracecoreError("tls-file-invalid", `cannot use ${config.client_ca_file}: it holds no certificate`, {
      remedy: "It must be a PEM file with the authorities of the client certificates",
    });
  }
  return material;
}

/** Throws `tls-file-unreadable`. */
export async function bytesOf(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new TracecoreError("tls-file-unreadable", `cannot read the TLS file ${path}`, {
      cause: error,
      remedy: "Check its path, and that this user may read it",
    });
  }
}

/** The last part of an OpenSSL message: `error:05800074:x509 certificate routines::key values mismatch`. */
function reasonOf(error: unknown): string {
  return messageOf(error).split(":").at(-1)!.trim();
}

function same(a: Material, b: Material): boolean {
  return (["cert", "key", "ca"] as const).every((part) => {
    const [x, y] = [a[part], b[part]];
    return x === y || (Buffer.isBuffer(x) && Buffer.isBuffer(y) && x.equals(y));
  });
}
