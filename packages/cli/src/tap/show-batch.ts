import { oneLine, TracecoreError, type Batch } from "@tracecore/core";
import { patternOf, type PatternError } from "@tracecore/core/pattern";
import { filterLogs, filterSeries, filterTraces, textLines, type Resource } from "@tracecore/core/pdata";
import type { TapPlace } from "@tracecore/core/service";

/** Which items of a batch are shown. */
export interface ItemChoice {
  /** A pattern on the name of a metric or span, or on the event name or body of a log record. */
  readonly name?: string | undefined;
  /** `key=value` of resource attributes; all of them must hold. */
  readonly resources: readonly string[];
}

/** Leaves in a batch what is chosen. Throws `usage` for a choice that cannot be read. */
export function itemFilter({ name, resources }: ItemChoice): (batch: Batch) => Batch {
  if (name === undefined && resources.length === 0) return (batch) => batch;
  const named = namePattern(name);
  const conditions = resources.map((text) => {
    const at = text.indexOf("=");
    if (at < 1) {
      throw new TracecoreError("usage", `--resource: "${text}" is not of the form key=value`, {
        remedy: "Write for example --resource service.name=checkout",
      });
    }
    return [text.slice(0, at), text.slice(at + 1)] as const;
  });
  const from = ({ attributes }: Resource): boolean =>
    conditions.every(([key, value]) => {
      const found = attributes.get(key);
      return found !== undefined && (typeof found === "object" ? JSON.stringify(found) : String(found)) === value;
    });
  return (batch) => {
    switch (batch.signal) {
      case "metrics":
        return filterSeries(batch, (one) => named(one.name) && from(one.resource));
      case "logs":
        return filterLogs(batch, (row) => {
          const body = batch.bodies[row];
          const fits = named(batch.eventNames[row]!) || (typeof body === "string" && named(body));
          return fits && from(batch.resources[row]!);
        });
      case "traces":
        return filterTraces(batch, (row) => named(batch.names[row]!) && from(batch.resources[row]!));
    }
  };
}

function namePattern(name: string | undefined): (text: string) => boolean {
  if (name === undefined) return () => true;
  try {
    const pattern = patternOf(name);
    return (text) => pattern.test(text);
  } catch (error) {
    const { message, remedy } = error as PatternError;
    throw new TracecoreError("usage", `--name: ${message}`, remedy === "" ? {} : { remedy });
  }
}

/** A batch for people: where it was seen, and a line for each of its first items. `items` counts the whole batch. */
export function batchText(
  batch: Batch,
  { place, items, most }: { place: TapPlace; items: number; most: number },
): string {
  const lines = [...textLines(batch)].join("").split("\n").slice(0, -1);
  const shown = lines.slice(0, most);
  const left = lines.length - shown.length;
  const chosen = batch.itemCount === items ? "" : `${batch.itemCount} of `;
  const head = `${oneLine(placeText(place))}: ${chosen}${items} ${items === 1 ? "item" : "items"}`;
  const more = left > 0 ? [`  … and ${left} more; --items shows more of them`] : [];
  return `${[head, ...shown.map((line) => `  ${line}`), ...more].join("\n")}\n`;
}

/** `metrics of receiver "clock" to exporter "stdout"`, with the pipeline where the names do not say it. */
export function placeText({ signal, from, to, pipelines }: TapPlace): string {
  const pipeline = pipelines.every((id) => id === signal) ? "" : ` (pipeline ${pipelines.join(", ")})`;
  return `${signal} of ${from} to ${to.join(" and ")}${pipeline}`;
}
