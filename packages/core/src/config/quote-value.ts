import { withoutUrlSecrets } from "./url-secrets.ts";

/** Characters of a value that a message shows before it cuts. */
export const SHOWN = 60;

/** A value as a message shows it: JSON, cut after 60 characters; collections are shown by kind, not by content. */
export function quoteValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object" && value !== null) return "a map";
  if (typeof value !== "string") return `${value as number | bigint | boolean | null}`;
  const safe = withoutUrlSecrets(value);
  const text = safe.length > SHOWN ? `${safe.slice(0, SHOWN)}…` : safe;
  return JSON.stringify(text);
}
