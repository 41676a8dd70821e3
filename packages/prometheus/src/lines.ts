import type { Entry } from "./entry.ts";
import { counterBase, type Family } from "./family.ts";
import type { Format } from "./format.ts";
import { isLegacyMetricName } from "./label-name.ts";
import { helpText, labelText, quoted } from "./labels.ts";
import { numberText } from "./number-text.ts";

/** The lines before the samples of a family. */
export function familyHead(family: Family, format: Format): string {
  const openMetrics = format.syntax === "openmetrics";
  const base = exposedName(family, format);
  // OpenMetrics knows no counter whose name does not end in `_total`.
  const type = openMetrics && isBareCounter(family) ? "unknown" : family.type;
  const name = nameText(openMetrics && type === "counter" ? counterBase(base, type) : base);
  const help = family.help === "" ? "" : `# HELP ${name} ${helpText(family.help, openMetrics)}\n`;
  const unit = openMetrics && family.unit !== "" ? `# UNIT ${name} ${family.unit}\n` : "";
  return `${help}# TYPE ${name} ${type}\n${unit}`;
}

/** Calls `line` for each line of an entry, with its slot and all that stands before the value. */
export function entryLines(entry: Entry, format: Format, line: (slot: number, text: string) => void): void {
  const { family, head, size, marks } = entry;
  const openMetrics = format.syntax === "openmetrics";
  const base = exposedName(family, format);
  const text = format.utf8 ? labelText(entry.labels, true) : entry.text;
  switch (family.type) {
    case "gauge":
      line(head, sample(base, text));
      return;
    case "counter":
      line(head, sample(openMetrics && !isBareCounter(family) ? `${counterBase(base, "counter")}_total` : base, text));
      return;
    case "histogram": {
      for (const [i, bound] of [...marks, Number.POSITIVE_INFINITY].entries()) {
        line(head + i, sample(`${base}_bucket`, withMark(text, "le", bound, openMetrics)));
      }
      break;
    }
    case "summary": {
      for (const [i, quantile] of marks.entries())
        line(head + i, sample(base, withMark(text, "quantile", quantile, openMetrics)));
      break;
    }
  }
  if (entry.hasSum) line(head + size - 2, sample(`${base}_sum`, text));
  line(head + size - 1, sample(`${base}_count`, text));
}

/** A counter of another exporter, whose name is kept. */
function isBareCounter({ type, verbatim, name }: Family): boolean {
  return type === "counter" && verbatim && !name.endsWith("_total");
}

function exposedName(family: Family, format: Format): string {
  return format.utf8 ? family.utf8Name : family.name;
}

function nameText(name: string): string {
  return isLegacyMetricName(name) ? name : quoted(name);
}

function sample(name: string, labels: string): string {
  if (isLegacyMetricName(name)) return labels === "" ? `${name} ` : `${name}{${labels}} `;
  return labels === "" ? `{${quoted(name)}} ` : `{${quoted(name)},${labels}} `;
}

/** OpenMetrics wants a fraction in every `le` and `quantile`, the plain format has none where there is none. */
function withMark(labels: string, name: string, mark: number, openMetrics: boolean): string {
  const plain = markText(mark);
  const text = openMetrics && /^-?\d+$/.test(plain) ? `${plain}.0` : plain;
  return `${labels}${labels === "" ? "" : ","}${name}="${text}"`;
}

/** Queries name a bucket by this text, so a bound of a million is `1e+06`, as in the Collector and in what is written in Go. */
function markText(mark: number): string {
  const size = Math.abs(mark);
  if (!Number.isFinite(mark) || size === 0 || (size >= 1e-4 && size < 1e6)) return numberText(mark);
  return mark.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
}
