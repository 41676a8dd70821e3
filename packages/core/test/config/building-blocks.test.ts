import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import {
  byteSize,
  collectorServerOptions,
  componentId,
  duration,
  endpoint,
  formatDuration,
  headerMap,
  isSecret,
  refusedOption,
  Secret,
  secret,
  tlsClient,
  tlsServer,
} from "../../src/config/config.ts";

/** What a schema makes of an input, or what it says against it. */
function parse(schema: z.ZodType, input: unknown): unknown {
  const result = schema.safeParse(input);
  return result.success ? result.data : result.error.issues.map(({ message }) => message);
}

describe("a duration", () => {
  test("may be a bare 0 only where zero is allowed", () => {
    expect(parse(duration({ zero: true }), 0)).toBe(0);
    expect(parse(duration({ zero: true }), "0s")).toBe(0);
    expect(parse(duration({ zero: true }), 5)).toEqual([
      'expected a duration such as "10s", got 5. Add a unit: ms, s, m or h',
    ]);
    expect(parse(duration({ zero: true }), "5")).toEqual([
      'expected a duration such as "10s", got "5". Write a number and a unit: ms, s, m or h',
    ]);
    expect(parse(duration(), 0)).toEqual(['expected a duration such as "10s", got 0. Add a unit: ms, s, m or h']);
  });

  test.each([
    ["500ms", 500],
    ["10s", 10_000],
    ["5m", 300_000],
    ["1h30m", 5_400_000],
    ["1.5s", 1_500],
    ["1m1s1ms", 61_001],
  ])("of %s is %i ms", (text, ms) => {
    expect(parse(duration(), text)).toBe(ms);
  });

  test.each([
    [10, 'expected a duration such as "10s", got 10. Add a unit: ms, s, m or h'],
    [null, 'expected a duration such as "10s", got null. Add a unit: ms, s, m or h'],
    [["10s"], 'expected a duration such as "10s", got a list. Add a unit: ms, s, m or h'],
    ["10", 'expected a duration such as "10s", got "10". Write a number and a unit: ms, s, m or h'],
    ["1 sec", 'expected a duration such as "10s", got "1 sec". Write a number and a unit: ms, s, m or h'],
    ["-1s", 'expected a duration such as "10s", got "-1s". Write a number and a unit: ms, s, m or h'],
    ["1S", 'expected a duration such as "10s", got "1S". Write a number and a unit: ms, s, m or h'],
    ["", 'expected a duration such as "10s", got "". Write a number and a unit: ms, s, m or h'],
    ["0s", 'expected a duration above zero, got "0s"'],
    ["0h0.0ms", 'expected a duration above zero, got "0h0.0ms"'],
    [
      "x".repeat(100),
      `expected a duration such as "10s", got "${"x".repeat(60)}…". Write a number and a unit: ms, s, m or h`,
    ],
  ])("refuses %j", (input, message) => {
    expect(parse(duration(), input)).toEqual([message]);
  });

  test("may be zero where zero has a meaning", () => {
    expect(parse(duration({ zero: true }), "0s")).toBe(0);
  });

  test("has a default that is written as a user would write it", () => {
    expect(duration().prefault("10s").parse(undefined)).toBe(10_000);
  });

  test.each([0, 1, 500, 1_000, 61_001, 5_400_000, 90_000_000])("of %i ms reads back as written", (ms) => {
    expect(parse(duration({ zero: true }), formatDuration(ms))).toBe(ms);
  });
});

describe("a size", () => {
  test.each([
    [1024, 1024],
    ["5B", 5],
    ["10kB", 10_000],
    ["4MiB", 4_194_304],
    ["1.5KiB", 1536],
    ["2TB", 2e12],
    ["0.7KiB", 717],
  ])("of %s is %i bytes", (input, bytes) => {
    expect(parse(byteSize(), input)).toBe(bytes);
  });

  const UNITS = "Units: B, kB, MB, GB, TB, KiB, MiB, GiB, TiB";
  test.each([
    ["4mb", `expected a size such as "4MiB" or a number of bytes, got "4mb". ${UNITS}`],
    ["4 MiB", `expected a size such as "4MiB" or a number of bytes, got "4 MiB". ${UNITS}`],
    ["4", `expected a size such as "4MiB" or a number of bytes, got "4". ${UNITS}`],
    [-1, `expected a size such as "4MiB" or a number of bytes, got -1. ${UNITS}`],
    [Number.NaN, `expected a size such as "4MiB" or a number of bytes, got NaN. ${UNITS}`],
    [{}, `expected a size such as "4MiB" or a number of bytes, got a map. ${UNITS}`],
    [1.5, "expected a whole number of bytes below 8 PiB, got 1.5"],
    ["9999999TiB", 'expected a whole number of bytes below 8 PiB, got "9999999TiB"'],
    [0, "expected a size above zero, got 0"],
    ["0MiB", 'expected a size above zero, got "0MiB"'],
  ])("refuses %j", (input, message) => {
    expect(parse(byteSize(), input)).toEqual([message]);
  });

  test("may be zero where zero has a meaning", () => {
    expect(parse(byteSize({ zero: true }), 0)).toBe(0);
  });
});

