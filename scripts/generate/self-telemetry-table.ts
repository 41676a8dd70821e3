/** What the table needs to know of an instrument. */
export interface TableInstrument {
  readonly name: string;
  readonly unit: string;
  readonly kind: string;
  readonly attributes: readonly string[] | Readonly<Record<string, string>>;
  readonly description: string;
  readonly level?: string;
}

/** The table of docs/selftelemetry.md. */
export function selfTelemetryTable(instruments: readonly TableInstrument[]): string {
  const rows = instruments.map(({ name, unit, kind, attributes, description, level = "basic" }) => {
    const names = Array.isArray(attributes) ? (attributes as readonly string[]) : Object.keys(attributes);
    const list = names.map((attribute) => `\`${attribute}\``).join(", ");
    return `| \`${name}\` | \`${name.replaceAll(".", "_")}\` | ${kind.replaceAll("_", " ")} | \`${unit}\` | ${list} | ${level} | ${description} |`;
  });
  return [
    "| Metric | In Prometheus | Instrument | Unit | Attributes | From level | Meaning |",
    "|---|---|---|---|---|---|---|",
    ...rows,
  ].join("\n");
}
