import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder with an authority; it makes real certificates with the `openssl` command. */
export interface CertificateFolder extends Disposable {
  readonly path: string;
  readonly caFile: string;
  /** Writes `<name>.crt` and `<name>.key`, signed by the authority; the subject is `commonName`. */
  issue(name: string, commonName: string): { readonly certFile: string; readonly keyFile: string };
}

export function certificateFolder(): CertificateFolder {
  const path = mkdtempSync(join(tmpdir(), "tracecore-tls-"));
  const file = (name: string) => join(path, name);
  const openssl = (...args: string[]) =>
    execFileSync("openssl", args, { stdio: ["ignore", "ignore", "pipe"], cwd: path });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl(
    "req",
    "-x509",
    ...newKey,
    "-keyout",
    "ca.key",
    "-out",
    "ca.crt",
    "-days",
    "2",
    "-subj",
    "/CN=test authority",
  );
  return {
    path,
    caFile: file("ca.crt"),
    issue(name, commonName) {
      writeFileSync(file(`${name}.ext`), "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
      openssl("req", ...newKey, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${commonName}`);
      const sign = [
        "x509",
        "-req",
        "-in",
        `${name}.csr`,
        "-CA",
        "ca.crt",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-days",
        "2",
      ];
      openssl(...sign, "-extfile", `${name}.ext`, "-out", `${name}.crt`);
      return { certFile: file(`${name}.crt`), keyFile: file(`${name}.key`) };
    },
    [Symbol.dispose]() {
      rmSync(path, { recursive: true });
    },
  };
}
