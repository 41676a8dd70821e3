import { readFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "@tracecore/testkit";
import { expect, test } from "vitest";
import { folderWith, poll, start } from "./harness/collector.ts";
import { flavours, root, type Flavour } from "./harness/places.ts";

const [flavour] = flavours as readonly [Flavour];

test("the example answers liveness and readiness, which part ways when the backend is down for long", async () => {
  const example = readFileSync(join(root, "examples/health-check/tracecore.yaml"), "utf8");
  const [live, ready, grpc, http, backend] = await Promise.all(Array.from({ length: 5 }, freePort));
  const config = example
    .replace(":13133", `:${live}`)
    .replace(":13134", `:${ready}`)
    .replace("recovery_duration: 2m", "recovery_duration: 1s")
    .replace("http: {}, grpc: {}", `http: { endpoint: "localhost:${http}" }, grpc: { endpoint: "localhost:${grpc}" }`);
  const cwd = await folderWith({ "tracecore.yaml": config });
  const env = { OTLP_ENDPOINT: `http://localhost:${backend}` };
  await using running = start(flavour, ["--config", "tracecore.yaml"], { cwd, env });
  await running.saw("tracecore running");
  const healthy = (text: string): boolean => (JSON.parse(text) as { healthy: boolean }).healthy;
  expect(healthy(await poll(`http://localhost:${live}/`, (_text, status) => status === 200))).toBe(true);
  expect(healthy(await poll(`http://localhost:${ready}/?pipeline=traces`, (_text, status) => status === 200))).toBe(
    true,
  );

  const body = {
    resourceMetrics: [
      { scopeMetrics: [{ metrics: [{ name: "m", gauge: { dataPoints: [{ asInt: "1", timeUnixNano: "1" }] } }] }] },
    ],
  };
  const sent = await fetch(`http://localhost:${http}/v1/metrics`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  expect(sent.status).toBe(200);
  const unready = await poll(`http://localhost:${ready}/?pipeline=metrics&verbose`, (_text, status) => status === 500);
  expect(JSON.parse(unready)).toMatchObject({
    healthy: false,
    status: "StatusRecoverableError",
    components: {
      "receiver:otlp": { status: "StatusOK" },
      "exporter:otlphttp": { healthy: false, error: expect.stringContaining("ECONNREFUSED") },
    },
  });
  const alive = await fetch(`http://localhost:${live}/`);
  expect([alive.status, healthy(await alive.text())]).toEqual([200, true]);
});
