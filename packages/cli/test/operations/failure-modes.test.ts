import { errorPages } from "@tracecore/core/service";
import { describe, expect, test } from "vitest";
import { read, readYaml, sources, tableUnder } from "./repository.ts";

/** What a table shows that is not a text of our sources: requests and answers, and words of Node.js and of the SDK. */
const elsewhere = /^(\/|validate --explain$|file:line:col$|accept EMFILE$|.*Operation timed out\.$)/;

function evidence(): string[] {
  const text = read("docs/FAILURE-MODES.md");
  const headings = [...text.matchAll(/^## (.+)$/gm)].map(([, heading = ""]) => heading);
  return headings
    .flatMap((heading) => tableUnder(text, heading))
    .flatMap(([, , shown = ""]) => [...shown.matchAll(/`([^`]+)`/g)].map(([, one = ""]) => one));
}

describe("the failure modes", () => {
  const code = [...sources().values(), JSON.stringify(readYaml("examples/alerts/tracecore-rules.yaml"))].join("\n");

  test("show themselves by error codes, metrics and log lines that the sources have", () => {
    const known = (one: string): boolean => {
      const kind = /kind="(\w+)"/.exec(one)?.[1];
      if (kind !== undefined) return code.includes(`"${kind}"`);
      // A metric may be written without its prefix and with labels; the message of a cause stands behind a colon.
      const [name = ""] = one.split("{");
      const dotted = name.replace(/^tracecore_([a-z]+)_/, "tracecore.$1.");
      return errorPages[one] !== undefined || [name, dotted, name.split(": ")[0]!].some((text) => code.includes(text));
    };
    expect(evidence().filter((one) => !elsewhere.test(one) && !known(one))).toEqual([]);
    expect(evidence().length).toBeGreaterThan(40);
  });

  test("name error codes that have a page", () => {
    const codes = evidence().filter((one) => /^(config|plugin|start|address|tls)-[a-z0-9-]+$/.test(one));
    expect(codes.filter((one) => errorPages[one] === undefined)).toEqual([]);
    expect(codes.length).toBeGreaterThan(10);
  });
});
