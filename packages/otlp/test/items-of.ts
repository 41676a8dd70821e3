import type { Batch } from "@tracecore/core";
import { encodeJson } from "@tracecore/otlp";

type Json = Readonly<Record<string, unknown>>;
const listed = (of: Json, ...names: readonly string[]): Json[] => names.flatMap((name) => (of[name] as Json[]) ?? []);

/** Each item of a batch with all that is above it, as text, without their order. */
export function itemsOf(batch: Batch): string[] {
  const request = JSON.parse(encodeJson(batch)) as Json;
  const items: string[] = [];
  for (const { scopeMetrics, scopeLogs, scopeSpans, ...resource } of listed(
    request,
    "resourceMetrics",
    "resourceLogs",
    "resourceSpans",
  )) {
    const scopes = { scopes: scopeMetrics ?? scopeLogs ?? scopeSpans };
    for (const { metrics, logRecords: records, spans, ...scope } of listed(scopes, "scopes")) {
      for (const item of listed({ items: metrics ?? records ?? spans }, "items")) {
        const kind = Object.keys(item).find((key) => Array.isArray((item[key] as Json | null)?.["dataPoints"]));
        if (kind === undefined) items.push(JSON.stringify([resource, scope, item]));
        else {
          const { dataPoints, ...data } = item[kind] as Json;
          for (const one of dataPoints as Json[]) {
            items.push(JSON.stringify([resource, scope, { ...item, [kind]: data }, one]));
          }
        }
      }
    }
  }
  return items.toSorted();
}
