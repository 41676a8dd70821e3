import { TracecoreError } from "@tracecore/core";

/** What a request holds is no OTLP. The sender's fault, so sending it again does not help. */
export function malformed(what: string): TracecoreError {
  return new TracecoreError("otlp-malformed", `not OTLP: ${what}`, { remedy: "Correct the sender" });
}
