import { describe, expect, test } from "vitest";
import { withoutUrlSecrets } from "../../src/config/url-secrets.ts";

describe("a text with URLs", () => {
  test.each([
    ["http://agent:hunter2@backend:4318", "http://[redacted]@backend:4318"],
    ["http://ghp_0123@backend", "http://[redacted]@backend"],
    ["http://agent:p@ss@backend/a@b", "http://[redacted]@backend/a@b"],
    ["no proxy at socks5://a:b@c: refused", "no proxy at socks5://[redacted]@c: refused"],
    ["https://h/x?token=abc&n=1#f", "https://h/x?token=[redacted]&n=1#f"],
    ["https://h/x?sv=1&sig=a%2Fb", "https://h/x?sv=1&sig=[redacted]"],
    ["https://h?X-Amz-Signature=abc", "https://h?X-Amz-Signature=[redacted]"],
    ["http://a:b@c http://d:e@f?api_key=g", "http://[redacted]@c http://[redacted]@f?api_key=[redacted]"],
  ])("is shown without their secrets: %s", (text, shown) => {
    expect(withoutUrlSecrets(text)).toBe(shown);
  });

  test.each(["http://backend:4318/v1?monkey=1", "mail a@b.example", "a?token=b", "unix:///run/a@b.sock", "://@"])(
    "is shown as it is where there are none: %s",
    (text) => {
      expect(withoutUrlSecrets(text)).toBe(text);
    },
  );

  test("of a million characters is looked through once", () => {
    for (const text of ["://".repeat(400_000), `://${"a".repeat(1e6)}`, "://?a=".repeat(200_000)]) {
      expect(withoutUrlSecrets(text)).toBe(text);
    }
  });
});
