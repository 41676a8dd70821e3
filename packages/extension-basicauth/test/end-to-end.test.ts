import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "@tracecore/testkit";
import { expect, test } from "vitest";

const command = join(import.meta.dirname, "../../cli/src/bin.ts");

/** One collector that sends to itself, over HTTP with a password and over gRPC with a token. */
const config = (http: number, grpc: number, password = "s3cret"): string => `
extensions:
  basicauth/server: { htpasswd: { inline: "agent:${password}" } }
  basicauth/client: { client_auth: { username: agent, password: ${password} } }
  bearertokenauth: { token: t0ken }
receivers:
  clock: { collection_interval: 100ms }
  otlp:
    protocols:
      http: { endpoint: "127.0.0.1:${http}", auth: { authenticator: basicauth/server } }
      grpc: { endpoint: "127.0.0.1:${grpc}", auth: { authenticator: bearertokenauth } }
processors:
  resource/http: { attributes: [{ key: went.by, value: http, action: insert }] }
  resource/grpc: { attributes: [{ key: went.by, value: grpc, action: insert }] }
exporters:
  otlphttp: { endpoint: "http://127.0.0.1:${http}", auth: { authenticator: basicauth/client } }
  otlp: { endpoint: "http://127.0.0.1:${grpc}", auth: { authenticator: bearertokenauth } }
  stdout: { format: json }
service:
  extensions: [basicauth/server, basicauth/client, bearertokenauth]
pipelines:
  metrics/http: { receivers: [clock], processors: [resource/http], exporters: [otlphttp] }
  metrics/grpc: { receivers: [clock], processors: [resource/grpc], exporters: [otlp] }
  metrics/in: { receivers: [otlp], exporters: [stdout] }
`;

test("a collector takes what is signed over both protocols, and refuses the rest", { timeout: 60_000 }, async () => {
  const [http, grpc] = [await freePort(), await freePort()];
  const folder = mkdtempSync(join(tmpdir(), "tracecore-auth-"));
  writeFileSync(join(folder, "tracecore.yaml"), config(http, grpc));
  const child = spawn(process.execPath, ["--conditions=@tracecore/source", command, "collect"], { cwd: folder });
  const ended = once(child, "close");
  try {
    let text = "";
    const both = Promise.withResolvers<void>();
    const look = (chunk: string): void => {
      text += chunk;
      if (/went\.by.{0,40}http/.test(text) && /went\.by.{0,40}grpc/.test(text)) both.resolve();
    };
    child.stdout.setEncoding("utf8").on("data", look);
    child.stderr.setEncoding("utf8").on("data", look);
    child.on("close", () => both.reject(new Error(`it ended before both had come:\n${text}`)));
    await both.promise;

    const as = (password: string) => ({
      authorization: `Basic ${Buffer.from(`agent:${password}`).toString("base64")}`,
    });
    const post = (authorization: Record<string, string>) =>
      fetch(`http://127.0.0.1:${http}/v1/metrics`, {
        method: "POST",
        headers: { "content-type": "application/json", ...authorization },
        body: "{}",
      });
    const unsigned = await post({});
    expect([unsigned.status, unsigned.headers.get("www-authenticate")]).toEqual([
      401,
      'Basic realm="tracecore", charset="UTF-8"',
    ]);
    expect(await unsigned.json()).toMatchObject({ message: "no user name and password were given" });
    const wrong = await post(as("wr0ng"));
    expect(await wrong.json()).toMatchObject({ message: "the user name or the password is wrong" });
    expect((await post(as("s3cret"))).status).toBe(200);

    // A reload puts another extension in its place; the receiver itself stays.
    writeFileSync(join(folder, "tracecore.yaml"), config(http, grpc, "n3wer"));
    child.kill("SIGHUP");
    while ((await post(as("n3wer"))).status !== 200) await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await post(as("s3cret"))).status).toBe(401);

    child.kill("SIGTERM");
    await ended;
    expect(text).not.toMatch(/s3cret|t0ken|wr0ng|n3wer/);
  } finally {
    child.kill("SIGKILL");
    await ended;
  }
});
