import { errorPages } from "@tracecore/core/service";
import { describe, expect, test } from "vitest";
import { tracecore } from "../captured-console.ts";
import { sources } from "../operations/repository.ts";

/** Every code that a TracecoreError is made with somewhere in the sources. */
function thrownCodes(): Set<string> {
  const codes = new Set<string>();
  for (const [file, text] of sources()) {
    if (file.startsWith("packages/testkit/")) continue;
    for (const [, code = ""] of text.matchAll(/new TracecoreError\(\s*"([\w-]+)"/g)) codes.add(code);
  }
  return codes;
}

describe("tracecore explain", () => {
  test("lists every code with its title", async () => {
    const { status, out, err } = await tracecore(["explain"]);
    expect([status, err]).toEqual([0, ""]);
    const listed = out
      .trimEnd()
      .split("\n")
      .map((line) => line.split(/ {1,}/)[0]);
    expect(listed).toEqual(Object.keys(errorPages));
    for (const { title } of Object.values(errorPages)) expect(out).toContain(` ${title}\n`);
  });

  test.each(Object.entries(errorPages))("has a page for %s", async (code, { title, cause, remedy }) => {
    expect(await tracecore(["explain", code])).toEqual({
      status: 0,
      out: `${code}: ${title}\n\n${cause}\n\nWhat to do: ${remedy}\n`,
      err: "",
    });
    expect(cause).toMatch(/[.)`]$/);
    expect(remedy).toMatch(/[.)`]$/);
  });

  test("takes a code in the brackets in which messages show it", async () => {
    const { out } = await tracecore(["explain", "[usage]"]);
    expect(out).toMatch(/^usage: The command line is wrong\n/);
  });

  test("has a page for every code that an error is made with", () => {
    const missing = [...thrownCodes()].filter((code) => errorPages[code] === undefined);
    expect(missing).toEqual([]);
    expect(thrownCodes().size).toBeGreaterThan(15);
  });

  test("refuses a code that does not exist", async () => {
    expect(await tracecore(["explain", "config-nope"])).toEqual({
      status: 2,
      out: "",
      err: 'error: "config-nope" is not an error code of tracecore. Run "tracecore explain" for all of them. [usage]\n',
    });
  });
});
