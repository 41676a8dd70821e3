import { hideSecrets } from "@tracecore/core/delivery";
import { expect, test } from "vitest";

const headers = {
  authorization: "Bearer s3cr3t-token",
  "x-team": "hunter2",
  "x-on": "1",
  "user-agent": "tracecore",
  "content-type": "text",
};

test("what a backend says shows no value of a header that it was sent", () => {
  const reason = "no Bearer s3cr3t-token from tracecore, 1 text of hunter2; try s3cr3t-token";
  const hidden = "no [redacted] from tracecore, 1 text of [redacted]; try [redacted]";
  expect(hideSecrets({ outcome: "rejected", kind: "rejected", reason }, headers)).toMatchObject({ reason: hidden });
  expect(hideSecrets({ outcome: "retry", kind: "unavailable", reason, afterMs: 5 }, headers)).toEqual({
    outcome: "retry",
    kind: "unavailable",
    reason: hidden,
    afterMs: 5,
  });
  expect(hideSecrets({ outcome: "delivered", message: reason }, headers)).toEqual({
    outcome: "delivered",
    message: hidden,
  });
  expect(hideSecrets({ outcome: "delivered" }, headers)).toEqual({ outcome: "delivered" });
});

test.each([
  ["no Bearer s3cr3t-to", "no [redacted]"],
  ["no s3cr", "no [redacted]"],
  ["no s3c", "no s3c"],
  ["no Bearer s3cr3t-token Bearer s3cr3t-toke", "no [redacted] [redacted]"],
])("of %j, which was cut, it shows %j", (reason, hidden) => {
  expect(hideSecrets({ outcome: "rejected", kind: "rejected", reason }, headers)).toMatchObject({ reason: hidden });
});
