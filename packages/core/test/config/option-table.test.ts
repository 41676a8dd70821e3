import { describe, expect, test } from "vitest";
import * as z from "zod";
import {
  byteSize,
  componentId,
  configJsonSchema,
  duration,
  endpoint,
  optionTable,
  secret,
  tlsServer,
} from "../../src/config/config.ts";

const schema = z.strictObject({
  interval: duration().prefault("10s").describe("Time between two reads."),
  endpoint: endpoint().describe("Where it listens."),
  size: byteSize().prefault("4MiB").describe("Largest request, in a | b."),
  password: secret().optional().describe("Password,\nin the clear."),
  storage: componentId().optional().describe("Extension that stores."),
  subsystems: z
    .array(z.enum(["cpu", "io"]))
    .min(1)
    .default(["cpu", "io"])
    .describe("Subsystems to report."),
  headers: z.record(z.string(), secret()).default({}).describe("Headers to send."),
  retry: z
    .strictObject({ enabled: z.boolean().default(true).describe("Whether it tries again.") })
    .prefault({})
    .describe("What happens after a failure."),
  routes: z
    .array(z.strictObject({ match: z.string().describe("What goes there.") }))
    .optional()
    .describe("Ways."),
  per_tenant: z
    .record(z.string(), z.strictObject({ rate: z.number().describe("Requests per second.") }))
    .optional()
    .describe("Limits by tenant."),
  mode: z
    .union([z.literal("auto"), z.int()])
    .default("auto")
    .describe("Mode."),
  tls: tlsServer().optional().describe("TLS."),
});

describe("the option table", () => {
  test("has a row for each option, also for those inside others, with the default as a user writes it", () => {
    expect(optionTable(schema).split("\n").slice(0, 20)).toEqual([
      "| Option | Type | Default | Description |",
      "| --- | --- | --- | --- |",
      '| `interval` | duration | `"10s"` | Time between two reads. |',
      "| `endpoint` | endpoint | required | Where it listens. |",
      '| `size` | size | `"4MiB"` | Largest request, in a \\| b. |',
      "| `password` | secret | unset | Password, in the clear. |",
      "| `storage` | component ID | unset | Extension that stores. |",
      '| `subsystems` | list of `cpu`, `io` | `["cpu","io"]` | Subsystems to report. |',
      "| `headers` | map of secret | `{}` | Headers to send. |",
      "| `retry` | block | `{}` | What happens after a failure. |",
      "| `retry.enabled` | boolean | `true` | Whether it tries again. |",
      "| `routes` | list of block | unset | Ways. |",
      "| `routes[].match` | string | required | What goes there. |",
      "| `per_tenant` | map of block | unset | Limits by tenant. |",
      "| `per_tenant.<name>.rate` | number | required | Requests per second. |",
      '| `mode` | `auto` or integer | `"auto"` | Mode. |',
      "| `tls` | block | unset | TLS. |",
      "| `tls.cert_file` | string | required | PEM file with the certificate of this side, followed by its chain. |",
      "| `tls.key_file` | string | required | PEM file with the private key of `cert_file`. |",
      "| `tls.ca_file` | string | unset | PEM file with the authorities that complete the chain of `cert_file`. |",
    ]);
  });

  test("is not made of options without a description", () => {
    const bare = z.strictObject({ a: z.string(), b: z.strictObject({ c: z.string().describe(" ") }).describe("B.") });
    expect(() => optionTable(bare)).toThrow(
      new Error('these options have no description: a, b.c. End each with .describe("…")'),
    );
  });

  test("says so when there are no options", () => {
    expect(optionTable(z.strictObject({}))).toBe("There are no options.");
  });
});

describe("the JSON Schema of a config", () => {
  test("describes what a user writes, not what the plugin gets", () => {
    const json = configJsonSchema(schema);
    expect(json).toMatchObject({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      additionalProperties: false,
      required: ["endpoint"],
      properties: {
        interval: { type: "string", default: "10s", description: "Time between two reads." },
        password: { type: "string", writeOnly: true },
      },
    });
    expect(JSON.stringify(json)).not.toContain("x-type");
  });

  test("lets options be called as keywords are", () => {
    const odd = z.strictObject({ default: duration().describe("A."), enum: z.string().describe("B.") });
    expect(configJsonSchema(odd)).toMatchObject({
      properties: { default: { type: "string", description: "A." }, enum: { description: "B." } },
    });
    expect(JSON.stringify(configJsonSchema(odd))).not.toContain("x-type");
  });
});
