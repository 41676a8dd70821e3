import { readFile } from "node:fs/promises";
import type { ConnectionOptions } from "node:tls";
import type { TlsClient } from "../config/tls.ts";
import { messageOf, TracecoreError } from "../errors.ts";

/** What a client connects with, from the files of its `tls` block. Throws `tls-file-unreadable` or `tls-file-invalid`. */
export async function readTlsClient(config: TlsClient): Promise<ConnectionOptions> {
  const [ca, cert, key] = await Promise.all([config.ca_file, config.cert_file, config.key_file].map(bytesOf));
  const options: ConnectionOptions = {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    minVersion: config.min_version === "1.3" ? "TLSv1.3" : "TLSv1.2",
    rejectUnauthorized: !config.insecure_skip_verify,
    ...(config.server_name_override !== undefined && { servername: config.server_name_override }),
  };
  try {
    process.getBuiltinModule("node:tls").createSecureContext(options);
  } catch (error) {
    const files = [config.ca_file, config.cert_file, config.key_file].filter((file) => file !== undefined);
    throw new TracecoreError("tls-file-invalid", `cannot use ${files.join(", ")}: ${messageOf(error)}`, {
      remedy: "They must be PEM files, and the key must be the one of the certificate",
    });
  }
  return options;
}

async function bytesOf(path: string | undefined): Promise<Buffer | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path);
  } catch (error) {
    throw new TracecoreError("tls-file-unreadable", `cannot read the TLS file ${path}`, { cause: error });
  }
}
