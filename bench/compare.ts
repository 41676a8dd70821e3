/** One ratio that a suite measured: our cost divided by a peer's, so lower is better. */
export interface Row {
  /** Stable: `suite/what/peer`. */
  readonly name: string;
  readonly ratio: number;
}

export interface Comparison {
  readonly verdict: "PASS" | "FAIL";
  /** One line for each row, for people. */
  readonly lines: readonly string[];
  /** The rows that got worse by more than the threshold. */
  readonly regressions: readonly { readonly name: string; readonly deltaPercent: number }[];
}

/** Compares ratios with a baseline. Rows that only one side has are named and do not fail: a peer may not be installed. */
export function compare(baseline: readonly Row[], current: readonly Row[], thresholdPercent: number): Comparison {
  const before = new Map(baseline.map(({ name, ratio }) => [name, ratio]));
  const lines: string[] = [];
  const regressions: { name: string; deltaPercent: number }[] = [];
  for (const { name, ratio } of current) {
    const was = before.get(name);
    before.delete(name);
    if (was === undefined) {
      lines.push(`${name}: ${ratio.toFixed(4)} (not in the baseline)`);
      continue;
    }
    const deltaPercent = (ratio / was - 1) * 100;
    // Not `deltaPercent > thresholdPercent`: a ratio that is NaN must fail, not pass.
    const worse = !(deltaPercent <= thresholdPercent);
    lines.push(
      `${name}: ${was.toFixed(4)} -> ${ratio.toFixed(4)} ${signed(deltaPercent)}${worse ? " REGRESSION" : ""}`,
    );
    if (worse) regressions.push({ name, deltaPercent });
  }
  for (const name of before.keys()) lines.push(`${name}: not measured`);
  return { verdict: regressions.length === 0 ? "PASS" : "FAIL", lines, regressions };
}

/** `+31.00%`. */
export function signed(percent: number): string {
  return `${percent < 0 ? "" : "+"}${percent.toFixed(2)}%`;
}
