import { mediaRanges } from "@tracecore/core/http";

/** A version of the text format. */
export interface Format {
  readonly syntax: "text" | "openmetrics";
  readonly version: "0.0.4" | "1.0.0" | "0.0.1";
  /** The scraper understands names beyond `[A-Za-z0-9_:]`. */
  readonly utf8: boolean;
}

/** What a scraper gets that asks for nothing in particular. */
export const plainText: Format = { syntax: "text", version: "0.0.4", utf8: false };

const openMetrics1: Format = { syntax: "openmetrics", version: "1.0.0", utf8: false };
const openMetrics0: Format = { syntax: "openmetrics", version: "0.0.1", utf8: false };
const plainText1: Format = { syntax: "text", version: "1.0.0", utf8: false };

/** The best format for an `Accept` header. Anything that cannot be read means plain text, as Prometheus' own libraries do. */
export function negotiateFormat(accept: string | undefined, options: { readonly openMetrics?: boolean } = {}): Format {
  let best: Format | undefined;
  let bestQuality = 0;
  for (const { type, parameters, quality } of mediaRanges(accept)) {
    const format = formatOf(type, parameters.get("version"), options.openMetrics ?? true);
    if (format === undefined || !(quality > bestQuality)) continue;
    best =
      parameters.get("escaping") === "allow-utf-8" && format.version === "1.0.0" ? { ...format, utf8: true } : format;
    bestQuality = quality;
  }
  return best ?? plainText;
}

function formatOf(type: string, version: string | undefined, openMetrics: boolean): Format | undefined {
  if (type === "application/openmetrics-text") {
    if (!openMetrics) return undefined;
    return version === "1.0.0" ? openMetrics1 : version === undefined || version === "0.0.1" ? openMetrics0 : undefined;
  }
  if (type === "text/plain")
    return version === "1.0.0" ? plainText1 : version === undefined || version === "0.0.4" ? plainText : undefined;
  return type === "*/*" || type === "text/*" ? plainText : undefined;
}

/** The `Content-Type` of a format. */
export function contentTypeOf({ syntax, version, utf8 }: Format): string {
  const type = syntax === "text" ? "text/plain" : "application/openmetrics-text";
  const escaping = version === "1.0.0" ? `; escaping=${utf8 ? "allow-utf-8" : "underscores"}` : "";
  return `${type}; version=${version}; charset=utf-8${escaping}`;
}
