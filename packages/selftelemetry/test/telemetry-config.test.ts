import { optionTable } from "@tracecore/core/config";
import { describe, expect, test } from "vitest";
import { telemetryConfig, telemetryOptions, validateMountPath } from "../src/selftelemetry.ts";

/** The problems of a block, each as `path: message`. */
function problems(block: unknown): string[] {
  const { error } = telemetryConfig.safeParse(block);
  return (error?.issues ?? []).map(({ path, message }) => `telemetry.${path.join(".")}: ${message}`);
}

describe("the block telemetry", () => {
  test("is off by default, and says nothing else then", () => {
    expect(telemetryConfig.parse({})).toEqual({ enabled: false });
  });

  test("tracecore #70: is not read when it is off, whatever stands there", () => {
    const block = {
      enabled: false,
      listen: 5,
      paths: { metrics: "no path", healthz: "/a", readyz: "/a" },
      nonsense: true,
    };
    expect(telemetryConfig.parse(block)).toEqual({ enabled: false });
  });

  test("has every default when it is on", () => {
    expect(telemetryConfig.parse({ enabled: true })).toEqual({
      enabled: true,
      listen: { host: "localhost", port: 8888, text: "localhost:8888" },
      paths: { metrics: "/metrics", healthz: "/healthz", readyz: "/readyz" },
      metrics: { level: "normal", max_unknown_kinds: 20, max_series: 20_000 },
      limits: {
        header_timeout: 5_000,
        request_timeout: 10_000,
        write_timeout: 30_000,
        keep_alive_timeout: 60_000,
        max_header_size: 8_192,
        max_connections: 100,
        max_concurrent_scrapes: 4,
        collection_timeout: 5_000,
        shutdown_timeout: 800,
      },
    });
  });

  test("tracecore #68: wants an absolute path", () => {
    expect(problems({ enabled: true, paths: { metrics: "metrics" } })).toEqual([
      "telemetry.paths.metrics: must be an absolute path starting with '/'",
    ]);
  });

  test("tracecore #71: wants three different paths, a trailing slash aside", () => {
    expect(problems({ enabled: true, paths: { readyz: "/healthz/" } })).toEqual([
      'telemetry.paths.readyz: is "/healthz" like paths.healthz. Each needs a path of its own',
    ]);
  });

  test("reports everything that is wrong in it", () => {
    const block = {
      enabled: true,
      paths: { metrics: "m", healthz: "/h?x" },
      limits: { max_connections: 0 },
      listne: "a:1",
    };
    expect(problems(block)).toEqual([
      "telemetry.paths.metrics: must be an absolute path starting with '/'",
      "telemetry.paths.healthz: must not contain a query string ('?')",
      "telemetry.limits.max_connections: Too small: expected number to be >=1",
      'telemetry.: Unrecognized key: "listne"',
    ]);
  });

  test("speaks of the block that is on, not of the one that is off, where a value has the wrong type", () => {
    const { error } = telemetryConfig.safeParse({ enabled: true, listen: 8888 });
    const [off, on] = (error!.issues[0] as { errors: { path: unknown[]; message: string }[][] }).errors;
    expect(off!.some(({ path }) => path.length === 0)).toBe(true);
    expect(on).toMatchObject([{ path: ["listen"] }]);
    const yes = telemetryConfig.safeParse({ enabled: "yes" }).error!.issues[0] as { errors: { message: string }[][] };
    expect(yes.errors[1]![0]!.message).toBe('expected true or false, got "yes"');
  });

  test("wants a port", () => {
    expect(problems({ enabled: true, listen: "localhost" })).toEqual([
      'telemetry.listen: expected host:port such as "localhost:4317", got "localhost". Add a port',
    ]);
  });

  test("takes tls with its files, and leaves it unread when that is off", () => {
    const files = { cert_file: "a.crt", key_file: "a.key" };
    expect(telemetryConfig.parse({ enabled: true, tls: { ...files, reload_interval: "1h" } })).toMatchObject({
      tls: { ...files, min_version: "1.2", reload_interval: 3_600_000 },
    });
    expect(telemetryConfig.parse({ enabled: true, tls: { enabled: false, cert_file: 5 } })).toMatchObject({
      tls: undefined,
    });
    expect(telemetryConfig.safeParse({ enabled: true, tls: { cert_file: "a.crt" } }).success).toBe(false);
  });

  test("describes each option", () => {
    expect(optionTable(telemetryOptions)).toContain("| `limits.max_concurrent_scrapes` | integer | `4` |");
  });
});

describe("validateMountPath", () => {
  test.each([
    ["/metrics", undefined],
    ["/", undefined],
    ["/a/b-c_d.e~%20", undefined],
    ["", "must be an absolute path starting with '/'"],
    ["metrics", "must be an absolute path starting with '/'"],
    ["/a b", "must not contain white space"],
    ["/a\tb", "must not contain white space"],
    ["/a\0", "must not contain control characters"],
    ["/a\u007f", "must not contain control characters"],
    ["/a?x", "must not contain a query string ('?')"],
    ["/a#y", "must not contain a fragment ('#')"],
    ["/é", "must not contain characters beyond ASCII: write them percent-encoded"],
  ])("%j: %s", (path, problem) => {
    expect(validateMountPath(path)).toBe(problem);
  });
});
