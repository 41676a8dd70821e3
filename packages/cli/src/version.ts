import { buildInfo } from "./build-info.ts";
import { prometheusVersion, sdkMetricsVersion } from "./versions.ts";

/** The text of `tracecore --version`. */
export function versionText(): string {
  const { command, version, description } = buildInfo;
  return (
    `${command} ${version} (${description})\n` +
    `otel-sdk-metric=v${sdkMetricsVersion}, otel-prom-exporter=v${prometheusVersion}, node=${process.version}\n`
  );
}
