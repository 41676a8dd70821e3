import {
  decodeExportResponse,
  decodeExportResponseJson,
  decodeStatus,
  encodeExportResponse,
  encodeExportResponseJson,
  encodeStatus,
} from "@tracecore/otlp";
import { describe, expect, test } from "vitest";

describe("an export response", () => {
  test.each([
    { rejectedItems: 0, message: "" },
    { rejectedItems: 3, message: "too old" },
    { rejectedItems: 0, message: "only a warning" },
    { rejectedItems: 2 ** 40, message: "" },
  ])("is read as it was written: %o", (response) => {
    expect(decodeExportResponse(encodeExportResponse(response))).toEqual(response);
    expect(decodeExportResponseJson("logs", encodeExportResponseJson("logs", response))).toEqual(response);
  });

  test("is empty when everything was taken", () => {
    expect(encodeExportResponse({ rejectedItems: 0, message: "" })).toHaveLength(0);
    expect(encodeExportResponseJson("traces", { rejectedItems: 0, message: "" })).toBe("{}");
    expect(decodeExportResponseJson("traces", "")).toEqual({ rejectedItems: 0, message: "" });
  });

  test("names its items as the signal does in JSON", () => {
    expect(encodeExportResponseJson("metrics", { rejectedItems: 1, message: "" })).toBe(
      '{"partialSuccess":{"rejectedDataPoints":"1"}}',
    );
  });

  test("that is none is an error", () => {
    expect(() => decodeExportResponse(Buffer.from("<html>"))).toThrow(/^not OTLP: /);
    expect(() => decodeExportResponseJson("logs", "<html>")).toThrow("not OTLP: the response is no JSON");
  });
});

describe("a status", () => {
  test.each([
    { code: 8, message: "busy", retryAfterMs: 1500 },
    { code: 3, message: "bad", retryAfterMs: undefined },
    { code: 0, message: "", retryAfterMs: 0 },
  ])("is read as it was written: %o", (status) => {
    expect(decodeStatus(encodeStatus(status))).toEqual(status);
  });

  test.each([
    [0.5, 1],
    [999.999_999_9, 1000],
    [1e18, 2_147_483_647_000],
  ])("asks for whole milliseconds and no more than sixty years: %d ms", (retryAfterMs, read) => {
    expect(decodeStatus(encodeStatus({ code: 14, message: "", retryAfterMs })).retryAfterMs).toBe(read);
  });
});
