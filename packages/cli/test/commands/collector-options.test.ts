import { expect, test } from "vitest";
import { tracecore } from "../captured-console.ts";
import { folderWith } from "../folders.ts";

/** What stands in files of the Collector and cannot be had: each option with the reason that its user is given. */
const refused = {
  "exporters.debug.output_paths.0": [
    "[/var/log/x]",
    'only "stdout" can be had: what is written goes to standard output.',
  ],
  "exporters.otlp.sending_queue.storage": [
    "file_storage",
    "there is no queue on disk: what waits is in memory, and lost when the process dies. Leave it out.",
  ],
  "exporters.otlp.sending_queue.batch.partition": [
    "{ metadata_keys: [a] }",
    "batches are not kept apart by what clients send beside the data. Leave it out.",
  ],
  "exporters.otlp_http.cookies": ["{ enabled: true }", "cookies of the backend are not kept. Leave it out."],
  "exporters.otlp_http.tls.cipher_suites": [
    "[TLS_RSA]",
    "the cipher suites are those of Node.js, which are all strong. Leave it out, or set min_version to 1.3.",
  ],
  "processors.attributes.actions.0.from_context": [
    "client.address",
    "what clients send beside the data is not kept, so there is nothing to take from. Leave the action out.",
  ],
  "processors.batch.metadata_keys": [
    "[tenant]",
    "what clients send beside the data is not kept, so batches cannot be made by it. Leave it out.",
  ],
  "processors.filter.profile_conditions": ["['true']", "there are no profiles. Leave it out."],
  "processors.redaction.url_sanitizer": [
    "{ enabled: true }",
    "URLs are not taken apart. Leave it out, and mask what varies with blocked_values.",
  ],
  "processors.transform.flatten_data": ["true", "records are not given resources of their own. Leave it out."],
} as const;

test("says of each option of the Collector that cannot be had why, and where it stands", async () => {
  const value = (option: keyof typeof refused): string => refused[option][0];
  const cwd = folderWith({
    "f.yaml": `receivers: { otlp: {} }
exporters:
  debug: { output_paths: ${value("exporters.debug.output_paths.0")} }
  otlp:
    endpoint: localhost:4317
    sending_queue:
      storage: ${value("exporters.otlp.sending_queue.storage")}
      batch: { partition: ${value("exporters.otlp.sending_queue.batch.partition")} }
  otlp_http:
    endpoint: http://localhost:4318
    cookies: ${value("exporters.otlp_http.cookies")}
    tls: { cipher_suites: ${value("exporters.otlp_http.tls.cipher_suites")} }
processors:
  attributes:
    actions: [{ action: insert, key: a, from_context: ${value("processors.attributes.actions.0.from_context")} }]
  batch: { metadata_keys: ${value("processors.batch.metadata_keys")} }
  filter: { log_conditions: [log.body == nil], profile_conditions: ${value("processors.filter.profile_conditions")} }
  redaction: { allow_all_keys: true, url_sanitizer: ${value("processors.redaction.url_sanitizer")} }
  transform: { flatten_data: ${value("processors.transform.flatten_data")}, log_statements: ['set(log.body, "x")'] }
pipelines:
  logs:
    receivers: [otlp]
    processors: [attributes, batch, filter, redaction, transform]
    exporters: [debug, otlp, otlp_http]
`,
  });
  const { status, err } = await tracecore(["validate", "f.yaml"], { cwd });
  expect(status).toBe(2);
  const said = Object.fromEntries(
    err.split("\n").flatMap((line) => {
      const [, option, message] = /^f\.yaml:\d+:\d+: (\S+): (.*) \[config-invalid-value\]$/.exec(line) ?? [];
      return option === undefined ? [] : [[option.replaceAll(/\[(\d+)\]/g, ".$1"), message]];
    }),
  );
  expect(said).toEqual(Object.fromEntries(Object.entries(refused).map(([option, [, message]]) => [option, message])));
});
