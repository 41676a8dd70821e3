import { once } from "node:events";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:tls";
import { expect, test } from "vitest";
import { certificateFolder } from "../../core/test/http/certificates.ts";
import { running } from "./running.ts";

test("tracecore #88 #89: the surface reads its certificate again on reload, keeps the old one when it is bad, and counts both", async () => {
  using folder = certificateFolder();
  const ca = readFileSync(folder.caFile);
  const [first, second] = [folder.issue("first", "first"), folder.issue("second", "second")];
  const client = folder.issue("client", "client");
  const mine = { cert: readFileSync(client.certFile), key: readFileSync(client.keyFile) };
  await using server = await running({
    config: { tls: { cert_file: first.certFile, key_file: first.keyFile, client_ca_file: folder.caFile } },
  });
  expect(server.telemetry.urls()[1]).toBe(`https://127.0.0.1:${server.port}/healthz`);
  const commonName = async () => {
    const socket = connect({ port: server.port, host: "127.0.0.1", ca, ...mine });
    await once(socket, "secureConnect");
    const name = String(socket.getPeerCertificate().subject.CN);
    socket.destroy();
    return name;
  };
  copyFileSync(second.certFile, first.certFile);
  expect(await server.telemetry.reload()).toBe(false);
  expect(await commonName()).toBe("first");
  copyFileSync(second.keyFile, first.keyFile);
  expect(await server.telemetry.reload()).toBe(true);
  expect(await commonName()).toBe("second");
  writeFileSync(first.keyFile, "");
  expect(await server.telemetry.reload()).toBe(false);
  const { text } = await server.get("/metrics", { secure: true, ca, ...mine });
  expect(text).toMatch(/tls_reloads_total\{result="failure",[^}]*\} +2$/m);
  expect(text).toMatch(/tls_reloads_total\{result="success",[^}]*\} +1$/m);
  await expect(server.get("/metrics", { secure: true, ca })).rejects.toMatchObject({
    code: "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
  });
});