const expected = (text: string): string => `expected host:port such as "localhost:4317", got ${JSON.stringify(text)}`;

describe("an endpoint", () => {
  test.each([
    ["localhost:4317", { host: "localhost", port: 4317 }],
    ["10.0.0.1:0", { host: "10.0.0.1", port: 0 }],
    ["[::1]:4317", { host: "::1", port: 4317 }],
    ["[fe80::1%eth0]:1", { host: "fe80::1%eth0", port: 1 }],
    [":8888", { host: "", port: 8888 }],
    ["my_host-1.example.com:65535", { host: "my_host-1.example.com", port: 65_535 }],
    ["unix:///run/a b.sock", { host: "", port: 0, path: "/run/a b.sock" }],
  ])("%s is understood", (text, parts) => {
    expect(parse(endpoint(), text)).toEqual({ ...parts, text });
  });

  test.each([
    ["localhost", `${expected("localhost")}. Add a port`],
    ["localhost:", expected("localhost:")],
    ["localhost:x", expected("localhost:x")],
    ["localhost:-1", expected("localhost:-1")],
    ["localhost:65536", "the port 65536 is not between 0 and 65535"],
    ["http://localhost:1", `${expected("http://localhost:1")}. Leave out "http://"`],
    ["::1:4317", `${expected("::1:4317")}. Put an IPv6 address in brackets: "[::1]:4317"`],
    ["[localhost]:1", `${expected("[localhost]:1")}. Brackets are for IPv6 addresses`],
    ["a b:1", `${expected("a b:1")}. The host holds a character that no host name has`],
    ["a/b:1", `${expected("a/b:1")}. The host holds a character that no host name has`],
    ["unix://run/x", 'expected an absolute path such as "unix:///run/tracecore.sock", got "unix://run/x"'],
    ["", `${expected("")}. Add a port`],
  ])("%j is refused", (text, message) => {
    expect(parse(endpoint(), text)).toEqual([message]);
  });

  test("that is a number is told how to be written", () => {
    expect(parse(endpoint(), 8888)).toEqual([
      'expected host:port such as "localhost:4317", got 8888. Write ":8888" for that port on all interfaces',
    ]);
  });
});

describe("a secret", () => {
  test("shows itself to nobody but who asks", () => {
    const value = secret().parse("hunter2");
    expect(value.reveal()).toBe("hunter2");
    expect([
      String(value),
      [value].join(),
      JSON.stringify({ value }),
      inspect(value),
      inspect({ value }, { showHidden: true }),
    ]).toEqual(["[redacted]", "[redacted]", '{"value":"[redacted]"}', "[redacted]", "{ value: [redacted] }"]);
    expect(Object.keys(value)).toEqual([]);
    expect(isSecret(value)).toBe(true);
    expect([isSecret("hunter2"), isSecret(null), isSecret({})]).toEqual([false, false, false]);
    expect(isSecret(new Secret(""))).toBe(true);
  });

  test("is not repeated when it is wrong", () => {
    expect(parse(secret(), 123)).toEqual(["expected a text, got a number. Put it in quotes"]);
    expect(parse(secret(), ["hunter2"])).toEqual(["expected a text, got a list. Put it in quotes"]);
    expect(parse(secret(), null)).toEqual(["expected a text, got a null. Put it in quotes"]);
  });
});

describe("a component ID", () => {
  test.each(["otlp", "otlp/backup", "otlp/a/b"])("may be %s", (text) => {
    expect(parse(componentId(), text)).toBe(text);
  });

  test("is refused when it is none", () => {
    expect(parse(componentId(), "9x")).toEqual([
      '"9x" is not a component ID: the type must begin with a letter and hold letters, digits and underscores',
    ]);
    expect(parse(componentId(), 5)).toEqual(['expected a component ID such as "otlp" or "otlp/backup", got 5']);
  });
});

describe("headers", () => {
  const headers = headerMap(/^[a-z-]+$/);
  const shown = (input: unknown): unknown => {
    const result = headers.safeParse(input);
    return result.success
      ? Object.entries(result.data).map(([name, value]) => [name, value.reveal()])
      : result.error.issues.map(({ code }) => code);
  };

  test("stand in a map or in a list", () => {
    expect(shown({ "x-one": "1" })).toEqual([["x-one", "1"]]);
    expect(shown([{ name: "x-one", value: "1" }])).toEqual([["x-one", "1"]]);
    expect(shown(undefined)).toEqual([]);
  });

  test.each([["a\nb"], ["a\r"], ["a\0"], ["\u20ac"]])("cannot have the value %j, which is not repeated", (value) => {
    expect(parse(headers, { "x-one": value })).toEqual([
      "no header can have these characters, such as a line break. Take them out",
    ]);
  });

  test("may have any other value", () => {
    expect(shown({ "x-one": "a\tb \u00fc" })).toEqual([["x-one", "a\tb \u00fc"]]);
  });

  test("cannot reach the prototype of anything", () => {
    expect(shown([{ name: "__proto__", value: "1" }])).toEqual([]);
    expect(shown([{ name: "x-one", value: "1", more: true }])).toEqual(["invalid_type"]);
  });
});

