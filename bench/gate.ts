/** `node gate.ts BASELINE CURRENT THRESHOLD`: compares two files of rows as `pnpm bench --check` does. */
import { readFileSync } from "node:fs";
import { compare, signed, type Row } from "./compare.ts";

/** Prints the comparison and gives the exit status: 1 when a row got worse by more than the threshold. */
export function gate(baseline: readonly Row[], current: readonly Row[], thresholdPercent: number): number {
  const { verdict, lines, regressions } = compare(baseline, current, thresholdPercent);
  for (const line of lines) console.log(line);
  for (const { name, deltaPercent } of regressions) {
    console.error(`${name}: ${signed(deltaPercent)} is more than +${thresholdPercent}%`);
  }
  console.log(verdict);
  return verdict === "PASS" ? 0 : 1;
}

if (import.meta.main) {
  const [, , before = "", now = "", threshold = "25"] = process.argv;
  process.exitCode = gate(readRows(before), readRows(now), Number(threshold));
}

function readRows(file: string): Row[] {
  return JSON.parse(readFileSync(file, "utf8")) as Row[];
}
