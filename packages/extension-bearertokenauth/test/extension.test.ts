import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clientAuthenticator, serverAuthenticator, type ReloadListener } from "@tracecore/core";
import { bearertokenauthExtension } from "@tracecore/extension-bearertokenauth";
import { conformance, runExtension, testHost, type RunningExtension } from "@tracecore/testkit";
import { describe, expect, test } from "vitest";

const host = (one: RunningExtension) => testHost(new Map([["auth", one.component]]));
const refusal = (one: RunningExtension, headers: Record<string, string | string[]>) =>
  serverAuthenticator(host(one), "auth").refusal(headers);
const headersOf = (one: RunningExtension) => clientAuthenticator(host(one), "auth").headersFor();
const tokenFile = (text: string): string => {
  const path = join(mkdtempSync(join(tmpdir(), "tracecore-tokens-")), "token");
  writeFileSync(path, text);
  return path;
};

describe("bearer token extension", () => {
  conformance(bearertokenauthExtension, "token: t0ken");

  test("lets in who has the token, and tells others why not", async () => {
    await using extension = await runExtension(bearertokenauthExtension, "token: t0ken");
    expect(refusal(extension, { authorization: "Bearer t0ken" })).toBeUndefined();
    expect(refusal(extension, { authorization: "bearer t0ken" })).toBeUndefined();
    for (const wrong of ["Bearer t0ke", "Bearer t0ken2", "Bearer", "Bearer "]) {
      expect(refusal(extension, { authorization: wrong }), wrong).toMatch(
        /^(?:the token is not known|no token was given)$/,
      );
    }
    expect(refusal(extension, { authorization: "Basic t0ken" })).toBe("no token was given");
    expect(refusal(extension, { authorization: ["Bearer t0ken", "Bearer x"] })).toBe("no token was given");
    expect(refusal(extension, {})).toBe("no token was given");
    expect(serverAuthenticator(host(extension), "auth").challenge).toBe("Bearer");
  });

  test("puts the token on requests, under the scheme and header of the config", async () => {
    await using plain = await runExtension(bearertokenauthExtension, "token: t0ken");
    expect(headersOf(plain)).toEqual({ authorization: "Bearer t0ken" });
    await using own = await runExtension(bearertokenauthExtension, '{ token: t0ken, scheme: "", header: X-Api-Key }');
    expect(headersOf(own)).toEqual({ "x-api-key": "t0ken" });
    expect(refusal(own, { "x-api-key": "t0ken" })).toBeUndefined();
    expect(refusal(own, { "x-api-key": "other" })).toBe("the token is not known");
  });

  test("takes each of several tokens and sends the first", async () => {
    await using extension = await runExtension(bearertokenauthExtension, "tokens: [one, two]");
    expect(headersOf(extension)).toEqual({ authorization: "Bearer one" });
    expect(refusal(extension, { authorization: "Bearer two" })).toBeUndefined();
    expect(refusal(extension, { authorization: "Bearer three" })).toBe("the token is not known");
    await expect(runExtension(bearertokenauthExtension, "{ token: one, tokens: [two] }")).rejects.toThrow(
      '"token" and "tokens" exclude each other. Leave one of the two out',
    );
    await expect(runExtension(bearertokenauthExtension, "tokens: [one, 'a b']")).rejects.toThrow(
      "tokens[1]: a token must not be empty and must not hold white space or control characters",
    );
  });

  test("reads a file again: each of its tokens is good, the first is sent", async () => {
    const path = tokenFile("one\ntwo\n");
    await using extension = await runExtension(bearertokenauthExtension, `filename: ${path}`);
    expect(headersOf(extension)).toEqual({ authorization: "Bearer one" });
    expect(refusal(extension, { authorization: "Bearer two" })).toBeUndefined();
    writeFileSync(path, "three");
    const running = extension.component.running() as AsyncDisposable & ReloadListener;
    await running.configReloaded();
    expect(headersOf(extension)).toEqual({ authorization: "Bearer three" });
    expect(refusal(extension, { authorization: "Bearer one" })).toBe("the token is not known");
  });

  test("reads the file again after the interval", async () => {
    const path = tokenFile("one");
    await using extension = await runExtension(bearertokenauthExtension, `{ filename: ${path}, reload_interval: 1m }`);
    writeFileSync(path, "two");
    await extension.clock.advance(59_999);
    expect(headersOf(extension)).toEqual({ authorization: "Bearer one" });
    await extension.clock.advance(1);
    // Reading takes its time, whatever the clock says.
    while (extension.logs.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(headersOf(extension)).toEqual({ authorization: "Bearer two" });
  });

  test("keeps the token it had while the file is bad, and says so once, without the token", async () => {
    const path = tokenFile("one");
    await using extension = await runExtension(bearertokenauthExtension, `filename: ${path}`);
    const running = extension.component.running() as AsyncDisposable & ReloadListener;
    writeFileSync(path, "s3cret with spaces");
    await running.configReloaded();
    await running.configReloaded();
    expect(headersOf(extension)).toEqual({ authorization: "Bearer one" });
    expect(extension.logs.map(({ message }) => message)).toEqual([
      `cannot use the credentials in ${path}: line 1 is no token: it holds white space or control characters. What it held before stays in use`,
    ]);
  });

  test.each([
    ["{}", 'no token is set. Set "token", "tokens" or "filename"'],
    ['token: "s3cret and more"', "a token must not be empty and must not hold white space or control characters"],
    ["filename: /does/not/exist", "cannot use the credentials in /does/not/exist"],
  ])("refuses %s", async (yaml, message) => {
    await expect(runExtension(bearertokenauthExtension, yaml)).rejects.toThrow(message);
    await expect(runExtension(bearertokenauthExtension, yaml)).rejects.not.toThrow("s3cret");
  });
});
