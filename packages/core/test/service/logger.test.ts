import { manualClock } from "@tracecore/core";
import { Secret } from "@tracecore/core/config";
import { describe, expect, test } from "vitest";
import { createLogger, type LogFormat } from "../../src/service/logger.ts";

function logging(format: LogFormat, level: "debug" | "info" = "info") {
  const clock = manualClock();
  const lines: string[] = [];
  return { clock, lines, logger: createLogger({ format, level, clock, write: (line) => lines.push(line) }) };
}

describe("the log", () => {
  test("writes one line with time, level and component", () => {
    const { logger, lines } = logging("text");
    logger.forComponent("receiver clock").info("runs", { every: "1s", count: 3 });
    expect(lines).toEqual(["2023-11-14T22:13:20.000Z INFO  receiver clock: runs every=1s count=3\n"]);
  });

  test("writes one JSON object a line for machines", () => {
    const { logger, lines } = logging("json");
    logger.forComponent("exporter prom").error("no", { code: 7n, cause: new Error("inner") });
    expect(JSON.parse(lines[0]!)).toEqual({
      time: "2023-11-14T22:13:20.000Z",
      level: "error",
      component: "exporter prom",
      message: "no",
      code: "7",
      cause: "inner",
    });
  });

  test("leaves out what is below its level", () => {
    const { logger, lines } = logging("text");
    logger.debug("detail");
    expect(lines).toEqual([]);
    logger.setLevel("debug");
    logger.forComponent("receiver clock").debug("detail");
    logger.setLevel("error");
    logger.warn("no more");
    expect(lines).toEqual(["2023-11-14T22:13:20.000Z DEBUG receiver clock: detail\n"]);
  });

  test("F42: keeps one entry on one line, so that a message cannot forge another", () => {
    const { logger, lines } = logging("text");
    logger.warn("a\n2023-11-14T22:13:20.000Z ERROR forged\u2028\u001b[31m", { field: "x\ny" });
    expect(lines.join("").split("\n")).toHaveLength(2);
    expect(lines[0]).not.toContain("\u001b");
  });

  test("never writes a secret", () => {
    const { logger, lines } = logging("text");
    logger.info("asked", { authorization: "Bearer abc", api_key: "abc", value: new Secret("abc") });
    expect(lines[0]).not.toContain("abc");
    expect(lines[0]).toContain("[redacted]");
  });

  test.each(["text", "json"] as const)("never writes the secret of a URL, as %s", (format) => {
    const { logger, lines } = logging(format);
    const followed: string[] = [];
    using _following = logger.follow(({ message, fields }) => followed.push(message + fields));
    logger.warn("no answer from https://agent:hunter2@backend/in?token=s3cret", {
      proxy: "http://agent:hunter2@proxy:3128",
      error: new Error("connect to http://hunter2@backend failed"),
    });
    expect([...lines, ...followed].join("")).not.toMatch(/hunter2|s3cret/);
    expect(lines[0]).toContain("no answer from https://[redacted]@backend/in?token=[redacted]");
    expect(followed[0]).toContain("connect to http://[redacted]@backend failed");
  });

  test("counts equal warnings of a minute instead of repeating them, and says how many there were", async () => {
    const { logger, lines, clock } = logging("text");
    for (let i = 0; i < 5; i++) logger.warn("cannot send");
    expect(lines).toHaveLength(1);
    await clock.advance(60_000);
    logger.warn("cannot send");
    expect(lines.map((line) => line.slice(25))).toEqual(["WARN  cannot send\n", "WARN  cannot send repeated=4\n"]);
  });

  test("says at the end what it has counted and not yet said", () => {
    const { logger, lines } = logging("text");
    for (let i = 0; i < 3; i++) logger.error("cannot send");
    logger.flush();
    expect(lines.map((line) => line.slice(25))).toEqual(["ERROR cannot send\n", "ERROR cannot send repeated=2\n"]);
  });

  test("remembers a bounded number of lines", () => {
    const { logger, lines } = logging("text");
    for (let i = 0; i < 2000; i++) logger.warn(`line ${i}`);
    logger.warn("line 0");
    expect(lines).toHaveLength(2001);
  });
});
