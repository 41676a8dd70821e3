import { once } from "node:events";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { Agent } from "node:https";
import { connect, type PeerCertificate, type TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { manualClock } from "../../src/clock/manual-clock.ts";
import type { TlsServer } from "../../src/config/tls.ts";
import { listenHttp, type HttpListener } from "../../src/http/http.ts";
import { capturedLogger } from "./captured-logger.ts";
import { certificateFolder, type CertificateFolder } from "./certificates.ts";
import { ask } from "./requests.ts";

let folder: CertificateFolder;
let files: Record<"first" | "second" | "client", { certFile: string; keyFile: string }>;
let ca: Buffer;

beforeAll(() => {
  folder = certificateFolder();
  ca = readFileSync(folder.caFile);
  files = {
    first: folder.issue("first", "first"),
    second: folder.issue("second", "second"),
    client: folder.issue("client", "client"),
  };
});
afterAll(() => folder[Symbol.dispose]());

interface Served extends AsyncDisposable {
  readonly port: number;
  readonly listener: HttpListener;
  readonly lines: string[];
  readonly outcomes: string[];
  readonly clock: ReturnType<typeof manualClock>;
  readonly certFile: string;
  readonly keyFile: string;
}

let served = 0;

/** A listener with files of its own, which hold the first certificate. */
async function serve(changes: Partial<TlsServer> = {}): Promise<Served> {
  const certFile = `${folder.path}/served-${++served}.crt`;
  const keyFile = `${folder.path}/served-${served}.key`;
  copyFileSync(files.first.certFile, certFile);
  copyFileSync(files.first.keyFile, keyFile);
  const logger = capturedLogger();
  const clock = manualClock();
  const outcomes: string[] = [];
  const listener = await listenHttp({
    owner: "test",
    endpoint: { host: "127.0.0.1", port: 0 },
    handler: (_request, response) => {
      response.end("secret");
    },
    tls: { cert_file: certFile, key_file: keyFile, min_version: "1.2", ...changes },
    logger,
    clock,
    onTlsReload: (outcome) => outcomes.push(outcome),
  });
  const { port } = listener.address;
  const dispose = () => listener.close(0);
  return { port, listener, lines: logger.lines, outcomes, clock, certFile, keyFile, [Symbol.asyncDispose]: dispose };
}

async function certificateOn(port: number): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1", ca });
  await once(socket, "secureConnect");
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return String(subject.CN);
}

describe("TLS of a listener", () => {
  test("answers over TLS and not over plain text", async () => {
    await using server = await serve();
    expect(await ask({ port: server.port, secure: true, ca })).toMatchObject({ status: 200, text: "secret" });
    await expect(ask({ port: server.port })).rejects.toMatchObject({ code: "ECONNRESET" });
  });

  test("tracecore #88: new handshakes get the new certificate, and an open connection goes on", async () => {
    await using server = await serve();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const seen: string[] = [];
    agent.on("free", (socket: TLSSocket) => {
      const certificate: PeerCertificate = socket.getPeerCertificate();
      seen.push(`${String(certificate.subject.CN)} from local port ${socket.localPort}`);
    });
    await ask({ port: server.port, secure: true, ca, agent });
    copyFileSync(files.second.certFile, server.certFile);
    copyFileSync(files.second.keyFile, server.keyFile);
    expect(await server.listener.reloadTls()).toBe(true);
    expect(await certificateOn(server.port)).toBe("second");
    expect(await ask({ port: server.port, secure: true, ca, agent })).toMatchObject({ text: "secret" });
    expect(new Set(seen).size).toBe(1);
    expect(seen[0]).toContain("first from local port");
    expect(server.lines).toEqual([
      `info TLS files read again: new connections use the certificate in ${server.certFile}`,
    ]);
    expect(server.outcomes).toEqual(["success"]);
    agent.destroy();
  });

  test("tracecore #89: a key that does not fit keeps the old certificate and is counted", async () => {
    await using server = await serve();
    copyFileSync(files.second.keyFile, server.keyFile);
    expect(await server.listener.reloadTls()).toBe(false);
    expect(await server.listener.reloadTls()).toBe(false);
    expect(await certificateOn(server.port)).toBe("first");
    expect(server.outcomes).toEqual(["failure", "failure"]);
    expect(server.lines).toEqual([
      `warn cannot use ${server.certFile} with ${server.keyFile}: key values mismatch. Both must be PEM files, and the key must be the one of the certificate. The certificate from before stays in use`,
    ]);
  });

  test("a half-written certificate keeps the old one", async () => {
    await using server = await serve();
    writeFileSync(server.certFile, readFileSync(files.second.certFile).subarray(0, 200));
    expect(await server.listener.reloadTls()).toBe(false);
    expect(await certificateOn(server.port)).toBe("first");
  });

  test("reads the files again on its interval", async () => {
    await using server = await serve({ reload_interval: 60_000 });
    copyFileSync(files.second.certFile, server.certFile);
    copyFileSync(files.second.keyFile, server.keyFile);
    await server.clock.advance(60_000);
    while (server.outcomes.length === 0) await server.clock.advance(0);
    expect(server.outcomes).toEqual(["success"]);
    expect(await certificateOn(server.port)).toBe("second");
  });

  test("a client_ca_file admits only clients with a certificate of that authority", async () => {
    await using server = await serve({ client_ca_file: folder.caFile });
    const [cert, key] = [readFileSync(files.client.certFile), readFileSync(files.client.keyFile)];
    expect(await ask({ port: server.port, secure: true, ca, cert, key })).toMatchObject({ text: "secret" });
    await expect(ask({ port: server.port, secure: true, ca })).rejects.toMatchObject({
      code: "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
    });
    using stranger = certificateFolder();
    const other = stranger.issue("other", "client");
    await expect(
      ask({
        port: server.port,
        secure: true,
        ca,
        cert: readFileSync(other.certFile),
        key: readFileSync(other.keyFile),
      }),
    ).rejects.toMatchObject({ code: expect.stringMatching(/ECONNRESET|ALERT/) });
    const handshakes = (): string[] => server.lines.filter((line) => line.includes("TLS connection"));
    const none = "warn refuses a TLS connection: peer did not return a certificate";
    expect(handshakes()).toEqual([none]);
    // Of many in a minute one is named.
    await server.clock.advance(60_000);
    const strange = { cert: readFileSync(other.certFile), key: readFileSync(other.keyFile) };
    await expect(ask({ port: server.port, secure: true, ca, ...strange })).rejects.toMatchObject({
      code: expect.stringMatching(/ECONNRESET|ALERT/),
    });
    expect(handshakes()).toEqual([
      none,
      "warn refuses a TLS connection: the client's certificate is not good: UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    ]);
  });

  test("min_version refuses older clients", async () => {
    await using server = await serve({ min_version: "1.3" });
    const socket = connect({ port: server.port, host: "127.0.0.1", ca, maxVersion: "TLSv1.2" });
    const [error] = (await once(socket, "error").catch((thrown: unknown) => [thrown])) as [NodeJS.ErrnoException];
    expect(error.code).toBe("ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION");
  });

  test("a file that cannot be read or used at start is an error that names it", async () => {
    await expect(serve({ cert_file: "/nonexistent/server.crt" })).rejects.toMatchObject({
      code: "tls-file-unreadable",
      message: "cannot read the TLS file /nonexistent/server.crt",
    });
    await expect(serve({ client_ca_file: files.first.keyFile })).rejects.toMatchObject({
      code: "tls-file-invalid",
      message: `cannot use ${files.first.keyFile}: it holds no certificate`,
    });
  });
});
