import type { Logger, LogLevel } from "@tracecore/core";

/** Keeps each line as `level message`. */
export function capturedLogger(): Logger & { readonly lines: string[] } {
  const lines: string[] = [];
  const at = (level: LogLevel) => (message: string) => {
    lines.push(`${level} ${message}`);
  };
  return {
    lines,
    log: (level, message) => {
      lines.push(`${level} ${message}`);
    },
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
  };
}
