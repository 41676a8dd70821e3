import {
  emptyScope,
  logs,
  metricFamily,
  MetricsBuilder,
  resource,
  scope,
  series,
  traces,
  WholeDouble,
  type AttributesInput,
  type AttributeValue,
  type Logs,
  type Metrics,
  type Traces,
} from "@tracecore/core/pdata";
import { redactionProcessor } from "@tracecore/processor-redaction";
import { conformance, metricsOf, runProcessor } from "@tracecore/testkit";
import { describe, expect, test } from "vitest";

const card = "4111111111111111";
const visa = "blocked_values: ['4[0-9]{15}']";

/** The attributes of one log record afterwards. */
async function redacted(yaml: string, attributes: AttributesInput): Promise<AttributesInput> {
  await using processor = await runProcessor(redactionProcessor, yaml);
  await processor.consume(logs([{ resource: resource({}), scope: emptyScope, attributes }]));
  return processor.out.logRecords[0]!.attributes;
}

async function bodyAfter(yaml: string, body: AttributeValue): Promise<unknown[]> {
  await using processor = await runProcessor(redactionProcessor, yaml);
  await processor.consume(logs([{ resource: resource({}), scope: emptyScope, body }]));
  const [record] = processor.out.logRecords;
  return [record!.body, record!.attributes];
}

