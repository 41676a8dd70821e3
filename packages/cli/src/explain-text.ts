import { explainConfig, originText, type CheckedConfig, type ExplainedValue } from "@tracecore/core/service";
import { telemetryOptions, type TelemetryConfig } from "@tracecore/selftelemetry";

/** What `validate --explain` prints: the block of the specification (§7), then each value with its origin. */
export function explainText(config: CheckedConfig): string {
  const telemetry = config.telemetry as TelemetryConfig;
  const lines = ["resolved configuration (after defaults applied):"];
  if (telemetry.enabled) {
    lines.push(
      "  telemetry.enabled: true",
      `  telemetry.listen: ${telemetry.listen.text}`,
      `  telemetry.paths.metrics: ${telemetry.paths.metrics}`,
      `  telemetry.paths.healthz: ${telemetry.paths.healthz}`,
      `  telemetry.paths.readyz: ${telemetry.paths.readyz}`,
    );
  } else {
    lines.push("  telemetry.enabled: false (HTTP surface OFF; no port bound)");
  }
  lines.push("  pipelines:");
  for (const { id, receivers, processors, exporters } of config.pipelines) {
    lines.push(`    ${id}:`, `      receivers: [${receivers.join(", ")}]`);
    if (processors.length > 0) lines.push(`      processors: [${processors.join(", ")}]`);
    lines.push(`      exporters: [${exporters.join(", ")}]`);
  }
  lines.push("where each value comes from:");
  const values = explainConfig(config, telemetryOptions);
  const width = Math.max(...values.map((value) => head(value).length));
  for (const value of values) lines.push(`${head(value).padEnd(width)}  # ${originText(value.origin)}`);
  return `${lines.join("\n")}\n`;
}

function head({ path, value }: ExplainedValue): string {
  return `  ${path}: ${typeof value === "string" && value !== "" ? value : JSON.stringify(value)}`;
}
