import type { Logger } from "@tracecore/core";
import { testLogger } from "@tracecore/testkit";

/** Keeps each line as `level message`. */
export function capturedLogger(): Logger & { readonly lines: string[] } {
  const { lines, ...logger } = testLogger();
  return {
    ...logger,
    get lines() {
      return lines.map(({ level, message }) => `${level} ${message}`);
    },
  };
}
