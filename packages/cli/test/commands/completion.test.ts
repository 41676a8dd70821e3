import { execFileSync, spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { commands } from "../../src/commands.ts";
import { tracecore } from "../captured-console.ts";

/** What bash would offer after `line`. */
function offered(script: string, ...line: string[]): string[] {
  const program = `${script}
COMP_WORDS=(${line.map((word) => `'${word}'`).join(" ")})
COMP_CWORD=${line.length - 1}
_tracecore
printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync("bash", ["-c", program], { encoding: "utf8", cwd: "/" })
    .split("\n")
    .filter((word) => word !== "");
}

describe("tracecore completion", () => {
  test.each(["bash", "zsh", "fish"])("lists every command and option for %s", async (shell) => {
    const { status, out, err } = await tracecore(["completion", shell]);
    expect([status, err]).toEqual([0, ""]);
    for (const { name, options } of commands) {
      expect(out).toMatch(new RegExp(`\\b${name}\\b`));
      for (const option of Object.keys(options))
        expect(out).toContain(shell === "fish" ? `-l ${option}` : `--${option}`);
    }
  });

  test.each(["bash", "zsh", "fish"])("writes for %s what that shell can read", async (shell) => {
    const { out } = await tracecore(["completion", shell]);
    const { error, status, stderr } = spawnSync(shell, ["-n"], { input: out, encoding: "utf8" });
    // zsh and fish are rarely there; bash is.
    if (error === undefined || shell === "bash") expect([status, stderr]).toEqual([0, ""]);
    else expect((error as NodeJS.ErrnoException).code).toBe("ENOENT");
  });

  test("offers commands first, then the options of the command", async () => {
    const { out } = await tracecore(["completion", "bash"]);
    expect(offered(out, "tracecore", "")).toEqual(expect.arrayContaining(commands.map(({ name }) => name)));
    expect(offered(out, "tracecore", "comp")).toEqual(["components", "completion"]);
    expect(offered(out, "tracecore", "validate", "--e")).toEqual(["--explain"]);
    expect(offered(out, "tracecore", "--run")).toEqual(["--run-for"]);
    expect(offered(out, "tracecore", "validate", "/etc/host")).toContain("/etc/hostname");
    expect(offered(out, "tracecore", "completion", "z")).toEqual(["zsh"]);
  });

  test("refuses a shell that it does not know", async () => {
    expect((await tracecore(["completion", "csh"])).err).toBe(
      'error: "csh" is not a shell that is known. Shells: bash, zsh, fish. [usage]\n',
    );
    expect((await tracecore(["completion"])).err).toBe("error: name a shell. Shells: bash, zsh, fish. [usage]\n");
  });
});
