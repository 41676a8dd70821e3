import type { ConnectionOptions } from "node:tls";
import type { TlsClient } from "../config/tls.ts";
import { messageOf, TracecoreError } from "../errors.ts";
import { bytesOf } from "./tls-files.ts";

/** What a client connects with, from the files of its `tls` block. Throws `tls-file-unreadable` or `tls-file-invalid`. */
export async function readTlsClient(config: TlsClient): Promise<ConnectionOptions> {
  const read = async (file: string | undefined): Promise<Buffer | undefined> =>
    file === undefined ? undefined : bytesOf(file);
  const [ca, cert, key] = await Promise.all([read(config.ca_file), read(config.cert_file), read(config.key_file)]);
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
