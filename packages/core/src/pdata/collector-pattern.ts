/**
 * A pattern as configs of the OpenTelemetry Collector write it, in Go's syntax: `(?P<name>…)` and flags in front, as in `(?i)`,
 * are translated. Throws SyntaxError for what is no pattern.
 */
export function collectorPattern(text: string): RegExp {
  const [, flags = "", rest = text] = /^\(\?([ims]+)\)(.*)$/s.exec(text) ?? [];
  return new RegExp(rest.replaceAll("(?P<", "(?<"), flags + (/\\p\{/i.test(rest) ? "u" : ""));
}
