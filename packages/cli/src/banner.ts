import type { CheckedConfig, Service, ShutdownSummary } from "@tracecore/core/service";
import type { SelfTelemetry } from "@tracecore/selftelemetry";
import { buildInfo } from "./build-info.ts";

/** What a person sees once it runs: what runs, where to look, how to stop. */
export function banner(
  { pipelines }: CheckedConfig,
  service: Service,
  telemetry: SelfTelemetry,
  files: readonly string[],
): string[] {
  const ways = pipelines.map(({ id, receivers, processors, exporters }) => {
    const stages = [receivers.join(", "), ...processors, exporters.join(", ")];
    return `  ${id}: ${stages.join(" → ")}`;
  });
  const urls = [
    ...service.endpoints().map(({ url, component }) => `  ${url}   ${component}`),
    ...telemetry.urls().map((url) => `  ${url}   self-telemetry`),
  ];
  return [
    `tracecore ${buildInfo.version} runs ${files.join(", ")}`,
    ...ways,
    ...(urls.length > 0 ? ["Listens at", ...urls] : []),
    "Ctrl-C stops it; SIGHUP reloads the config.",
  ];
}

/** The last line of a run. */
export function summaryLine({ delivered, persisted, dropped, durationMs }: ShutdownSummary): string {
  return `stopped in ${(durationMs / 1000).toFixed(1)} s: ${delivered} items delivered, ${persisted} persisted, ${dropped} dropped`;
}
