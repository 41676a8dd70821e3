import { describe, expect, test } from "vitest";
import { contentTypeOf, negotiateFormat } from "../src/prometheus.ts";

const PROMETHEUS_2 =
  "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
const PROMETHEUS_3 =
  "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";

describe("format negotiation", () => {
  test.each([
    [undefined, "text/plain; version=0.0.4; charset=utf-8"],
    ["*/*", "text/plain; version=0.0.4; charset=utf-8"],
    ["text/html, text/plain;q=0.1", "text/plain; version=0.0.4; charset=utf-8"],
    ["application/json", "text/plain; version=0.0.4; charset=utf-8"],
    [";;;,q=x,=,", "text/plain; version=0.0.4; charset=utf-8"],
    ["application/openmetrics-text", "application/openmetrics-text; version=0.0.1; charset=utf-8"],
    ["application/openmetrics-text; version=2.0.0, text/plain;q=0.1", "text/plain; version=0.0.4; charset=utf-8"],
    ["application/openmetrics-text;version=1.0.0;q=0", "text/plain; version=0.0.4; charset=utf-8"],
    [
      'Application/OpenMetrics-Text; VERSION="1.0.0"; Escaping="allow-utf-8"; q="0.9", text/plain;q=0.1',
      "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8",
    ],
    ['text/plain; version="1.0.0"', "text/plain; version=1.0.0; charset=utf-8; escaping=underscores"],
    ['text/html; a=",text/plain; version=1.0.0"', "text/plain; version=0.0.4; charset=utf-8"],
    [PROMETHEUS_2, "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores"],
    [PROMETHEUS_3, "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8"],
    ["text/plain;version=1.0.0;escaping=allow-utf-8", "text/plain; version=1.0.0; charset=utf-8; escaping=allow-utf-8"],
  ])("answers %j with %s", (accept, expected) => {
    expect(contentTypeOf(negotiateFormat(accept))).toBe(expected);
  });

  test("answers in plain text when OpenMetrics is off", () => {
    expect(contentTypeOf(negotiateFormat(PROMETHEUS_2, { openMetrics: false }))).toBe(
      "text/plain; version=0.0.4; charset=utf-8",
    );
  });
});