describe("an option that is refused", () => {
  const option = refusedOption("there is none. Leave it out");
  test.each([
    [undefined],
    [null],
    [false],
    [""],
    [[]],
    [{}],
    [{ enabled: false, level: 3 }],
    [{ sql: { enabled: false }, keys: [] }],
  ])("may be off: %j", (input) => {
    expect(option.safeParse(input).success).toBe(true);
  });
  test.each([[true], [0], ["x"], [["x"]], [{ enabled: true }], [{ level: 3 }], [{ a: {} }]])(
    "must not be set: %j",
    (input) => {
      expect(parse(option, input)).toEqual(["there is none. Leave it out"]);
    },
  );
});

describe("the options that servers of the Collector have beside", () => {
  const server = z.strictObject(collectorServerOptions());
  test("are taken where nothing depends on them", () => {
    const given = { transport: "tcp", include_metadata: true, max_request_body_size: 20, keepalive: { enabled: true } };
    expect(parse(server, given)).toEqual(given);
  });

  test("are refused where somebody would miss them, with what to do", () => {
    expect(
      parse(server, { auth: { authenticator: "a" }, cors: { allowed_origins: ["*"] }, read_timeout: "1s" }),
    ).toEqual([
      "the limit has another name here. Set limits.request_timeout",
      "requests are not authenticated here. Leave it out, and keep the port on loopback or set tls.client_ca_file",
      "pages of other origins cannot ask. Leave it out",
    ]);
  });
});

describe("the TLS blocks", () => {
  test("have the defaults of the collector", () => {
    expect(parse(tlsClient(), {})).toEqual({ insecure: false, insecure_skip_verify: false, min_version: "1.2" });
    expect(parse(tlsServer(), { cert_file: "a", key_file: "b" })).toEqual({
      cert_file: "a",
      key_file: "b",
      min_version: "1.2",
    });
  });

  test("take what is left empty for not set, and no interval for none", () => {
    const empty = {
      ca_file: "",
      cert_file: "",
      key_file: "",
      server_name_override: "",
      min_version: "",
      max_version: "",
    };
    expect(parse(tlsClient(), { ...empty, reload_interval: "0s" })).toEqual({
      insecure: false,
      insecure_skip_verify: false,
      min_version: "1.2",
    });
  });

  test("have the cipher suites of Node.js", () => {
    expect(parse(tlsClient(), { include_insecure_cipher_suites: true })).toEqual([
      "the cipher suites are those of Node.js. Leave it out",
    ]);
  });

  test("take a version that YAML reads as a number, and an interval", () => {
    expect(parse(tlsServer(), { cert_file: "a", key_file: "b", min_version: 1.3, reload_interval: "1h" })).toEqual({
      cert_file: "a",
      key_file: "b",
      min_version: "1.3",
      reload_interval: 3_600_000,
    });
  });

  test("refuse a newest version below the oldest", () => {
    expect(parse(tlsClient(), { max_version: 1.2 })).toMatchObject({ max_version: "1.2" });
    expect(parse(tlsClient(), { min_version: "1.3", max_version: "1.2" })).toEqual([
      '"max_version" is below "min_version". Raise it',
    ]);
  });

  test("say why they do not take what the collector takes, unless it is left empty", () => {
    expect(parse(tlsClient(), { cipher_suites: ["TLS_AES_128_GCM_SHA256"] })).toEqual([
      "the cipher suites are those of Node.js, which are all strong. Leave it out, or set min_version to 1.3",
    ]);
    expect(parse(tlsClient(), { ca_pem: "x" })).toEqual([
      "certificates are read from files. Write it to one, and set ca_file",
    ]);
    expect(parse(tlsClient(), { cipher_suites: [], curve_preferences: null, tpm: { enabled: false } })).toMatchObject({
      insecure: false,
    });
  });

  test("refuse half a key pair on either side", () => {
    expect(parse(tlsClient(), { key_file: "a" })).toEqual([
      '"key_file" is set without "cert_file". Set both or neither',
    ]);
    expect(parse(tlsClient(), { cert_file: "a" })).toEqual([
      '"cert_file" is set without "key_file". Set both or neither',
    ]);
    expect(
      tlsServer()
        .safeParse({ cert_file: "a" })
        .error?.issues.map(({ path }) => path),
    ).toEqual([["key_file"]]);
  });
});
