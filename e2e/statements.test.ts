import { readFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "@tracecore/testkit";
import { expect, test } from "vitest";
import { folderWith, run, start } from "./harness/collector.ts";
import { flavours, root, type Flavour } from "./harness/places.ts";

const [flavour] = flavours as readonly [Flavour];
const example = readFileSync(join(root, "examples/transform/tracecore.yaml"), "utf8");

test("the example with statements cleans up what a workload sends", async () => {
  const port = await freePort();
  const cwd = await folderWith({ "tracecore.yaml": example.replace(":4318", `:${port}`) });
  await using running = start(flavour, ["--config", "tracecore.yaml"], { cwd });
  await running.saw("tracecore running");
  const records = [
    { timeUnixNano: "1", body: { stringValue: '{"level":"warn","msg":"login token=abc","user":7}' } },
    { timeUnixNano: "1", severityNumber: 5, body: { stringValue: "too much" } },
    { timeUnixNano: "1", severityNumber: 9, body: { stringValue: "GET /healthz 200" } },
    { timeUnixNano: "1", severityNumber: 9, body: { stringValue: "{broken" } },
  ];
  const sent = await fetch(`http://localhost:${port}/v1/logs`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: records }] }] }),
  });
  expect(sent.status).toBe(200);
  await running.saw("{broken");
  expect(running.out).toContain("log WARN login token=*** {user=7}\n");
  expect(running.out).not.toMatch(/too much|healthz/);
  expect(running.err).toMatch(/processor transform: a statement failed: the text is no JSON .*failures=1\n/);
});

test("a wrong statement is pointed at where it stands in the file", async () => {
  const wrong = example.replace("keep_keys(datapoint.attributes", "keep_keys(datapoint.atributes");
  const cwd = await folderWith({ "f.yaml": wrong });
  const { status, err } = await run(flavour, ["validate", "f.yaml"], { cwd });
  const line = wrong.split("\n").findIndex((text) => text.includes("atributes")) + 1;
  expect(status).toBe(2);
  expect(err).toContain(
    `f.yaml:${line}:19: processors.transform.metric_statements[1]: datapoint has no field "atributes", at column 11: keep_keys(‸datapoint.atributes, ["service…. Did you mean "attributes"? [config-invalid-value]\n`,
  );
});
