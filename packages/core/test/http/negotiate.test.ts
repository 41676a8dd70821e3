import { describe, expect, test } from "vitest";
import { acceptsEncoding, negotiate } from "../../src/http/http.ts";

const offers = ["text/plain", "application/json"] as const;

describe("negotiate", () => {
  test.each([
    [undefined, "text/plain"],
    ["", "text/plain"],
    ["*/*", "text/plain"],
    ["application/json", "application/json"],
    ["APPLICATION/JSON", "application/json"],
    ["application/*", "application/json"],
    ["text/plain, application/json", "text/plain"],
    ["application/json, text/plain", "text/plain"],
    ["application/json, text/plain, */*", "text/plain"],
    ["application/json, */*", "application/json"],
    ["application/json, text/plain;q=0.5", "application/json"],
    ["application/json;q=0.1, text/plain;q=0.2", "text/plain"],
    ["text/plain;q=0, */*", "application/json"],
    ["*/*;q=0.1, application/json;q=0", "text/plain"],
    ["application/json; charset=utf-8", "application/json"],
    ['application/json;Charset="UTF-8";q=0.5, text/plain;q=0.4', "application/json"],
    ["application/json; charset=utf-8; q=0.1, text/plain; q=0.2", "text/plain"],
    ["text/plain, application/json; charset=utf-8; q=0", "text/plain"],
    ["application/json; charset=utf-8; version=2", undefined],
    ["text/html", undefined],
    ["text/plain;q=0, application/json;q=0", undefined],
  ])("%s gets %s", (accept, expected) => {
    expect(negotiate(accept, offers)).toBe(expected);
  });

  test.each(["application/json;q=banana", ";;;,,,", "application", "application/json/more", "a b/c", '"', "\u0000"])(
    "the unreadable header %j counts as none",
    (accept) => {
      expect(negotiate(accept, offers)).toBe("text/plain");
    },
  );

  test("parameters of a range must be those of the offer", () => {
    const versions = ["text/plain; version=0.0.4", "text/plain; version=1.0.0"] as const;
    expect(negotiate("text/plain; version=1.0.0", versions)).toBe("text/plain; version=1.0.0");
    expect(negotiate('text/plain; version="1.0.0"; q=0.9, text/plain; q=0.1', versions)).toBe(
      "text/plain; version=1.0.0",
    );
    expect(negotiate("text/plain; version=2.0.0", versions)).toBe(undefined);
    expect(negotiate("text/plain; charset=utf-8; q=0.1, text/plain; version=1.0.0", versions)).toBe(
      "text/plain; version=1.0.0",
    );
  });

  test("a quoted parameter is what stands in the quotes: separators separate nothing there, and a backslash goes", () => {
    const versions = ["text/plain", 'text/plain; profile="a;b, c"', 'text/plain; profile="d"'] as const;
    expect(negotiate('TEXT/PLAIN; PROFILE="A;B, C"', versions)).toBe('text/plain; profile="a;b, c"');
    expect(negotiate('text/plain; profile="\\d"; q=0.5', versions)).toBe('text/plain; profile="d"');
    expect(negotiate('text/plain; profile="x;q=0"', versions)).toBe(undefined);
  });

  test("a long hostile header is read in time that grows with its length", () => {
    expect(negotiate('"'.repeat(8_192), offers)).toBe("text/plain");
    expect(negotiate(",;".repeat(4_096), offers)).toBe("text/plain");
    expect(negotiate(`"${'\\"'.repeat(4_096)}`, offers)).toBe("text/plain");
  });
});

describe("acceptsEncoding", () => {
  test.each([
    [undefined, false],
    ["gzip", true],
    ["deflate, GZIP;q=1.0", true],
    ["*", true],
    ["*;q=0", false],
    ["gzip;q=0, *", false],
    ["identity, gzip;q=0.5", false],
    ["gzip;q=0.5, identity;q=0.5", true],
    ["gzip;q=wrong", false],
    ["br", false],
  ])("%s: %s", (header, expected) => {
    expect(acceptsEncoding(header, "gzip")).toBe(expected);
  });
});
