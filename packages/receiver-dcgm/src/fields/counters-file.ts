import { csvCells, hasOpenQuote } from "./csv.ts";
import { findField, fieldNames, type Field } from "./catalogue.ts";
import { closest } from "./did-you-mean.ts";

/** A line of a counters file of dcgm-exporter. */
export interface Counter {
  readonly field: Field;
  /** As the file writes it, which is the name of the metric. */
  readonly name: string;
  readonly type: "gauge" | "counter" | "label";
  readonly help: string;
}

/** A metric that dcgm-exporter computes from events. */
export interface ComputedCounter {
  readonly name: string;
  readonly type: "gauge" | "counter";
  readonly help: string;
  readonly event: "xid" | "clock";
  /** Since the start; otherwise within a window. */
  readonly cumulative: boolean;
}

export interface CountersFile {
  readonly counters: readonly Counter[];
  readonly computed: readonly ComputedCounter[];
  /** `file:line: what is wrong`. */
  readonly problems: readonly string[];
  /** What dcgm-exporter computes itself and this receiver tells otherwise: the lines with a reason. */
  readonly ignored: readonly string[];
}

/** Beyond this many, problems are only counted: looking for what was meant takes its time. */
const MOST_PROBLEMS = 20;

const types = ["gauge", "counter", "label", "histogram", "summary"] as const;

/** Metrics that dcgm-exporter computes and that are computed here as well. */
const computable: Readonly<Record<string, Pick<ComputedCounter, "event" | "cumulative">>> = {
  DCGM_EXP_XID_ERRORS_COUNT: { event: "xid", cumulative: false },
  DCGM_EXP_XID_ERRORS_TOTAL: { event: "xid", cumulative: true },
  DCGM_EXP_CLOCK_EVENTS_COUNT: { event: "clock", cumulative: false },
  DCGM_EXP_CLOCK_EVENTS_TOTAL: { event: "clock", cumulative: true },
};

/** Metrics that dcgm-exporter computes, and where their content is here. */
const toldOtherwise: Readonly<Record<string, string>> = {
  DCGM_EXP_GPU_HEALTH_STATUS: "health is shown by hw.status",
  DCGM_EXP_P2P_STATUS: "links are shown by the nvlink family",
};

/**
 * Reads a counters file as dcgm-exporter does: `FIELD, type, help`, comments with `#`, blank lines, blanks around cells, names
 * of any generation. `file` is for messages.
 */
export function parseCountersFile(text: string, file: string): CountersFile {
  const counters: Counter[] = [];
  const computed: ComputedCounter[] = [];
  const problems: string[] = [];
  const ignored: string[] = [];
  const seen = new Map<Field, { name: string; line: number }>();
  for (const [index, raw] of text.split("\n").entries()) {
    const line = index + 1;
    const trimmed = raw.replace(/^\uFEFF/, "").trim();
    if (trimmed === "" || trimmed.startsWith("#")) continue;
    const problem = (what: string): void => void problems.push(`${file}:${line}: ${what}`);
    if (problems.length === MOST_PROBLEMS) {
      problems.push(`${file}: after ${MOST_PROBLEMS} problems, line ${line} and those that follow were not looked at`);
      break;
    }
    if (hasOpenQuote(trimmed)) {
      problem("a quote is opened and not closed");
      continue;
    }
    const cells = csvCells(trimmed).map((cell) => cell.trim());
    if (cells.length !== 3) {
      const hint = cells.length > 3 ? ". Put the help text in quotes when it holds a comma" : "";
      problem(`expected 3 columns (field, type, help), found ${cells.length}${hint}`);
      continue;
    }
    const [name = "", type = "", help = ""] = cells;
    const computing = computable[name];
    if (computing !== undefined) {
      const before = computed.findIndex((one) => one.name === name);
      if (type !== "gauge" && type !== "counter") problem(`${name} is a number. Write gauge or counter, not ${type}`);
      else if (before !== -1) problem(`${name} stands in the file already`);
      else computed.push({ name, type, help, ...computing });
      continue;
    }
    const reason = toldOtherwise[name];
    if (reason !== undefined) {
      ignored.push(`${file}:${line}: ${name} is not served: ${reason}`);
      continue;
    }
    const field = findField(name);
    if (field === undefined) {
      const guess = closest(name, fieldNames());
      problem(`${JSON.stringify(name)} is not a DCGM field${guess === undefined ? "" : `. Did you mean "${guess}"?`}`);
      continue;
    }
    if (!isType(type)) {
      problem(`${JSON.stringify(type)} is not one of ${types.join(", ")}`);
      continue;
    }
    if (type === "histogram" || type === "summary") {
      problem(`DCGM has no ${type} values. Write gauge or counter`);
      continue;
    }
    if (type !== "label" && field.type !== "int64" && field.type !== "double") {
      problem(`${name} holds ${field.type === "string" ? "a text" : "binary data"}. Only "label" can show a text`);
      continue;
    }
    const before = seen.get(field);
    if (before?.name === name) {
      problem(`${name} stands on line ${before.line} already`);
      continue;
    }
    if (before !== undefined) {
      ignored.push(
        `${file}:${line}: ${name} is not served: it is the field of line ${before.line}, shown as ${before.name}`,
      );
      continue;
    }
    seen.set(field, { name, line });
    counters.push({ field, name, type, help });
  }
  if (counters.length + computed.length + problems.length + ignored.length === 0) {
    problems.push(`${file}: it names no field. A line is "FIELD, type, help"`);
  }
  return { counters, computed, problems, ignored };
}

function isType(text: string): text is (typeof types)[number] {
  return (types as readonly string[]).includes(text);
}
