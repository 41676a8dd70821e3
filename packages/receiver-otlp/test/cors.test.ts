import { describe, expect, test } from "vitest";
import { logRequest, receiving } from "./receiving.ts";

const protobuf = { "content-type": "application/x-protobuf" };

function post(url: string, body: Uint8Array | string, headers: Record<string, string>): Promise<Response> {
  return fetch(url, { method: "POST", body: body as never, headers });
}

describe("OTLP over HTTP from web pages", () => {
  test("lets pages of the origins in the config send, and no others", async () => {
    await using rig = await receiving({ http: ', cors: { allowed_origins: ["https://*.example.com"], max_age: 600 }' });
    const preflight = (origin: string): Promise<Response> =>
      fetch(`${rig.http}/v1/logs`, {
        method: "OPTIONS",
        headers: { origin, "access-control-request-method": "POST" },
      });
    const allowed = await preflight("https://app.example.com");
    expect([
      allowed.status,
      allowed.headers.get("access-control-allow-origin"),
      allowed.headers.get("access-control-max-age"),
    ]).toEqual([204, "https://app.example.com", "600"]);
    const other = await preflight("https://example.com.evil.test");
    expect(other.headers.get("access-control-allow-origin")).toBeNull();
  });

  // navigator.sendBeacon, with which the SDK for browsers sends, always has the credentials of the page with it.
  test("lets pages send with credentials, and with the headers that the config names or with all of them", async () => {
    const preflight = async (allowed: string): Promise<(string | null)[]> => {
      await using rig = await receiving({ http: `, cors: { allowed_origins: ["*"], allowed_headers: [${allowed}] }` });
      const { headers } = await fetch(`${rig.http}/v1/logs`, {
        method: "OPTIONS",
        headers: {
          origin: "https://a.test",
          "access-control-request-method": "POST",
          "access-control-request-headers": "authorization,content-type, X-Shop",
        },
      });
      return ["access-control-allow-credentials", "access-control-allow-headers"].map((name) => headers.get(name));
    };
    const always = "content-type, content-encoding, x-requested-with";
    expect(await preflight("")).toEqual(["true", always]);
    expect(await preflight("x-shop")).toEqual(["true", `${always}, x-shop`]);
    expect(await preflight('"*"')).toEqual(["true", `${always}, authorization, x-shop`]);
  });

  test("shows pages only those answer headers that the config names", async () => {
    const http = ', cors: { allowed_origins: ["*"], exposed_headers: [x-shop] }, response_headers: { x-shop: north }';
    await using rig = await receiving({ http });
    const response = await post(`${rig.http}/v1/logs`, logRequest(1), { ...protobuf, origin: "https://a.test" });
    expect(["access-control-expose-headers", "x-shop"].map((name) => response.headers.get(name))).toEqual([
      "x-shop",
      "north",
    ]);
    const refused = await post(`${rig.http}/nowhere`, "", { ...protobuf, origin: "https://a.test" });
    expect([refused.status, refused.headers.get("x-shop")]).toEqual([404, "north"]);
  });
});
