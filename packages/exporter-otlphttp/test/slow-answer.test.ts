import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { otlphttpExporter } from "@tracecore/exporter-otlphttp";
import { emptyResource, emptyScope, logs } from "@tracecore/core/pdata";
import { runExporter } from "@tracecore/testkit";
import { expect, test } from "vitest";
import { backend } from "./backend.ts";

test("sends nothing twice that the backend has taken, also when the rest of its answer takes too long", async () => {
  const oneRecord = logs([{ resource: emptyResource, scope: emptyScope, body: "something happened" }]);
  await using server = await backend();
  await using exporter = await runExporter(
    otlphttpExporter,
    `{ endpoint: "${server.url}", timeout: 2s, sending_queue: { wait_for_result: true } }`,
  );
  // That the client has read the status and the headers, only Node.js tells.
  const read = Promise.withResolvers<void>();
  const onRead = (): void => read.resolve();
  subscribe("http.client.response.finish", onRead);
  server.answerNext((response) => {
    response.writeHead(200, { "content-length": "100" });
    response.write("abc");
  });
  const taken = exporter.consume(oneRecord);
  await read.promise;
  unsubscribe("http.client.response.finish", onRead);
  await exporter.clock.advance(2_000);
  await taken;
  await exporter.clock.advance(60_000);
  expect([server.received.length, exporter.logs]).toEqual([1, []]);
});
