import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { manualClock } from "../../src/clock/manual-clock.ts";
import { tlsClient } from "../../src/config/config.ts";
import { openTlsClient } from "../../src/http/http.ts";
import { capturedLogger } from "./captured-logger.ts";
import { certificateFolder } from "./certificates.ts";

test("reads the files of a client again after the interval, and keeps good ones when they are bad", async () => {
  using folder = certificateFolder();
  const [first, second] = [folder.issue("first", "first"), folder.issue("second", "second")];
  const [cert_file, key_file] = [`${folder.path}/c.crt`, `${folder.path}/c.key`];
  const write = ({ certFile, keyFile }: typeof first): void => {
    copyFileSync(certFile, cert_file);
    copyFileSync(keyFile, key_file);
  };
  write(first);
  const [clock, logger] = [manualClock(), capturedLogger()];
  const config = tlsClient().parse({ ca_file: folder.caFile, cert_file, key_file, reload_interval: "1m" });
  await using files = await openTlsClient(config, { clock, logger });
  const before = files.current;
  await files.reload();
  expect(files.current).toBe(before);
  write(second);
  await clock.advance(60_000);
  await expect.poll(() => files.current).not.toBe(before);
  expect(files.current.cert).toEqual(readFileSync(second.certFile));
  writeFileSync(key_file, "nonsense");
  await files.reload();
  await files.reload();
  expect(files.current.cert).toEqual(readFileSync(second.certFile));
  expect(logger.lines).toEqual([
    "info TLS files read again: new connections use what they hold now",
    expect.stringMatching(/^warn cannot use .*c\.key: .*\. .*What the files held before stays in use$/),
  ]);
});

test("trusts the authorities of Node.js beside its own where the config says so", async () => {
  using folder = certificateFolder();
  const config = tlsClient().parse({ ca_file: folder.caFile, include_system_ca_certs_pool: true });
  await using files = await openTlsClient(config, { clock: manualClock(), logger: capturedLogger() });
  const authorities = files.current.ca as readonly unknown[];
  expect(authorities[0]).toEqual(readFileSync(folder.caFile));
  expect(authorities.length).toBeGreaterThan(10);
});
