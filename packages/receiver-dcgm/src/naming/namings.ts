/** The names that values can have. */
export const namings = ["otel", "dcgm-exporter", "dcgm-exporter-4.8.4", "dcgm-exporter-4.9"] as const;
export type Naming = (typeof namings)[number];
