import { emptyResource, emptyScope, logs, textLines, type AttributesInput } from "@tracecore/core/pdata";
import { expect, test } from "vitest";

const PIECE = 256 * 1024;

function recordOf(body: string, attributes: AttributesInput) {
  const head = { resource: emptyResource, scope: emptyScope, timeUnixNano: 0n, severityNumber: 9 };
  return logs([{ ...head, body, attributes }]);
}

test("a line of megabytes comes in pieces, and reads as a short one does", () => {
  const long = "\u0007\u{1f600}".repeat(PIECE);
  const attributes = {
    long,
    list: Array.from({ length: 17 }, () => long.slice(0, PIECE)),
    bytes: new Uint8Array(PIECE),
  };
  const pieces = [...textLines(recordOf(long, attributes))];
  expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThanOrEqual(6 * PIECE + 2);
  const expected = `- log INFO ${long.replaceAll("\u0007", String.raw`\u0007`)} {long=${JSON.stringify(long)}, list=${JSON.stringify(attributes.list)}, bytes="${Buffer.from(attributes.bytes).toString("base64")}"}\n`;
  expect(pieces.join("") === expected).toBe(true);
});

test("a line shows values of every kind", () => {
  const attributes = { whole: 2n ** 63n, of: [1, "a\nb", true, null, 0.5], in: { it: 5n }, bytes: Buffer.from("hi") };
  expect([...textLines(recordOf("text", attributes))].join("")).toBe(
    String.raw`- log INFO text {whole="9223372036854775808", of=[1,"a\nb",true,null,0.5], in={"it":"5"}, bytes="aGk="}` +
      "\n",
  );
});

test("a line has no control character, and is one line for every program that reads it", () => {
  const hostile = "\u001b[2J\u007f\u0085\u009b2J\u2028\u2029\u202e\u2066\0";
  const text = [...textLines(recordOf(hostile, { [hostile]: hostile, list: [hostile] }))].join("");
  const shown = String.raw`\u001b[2J\u007f\u0085\u009b2J\u2028\u2029\u202e\u2066\u0000`;
  expect(text).toBe(`- log INFO ${shown} {${shown}="${shown}", list=["${shown}"]}\n`);
});
