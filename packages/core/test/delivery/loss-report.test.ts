import { expect, test } from "vitest";
import { manualClock } from "../../src/clock/manual-clock.ts";
import { LossReport } from "../../src/delivery/loss-report.ts";
import { capturedLogger } from "../http/captured-logger.ts";

test("tells of losses at once, then every ten seconds, also when nothing more is lost", async () => {
  const [clock, logger] = [manualClock(), capturedLogger()];
  const report = new LossReport(logger, clock);
  report.lost(2, "HTTP 400");
  report.lost(1, "HTTP 400");
  report.lost(3, "HTTP 301");
  await clock.advance(9_999);
  expect(logger.lines).toEqual(["error dropped 2 items: HTTP 400"]);
  await clock.advance(1);
  expect(logger.lines.slice(1)).toEqual(["error dropped 4 items: HTTP 301"]);
  await clock.advance(10_000);
  report.lost(1, "HTTP 400");
  expect(logger.lines.slice(2)).toEqual(["error dropped 1 items: HTTP 400"]);
  report.lost(5, "HTTP 400");
  report.end();
  expect(logger.lines.slice(3)).toEqual(["error dropped 5 more items"]);
  await clock.advance(60_000);
  expect([logger.lines.length, clock.waiting]).toEqual([4, 0]);
});

test("says at the end why the rest was lost where it has not", () => {
  const logger = capturedLogger();
  const report = new LossReport(logger, manualClock());
  report.lost(1, "HTTP 400");
  report.lost(2, "the time for stopping was up");
  report.end();
  report.end();
  expect(logger.lines).toEqual([
    "error dropped 1 items: HTTP 400",
    "error dropped 2 more items: the time for stopping was up",
  ]);
});
