import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compare } from "../compare.ts";

const rows = [
  { name: "exposition/1000-all-identity/prom-client", ratio: 0.05 },
  { name: "exposition/1000-all-gzip/prom-client", ratio: 0.14 },
];

/** The rows with the second one slower by `percent`. */
function slower(percent: number) {
  return [rows[0]!, { ...rows[1]!, ratio: 0.14 * (1 + percent / 100) }];
}

describe("the benchmark gate", () => {
  test("tracecore #90: identical inputs pass", () => {
    expect(compare(rows, rows, 25)).toEqual({
      verdict: "PASS",
      lines: [
        "exposition/1000-all-identity/prom-client: 0.0500 -> 0.0500 +0.00%",
        "exposition/1000-all-gzip/prom-client: 0.1400 -> 0.1400 +0.00%",
      ],
      regressions: [],
    });
  });

  test("tracecore #90: a planted regression of 31 % fails and names its row", () => {
    const { verdict, lines, regressions } = compare(rows, slower(31), 25);
    expect(verdict).toBe("FAIL");
    expect(lines[1]).toBe("exposition/1000-all-gzip/prom-client: 0.1400 -> 0.1834 +31.00% REGRESSION");
    expect(regressions).toEqual([
      { name: "exposition/1000-all-gzip/prom-client", deltaPercent: expect.closeTo(31, 6) },
    ]);
  });

  test.each([
    [24.9, "PASS"],
    [25.1, "FAIL"],
    [-80, "PASS"],
  ])("%d %% is a %s at a threshold of 25", (percent, verdict) => {
    expect(compare(rows, slower(percent), 25).verdict).toBe(verdict);
  });

  test("a ratio that is no number fails", () => {
    expect(compare(rows, slower(Number.NaN), 25).verdict).toBe("FAIL");
  });

  test("rows that one side lacks are named and do not fail", () => {
    expect(compare(rows, [{ name: "new", ratio: 1 }], 25)).toEqual({
      verdict: "PASS",
      lines: [
        "new: 1.0000 (not in the baseline)",
        "exposition/1000-all-identity/prom-client: not measured",
        "exposition/1000-all-gzip/prom-client: not measured",
      ],
      regressions: [],
    });
  });

  test.each([
    ["identical inputs", 0, 0, "PASS\n", ""],
    ["a regression of 31 %", 31, 1, "FAIL\n", "exposition/1000-all-gzip/prom-client: +31.00% is more than +25%\n"],
  ])("tracecore #90: the command ends as its verdict says for %s", (_name, percent, status, out, err) => {
    const folder = mkdtempSync(join(tmpdir(), "bench-"));
    try {
      const [before, now] = [join(folder, "before.json"), join(folder, "now.json")];
      writeFileSync(before, JSON.stringify(rows));
      writeFileSync(now, JSON.stringify(slower(percent)));
      const run = spawnSync(
        process.execPath,
        ["--no-warnings", join(import.meta.dirname, "../gate.ts"), before, now, "25"],
        { encoding: "utf8" },
      );
      expect(run.stdout.endsWith(out)).toBe(true);
      expect({ status: run.status, stderr: run.stderr }).toEqual({ status, stderr: err });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
