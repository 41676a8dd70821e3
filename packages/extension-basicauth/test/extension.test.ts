import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clientAuthenticator, serverAuthenticator, type ReloadListener } from "@tracecore/core";
import { basicauthExtension } from "@tracecore/extension-basicauth";
import { conformance, runExtension, testHost, type RunningExtension } from "@tracecore/testkit";
import { describe, expect, test } from "vitest";

const host = (one: RunningExtension) => testHost(new Map([["auth", one.component]]));
const basic = (credentials: string): string => `Basic ${Buffer.from(credentials).toString("base64")}`;
const refusal = (one: RunningExtension, authorization: string) =>
  serverAuthenticator(host(one), "auth").refusal({ authorization });
const wrong = "the user name or the password is wrong";
/** The password of each is "s3cret"; the hashes are of `htpasswd -s` and of OpenLDAP's `slappasswd -h {SSHA}`. */
const users = `# who may send
plain:s3cret
sha:{SHA}/vNB+F2HQ559kaLUZbmHHvZrXpg=
ssha:{SSHA}/nxaDJRbcGEVWWMZqkWo+isGlnxwZXBwZXIwMQ==
`;

describe("basic authentication extension", () => {
  conformance(basicauthExtension, 'htpasswd: { inline: "a:b" }');

  test.each(["plain", "sha", "ssha"])("knows the user %s by the password", async (user) => {
    await using extension = await runExtension(basicauthExtension, `htpasswd: { inline: ${JSON.stringify(users)} }`);
    expect(refusal(extension, basic(`${user}:s3cret`))).toBeUndefined();
    expect(refusal(extension, basic(`${user}:s3cre`))).toBe(wrong);
    expect(refusal(extension, basic(`${user}:`))).toBe(wrong);
  });

  test.each(["$2y$05$abc", "$7$abc", "$sha1$40000$abc$def", "{CRYPT}rqXexS6ZhobKA", "{SSHA512}abcd", "{MD5}abcd=="])(
    "refuses the hash %s, which would be a password otherwise",
    async (hash) => {
      const config = `htpasswd: { inline: ${JSON.stringify(`a:${hash}`)} }`;
      await expect(runExtension(basicauthExtension, config)).rejects.toThrow(/hashes of this kind cannot be checked/);
    },
  );

  test("refuses who is not known, and who says nothing that it understands", async () => {
    await using extension = await runExtension(basicauthExtension, 'htpasswd: { inline: "a:b:c" }');
    expect(refusal(extension, basic("a:b:c"))).toBeUndefined();
    expect(refusal(extension, basic("b:b:c"))).toBe(wrong);
    expect(refusal(extension, basic("a"))).toBe("no user name and password were given");
    expect(refusal(extension, "Bearer x")).toBe("no user name and password were given");
    expect(refusal(extension, "Basic ??")).toBe("no user name and password were given");
    expect(serverAuthenticator(host(extension), "auth").challenge).toBe('Basic realm="tracecore", charset="UTF-8"');
  });

  test("reads the file again; users in the config win over it", async () => {
    const path = join(mkdtempSync(join(tmpdir(), "tracecore-htpasswd-")), "users");
    writeFileSync(path, "a:one\nb:two\n");
    await using extension = await runExtension(basicauthExtension, `htpasswd: { file: ${path}, inline: "a:own" }`);
    expect([refusal(extension, basic("a:one")), refusal(extension, basic("a:own"))]).toEqual([wrong, undefined]);
    expect(refusal(extension, basic("b:two"))).toBeUndefined();
    writeFileSync(path, "b:three\n");
    const running = extension.component.running() as AsyncDisposable & ReloadListener;
    await running.configReloaded();
    expect([refusal(extension, basic("b:two")), refusal(extension, basic("b:three"))]).toEqual([wrong, undefined]);
    writeFileSync(path, "b:$2y$05$abcdefghijklmnopqrstuv\n");
    await running.configReloaded();
    expect(refusal(extension, basic("b:three"))).toBeUndefined();
    expect(extension.logs.map(({ message }) => message)).toEqual([
      `read ${path} again: it has changed`,
      `cannot use the credentials in ${path}: line 1: hashes of this kind cannot be checked. Write {SSHA}, {SHA} or a plain password. What it held before stays in use`,
    ]);
  });

  test("reads user and password from files, again when they change", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tracecore-client-auth-"));
    const [user, word] = [join(folder, "user"), join(folder, "password")];
    writeFileSync(user, "alice\n");
    writeFileSync(word, "one\n");
    await using extension = await runExtension(
      basicauthExtension,
      `client_auth: { username_file: ${user}, password_file: ${word} }`,
    );
    const sent = () => clientAuthenticator(host(extension), "auth").headersFor();
    expect(sent()).toEqual({ authorization: basic("alice:one") });
    writeFileSync(word, "two");
    const running = extension.component.running() as AsyncDisposable & ReloadListener;
    await running.configReloaded();
    expect(sent()).toEqual({ authorization: basic("alice:two") });
    writeFileSync(word, "\n");
    await running.configReloaded();
    expect(sent()).toEqual({ authorization: basic("alice:two") });
    await expect(runExtension(basicauthExtension, "client_auth: { username: a }")).rejects.toThrow(
      'no password is set. Set "password" or "password_file"',
    );
  });

  test("puts user and password on requests, and cannot check any", async () => {
    await using extension = await runExtension(
      basicauthExtension,
      "client_auth: { username: agent, password: 's3:cret' }",
    );
    expect(clientAuthenticator(host(extension), "auth").headersFor()).toEqual({
      authorization: basic("agent:s3:cret"),
    });
    expect(() => serverAuthenticator(host(extension), "auth")).toThrow(
      expect.objectContaining({
        message: 'the extension "auth" cannot check requests',
        remedy: "Name another one, or give it the options for that: basicauth has htpasswd",
      }),
    );
  });

  test.each([
    ["{}", 'set either "htpasswd" or "client_auth"'],
    ["htpasswd: {}", 'no users are set. Set "file" or "inline"'],
    ['htpasswd: { inline: "a:s3cret\\nb" }', "line 2 is not of the form user:password"],
    ['htpasswd: { inline: "a:$apr1$s3cret" }', "line 1: hashes of this kind cannot be checked"],
    ['htpasswd: { inline: "a:{SHA}s3cret" }', "line 1: what follows {SHA} is no such hash"],
    ["htpasswd: { file: /does/not/exist }", "cannot use the credentials in /does/not/exist"],
    [
      "client_auth: { aws_secrets_manager: { secret_arn: s3cret } }",
      "client_auth.aws_secrets_manager: secrets are read from the config and from files. Mount the secret, and set username_file and password_file.",
    ],
    ["client_auth: { username: 'a:b', password: s3cret }", 'expected a name without ":"'],
  ])("refuses %s", async (yaml, message) => {
    await expect(runExtension(basicauthExtension, yaml)).rejects.toThrow(message);
    await expect(runExtension(basicauthExtension, yaml)).rejects.not.toThrow("s3cret");
  });
});
