import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { systemClock } from "../../src/clock/clock.ts";
import { listenHttp, writeBody, type HttpBody, type HttpListener } from "../../src/http/http.ts";
import { capturedLogger } from "./captured-logger.ts";
import { ask } from "./requests.ts";

function serve(body: HttpBody): Promise<HttpListener> {
  return listenHttp({
    owner: "test",
    endpoint: { host: "127.0.0.1", port: 0 },
    handler: (request, response) => writeBody(request, response, body),
    logger: capturedLogger(),
    clock: systemClock,
  });
}

const long = "tracecore ".repeat(200);

test("a long body goes out with gzip where the client accepts it, and as it is where not", async () => {
  await using listener = await serve({ contentType: "text/plain; charset=utf-8", body: long });
  const { port } = listener.address;
  const packed = await ask({ port, headers: { "Accept-Encoding": "gzip" } });
  expect(packed.headers).toMatchObject({ "content-encoding": "gzip", vary: "Accept-Encoding" });
  expect(packed.headers["content-length"]).toBe(String(packed.body.length));
  expect(gunzipSync(packed.body).toString()).toBe(long);
  const plain = await ask({ port });
  expect(plain.headers).toMatchObject({ vary: "Accept-Encoding", "content-length": String(long.length) });
  expect(plain.headers["content-encoding"]).toBe(undefined);
  expect(plain.text).toBe(long);
});

test("a body below 1 KiB is not compressed", async () => {
  await using listener = await serve({ contentType: "text/plain", body: "a".repeat(1_023) });
  const { headers } = await ask({ port: listener.address.port, headers: { "Accept-Encoding": "gzip" } });
  expect(headers["content-encoding"]).toBe(undefined);
});

test("HEAD has the status and headers of GET and no body", async () => {
  await using listener = await serve({ status: 503, contentType: "text/plain", body: long, headers: { "X-One": "1" } });
  const { port } = listener.address;
  const get = await ask({ port, headers: { "Accept-Encoding": "gzip" } });
  const head = await ask({ port, method: "HEAD", headers: { "Accept-Encoding": "gzip" } });
  expect(head.status).toBe(503);
  expect({ ...head.headers, date: "" }).toEqual({ ...get.headers, date: "" });
  expect(head.body.length).toBe(0);
});