describe("redaction processor", () => {
  conformance(redactionProcessor, "allow_all_keys: true");

  test("counts no NaN as masked", async () => {
    const attributes = { nan: Number.NaN, list: [Number.NaN], map: { nan: Number.NaN } };
    expect(await redacted("{ allow_all_keys: true, summary: debug }", attributes)).toEqual(attributes);
  });

  describe("keys", () => {
    test("leaves nothing but what is allowed, and nothing at all by default", async () => {
      const attributes = { id: 1, token: "x", group: "g" };
      expect(await redacted("{}", attributes)).toEqual({});
      expect(await redacted("allowed_keys: [id, group]", attributes)).toEqual({ id: 1, group: "g" });
      expect(await redacted("allow_all_keys: true", attributes)).toEqual(attributes);
      expect(await redacted("{ allow_all_keys: true, allowed_keys: [id] }", attributes)).toEqual(attributes);
    });

    test("leaves ignored keys as they are, allowed or not", async () => {
      expect(
        await redacted(`{ ignored_keys: [raw], allowed_keys: [seen], ${visa} }`, { raw: card, seen: card, other: 1 }),
      ).toEqual({
        raw: card,
        seen: "****",
      });
    });

    test("leaves keys that match ignored_key_patterns as they are", async () => {
      const yaml = `{ ignored_key_patterns: ['^raw\\.'], blocked_key_patterns: [secret], allow_all_keys: true, ${visa} }`;
      expect(await redacted(yaml, { "raw.secret": card, secret: card })).toEqual({
        "raw.secret": card,
        secret: "****",
      });
    });

    test("masks the values of blocked keys whatever they are, at any depth", async () => {
      const attributes = {
        api_key: "abc",
        Token: 12,
        deep: { token: [1, 2], name: "n" },
        list: [{ token: "x" }],
        ok: true,
      };
      expect(
        await redacted("{ allow_all_keys: true, blocked_key_patterns: ['(?i)token', '^api_key$'] }", attributes),
      ).toEqual({
        api_key: "****",
        Token: "****",
        deep: { token: "****", name: "n" },
        list: [{ token: "****" }],
        ok: true,
      });
    });
  });

  describe("values", () => {
    test("masks every part that is blocked, and leaves the rest of the text", async () => {
      const yaml = "{ allow_all_keys: true, blocked_values: ['4[0-9]{15}', '[a-z]+@example.com'] }";
      expect(
        await redacted(yaml, { a: `${card} and ${card}`, b: "of me@example.com", c: "fine", d: [card, { e: card }] }),
      ).toEqual({
        a: "**** and ****",
        b: "of ****",
        c: "fine",
        d: ["****", { e: "****" }],
      });
    });

    test("no text makes a pattern take long", async () => {
      const long = "a".repeat(100_000);
      const yaml =
        "{ allow_all_keys: true, blocked_values: ['(a+)+$'], allowed_values: ['^(c|cc)+$'], blocked_key_patterns: ['^(b+)+$'] }";
      const allowed = "c".repeat(100_000);
      const key = "b".repeat(100_000);
      const attributes = { no: `${long}d`, part: `${long}d${long}`, yes: allowed, [key]: 1, [`${key}c`]: 2 };
      expect(await redacted(yaml, attributes)).toEqual({
        no: `${long}d`,
        part: `${long}d****`,
        yes: allowed,
        [key]: "****",
        [`${key}c`]: 2,
      });
    });

    test("leaves a value that is allowed, though part of it is blocked", async () => {
      const yaml =
        "{ allow_all_keys: true, blocked_values: ['mycompany.com'], allowed_values: ['support.mycompany.com'] }";
      expect(await redacted(yaml, { a: "support.mycompany.com", b: "www.mycompany.com" })).toEqual({
        a: "support.mycompany.com",
        b: "www.****",
      });
    });

    test("looks at numbers and booleans only with redact_all_types", async () => {
      const attributes = {
        n: Number(card),
        big: BigInt(card) * 10n,
        w: new WholeDouble(5),
        t: true,
        b: Uint8Array.of(52),
      };
      expect(await redacted(`{ allow_all_keys: true, ${visa} }`, attributes)).toEqual(attributes);
      const yaml = "{ allow_all_keys: true, redact_all_types: true, blocked_values: ['4[0-9]{15}', '^5$', '^true$'] }";
      expect(await redacted(yaml, attributes)).toEqual({
        n: "****",
        big: "****0",
        w: "****",
        t: "****",
        b: Uint8Array.of(52),
      });
    });

    test.each([
      ["md5", "5910f4ea0062a0e29afd3dccc741e3ce"],
      ["MD5", "5910f4ea0062a0e29afd3dccc741e3ce"],
      ["sha3", "6099154214406cce6105a4688ab66533d3a55d1d7dd393cbccf22b487a22d922"],
    ])("writes the %s hash of what it masks", async (name, hash) => {
      expect(await redacted(`{ allow_all_keys: true, hash_function: ${name}, ${visa} }`, { a: `pay ${card}` })).toEqual(
        {
          a: `pay ${hash}`,
        },
      );
    });

    test.each([
      ["hmac-sha256", "ea8f1cf8ad2a108e8cf41d731c54fdf130622266c46017a1cc687d8b191c3d08"],
      [
        "hmac-sha512",
        "3fff4a28edd2e8030aa189385f81ef132ec3beac37334ed249e6e03062c7ce1feba913bb9a8e247492514eb2b537d470ea141becf5a492fffa235e20b76f9e4e",
      ],
    ])("writes the %s of what it masks, with a key", async (name, hash) => {
      const yaml = `{ allow_all_keys: true, hash_function: ${name}, hmac_key: k, ${visa} }`;
      expect(await redacted(yaml, { a: card })).toEqual({ a: hash });
    });

    test("writes the sha1 hash of a number under a blocked key", async () => {
      const yaml = "{ allow_all_keys: true, hash_function: sha1, blocked_key_patterns: [pin] }";
      expect(await redacted(yaml, { pin: 42 })).toEqual({ pin: "92cfceb39d57d914ed8b14d0e37643de0797ae56" });
    });

    test.each(["__proto__", "constructor", "toString"])("takes %s for a key like any other", async (key) => {
      const attributes = JSON.parse(`{ "${key}": "${card}", "deep": { "${key}": "${card}" } }`) as AttributesInput;
      const after = await redacted(`{ allow_all_keys: true, ${visa} }`, attributes);
      expect(JSON.stringify(after)).toBe(`{"${key}":"****","deep":{"${key}":"****"}}`);
    });
  });

  describe("bodies of log records", () => {
    test("have blocked values masked in texts and lists", async () => {
      expect(await bodyAfter(`{ ${visa} }`, `paid with ${card}`)).toEqual(["paid with ****", {}]);
      expect(await bodyAfter(`{ ${visa} }`, [card, { a: card }])).toEqual([["****", {}], {}]);
    });

    test("have names that are not allowed removed at any depth, and say where", async () => {
      const body = { a: { b: card, secret: { b: 1 }, n: [{ b: 2, c: 3 }] }, d: 4 };
      const [left, attributes] = await bodyAfter(`{ allowed_keys: [a, b, n], summary: debug, ${visa} }`, body);
      expect(left).toEqual({ a: { b: "****", n: [{ b: 2 }] } });
      expect(attributes).toEqual({
        "redaction.body.masked.count": 1,
        "redaction.body.masked.keys": "a.b",
        "redaction.body.redacted.count": 3,
        "redaction.body.redacted.keys": "a.n.[0].c,a.secret,d",
      });
    });

    test("have names that are blocked or ignored looked at inside, and numbers as texts", async () => {
      const yaml = `{ allow_all_keys: true, blocked_key_patterns: [token], ignored_keys: [raw], ${visa} }`;
      const body = [{ token: 1, raw: card, n: Number(card), yes: true, no: null }];
      expect(await bodyAfter(yaml, body)).toEqual([[{ token: "****", raw: card, n: "****", yes: true, no: null }], {}]);
    });

    test("that are maps are treated as attributes are", async () => {
      const yaml = `{ allowed_keys: [a, token], blocked_key_patterns: [token], ${visa}, summary: debug }`;
      expect(await bodyAfter(yaml, { a: card, token: "x", b: 1 })).toEqual([
        { a: "****", token: "****" },
        {
          "redaction.body.masked.count": 2,
          "redaction.body.masked.keys": "a,token",
          "redaction.body.redacted.count": 1,
          "redaction.body.redacted.keys": "b",
        },
      ]);
    });

    test.each([undefined, null, "", 5, true])("may be %j", async (body) => {
      await using processor = await runProcessor(redactionProcessor, visa);
      const batch = logs([{ resource: resource({}), scope: emptyScope, body }]);
      await processor.consume(batch);
      expect(processor.out.batches[0]).toBe(batch);
    });
  });

  describe("the summary", () => {
    const attributes = { secret: "x", kept: card, fine: "support", raw: 1 };
    const yaml = `allowed_keys: [kept, fine], ignored_keys: [raw], allowed_values: [support], ${visa}`;

    test.each([
      ["silent", {}],
      [
        "info",
        {
          "redaction.redacted.count": 1,
          "redaction.masked.count": 1,
          "redaction.allowed.count": 1,
          "redaction.ignored.count": 1,
        },
      ],
      [
        "debug",
        {
          "redaction.redacted.count": 1,
          "redaction.redacted.keys": "secret",
          "redaction.masked.count": 1,
          "redaction.masked.keys": "kept",
          "redaction.allowed.count": 1,
          "redaction.allowed.keys": "fine",
          "redaction.ignored.count": 1,
        },
      ],
    ])("%s tells %j", async (summary, told) => {
      expect(await redacted(`{ ${yaml}, summary: ${summary} }`, attributes)).toEqual({
        kept: "****",
        fine: "support",
        raw: 1,
        ...told,
      });
    });

    test("of two processors in a row is one", async () => {
      const first = await redacted("{ allowed_keys: [a, b], summary: debug }", { a: card, b: 1, c: 2 });
      expect(await redacted("{ allowed_keys: [a], summary: debug }", first)).toEqual({
        a: card,
        "redaction.redacted.count": 2,
        "redaction.redacted.keys": "b,c",
      });
    });
  });

  test("hides nothing in the attributes that tell of redaction", async () => {
    const attributes = { "redaction.masked.keys": card };
    expect(await redacted(`{ allowed_keys: [], ${visa} }`, attributes)).toEqual({});
    expect(await redacted(`{ allow_all_keys: true, ${visa} }`, attributes)).toEqual({
      "redaction.masked.keys": "****",
    });
    expect(await redacted(`{ allowed_keys: [], ${visa}, summary: debug }`, attributes)).toMatchObject({
      "redaction.masked.keys": "****,redaction.masked.keys",
    });
  });

  test("redacts resources, scopes, data points and exemplars of metrics", async () => {
    const from = resource({ host: card }, "https://schema");
    const by = scope({ name: "s", version: "1", attributes: { key: card } });
    const { attributes: metadata } = resource({ owner: card });
    const descriptor = {
      metadata,
      name: "m",
      description: "",
      unit: "",
      kind: "gauge",
      monotonic: false,
      temporality: "unspecified",
    } as const;
    const builder = new MetricsBuilder(1n);
    const exemplar = { timeUnixNano: 1n, value: 1, filteredAttributes: { user: card }, traceId: "", spanId: "" };
    builder.addNumber(series(metricFamily(from, by, descriptor), { point: card }), 7, { exemplars: [exemplar] });
    const batch = builder.build();
    await using processor = await runProcessor(redactionProcessor, `{ allow_all_keys: true, ${visa} }`);
    await processor.consume(batch);
    const { numbers } = processor.out.batches[0] as Metrics;
    const [one] = numbers.series;
    expect(one!.resource).toMatchObject({ schemaUrl: "https://schema", attributes: { values: ["****"] } });
    expect(one!.scope).toMatchObject({ name: "s", version: "1", attributes: { values: ["****"] } });
    expect(one!.attributes.toObject()).toEqual({ point: "****" });
    expect(one!.descriptor.metadata!.toObject()).toEqual({ owner: "****" });
    expect(numbers.exemplars!.get(0)).toEqual([{ ...exemplar, filteredAttributes: { user: "****" } }]);
    expect(numbers.values).toBe(batch.numbers.values);
    expect(batch.numbers.exemplars!.get(0)).toEqual([exemplar]);
  });

  test("redacts spans, their events and their links", async () => {
    const batch = traces([
      {
        resource: resource({ host: card }),
        scope: emptyScope,
        traceId: "01".repeat(16),
        spanId: "02".repeat(8),
        name: "a",
        startTimeUnixNano: 1n,
        endTimeUnixNano: 2n,
        attributes: { user: card },
        events: [{ timeUnixNano: 1n, name: "e", attributes: { user: card } }],
        links: [{ traceId: "01".repeat(16), spanId: "02".repeat(8), traceState: "", attributes: { user: card } }],
      },
    ]);
    await using processor = await runProcessor(redactionProcessor, `{ allow_all_keys: true, ${visa} }`);
    await processor.consume(batch);
    const [span] = processor.out.spans;
    expect([
      span!.resource.attributes.toObject(),
      span!.attributes,
      span!.events[0]!.attributes,
      span!.links[0]!.attributes,
    ]).toEqual([{ host: "****" }, { user: "****" }, { user: "****" }, { user: "****" }]);
    const after = processor.out.batches[0] as Traces;
    expect(after.names).toBe(batch.names);
  });

  test("passes batches on as they are in which there is nothing to redact, and shares what it leaves", async () => {
    await using processor = await runProcessor(redactionProcessor, `{ allow_all_keys: true, ${visa} }`);
    const batches = [
      metricsOf([{ name: "a", value: 1, attributes: { b: "c" } }]),
      logs([{ resource: resource({ a: "b" }), scope: emptyScope, body: "x", attributes: { c: [1, { d: "e" }] } }]),
      traces([]),
    ];
    for (const batch of batches) await processor.consume(batch);
    for (const [i, batch] of batches.entries()) expect(processor.out.batches[i]).toBe(batch);
    const masked = logs([{ resource: resource({}), scope: emptyScope, body: card, severityText: "warn" }]);
    await processor.consume(masked);
    const after = processor.out.batches[3] as Logs;
    expect(after.bodies).toEqual(["****"]);
    for (const column of ["severityTexts", "attributeKeys", "times", "resources"] as const) {
      expect(after[column]).toBe(masked[column]);
    }
  });

  test.each([
    [
      "blocked_values: ['(']",
      'config.yaml:1:19: blocked_values[0]: expected a regular expression: a "(" is not closed in "(". Write \\( for the character. [config-invalid-value]',
    ],
    ["summary: loud", 'config.yaml:1:10: summary: "loud" is not one of debug, info, silent. [config-invalid-value]'],
    [
      "hash_function: crc32",
      'config.yaml:1:16: hash_function: "crc32" is not one of md5, sha1, sha3, hmac-sha256, hmac-sha512. [config-invalid-value]',
    ],
    [
      "hash_function: hmac-sha256",
      'config.yaml:1:16: hash_function: "hmac-sha256" needs a key. Write a long random text in "hmac_key". [config-invalid-value]',
    ],
    [
      "{ hash_function: sha1, hmac_key: k }",
      'config.yaml:1:34: hmac_key: nothing is hashed with it. Set "hash_function" to hmac-sha256 or hmac-sha512. [config-invalid-value]',
    ],
    [
      "gpu_privacy: scramble",
      'config.yaml:1:14: gpu_privacy: "scramble" is not one of off, hash. [config-invalid-value]',
    ],
    [
      "gpu_privacy_salt: pepper",
      'config.yaml:1:19: gpu_privacy_salt: nothing is hashed with it. Set "gpu_privacy" to hash. [config-invalid-value]',
    ],
    [
      "{ gpu_privacy: hash, gpu_privacy_salt: '' }",
      "config.yaml:1:40: gpu_privacy_salt: the salt is empty. Write a long random text. [config-invalid-value]",
    ],
  ])("refuses %s", async (yaml, message) => {
    await expect(runProcessor(redactionProcessor, yaml)).rejects.toThrow(message);
  });
});
