import { signals, systemClock, TracecoreError, type Signal } from "@tracecore/core";
import { duration } from "@tracecore/core/config";
import { tapDirections, type TapDirection } from "@tracecore/core/service";
import { PROTOCOL, type TapOrder } from "../admin/frames.ts";
import type { Command, Invocation } from "../command.ts";
import { oneOf } from "../chosen-word.ts";
import { findCollector } from "../tap/find-collector.ts";
import { itemFilter } from "../tap/show-batch.ts";
import { watchTap } from "../tap/watch-tap.ts";

/** Items of one batch that are written as text. */
const DEFAULT_ITEMS = 20;
/** Batches a second. */
const DEFAULT_RATE = 10;

/** Shows what passes a component of the collector that runs here. */
export const tap: Command = {
  name: "tap",
  summary: "Show what passes a component of the running collector",
  positionals: ["[component]"],
  options: {
    format: {
      type: "string",
      value: "format",
      description: "text, or json with one line of OTLP/JSON per batch; default text.",
    },
    direction: {
      type: "string",
      value: "direction",
      description: "in or out: what the component takes, or what it sends on; default out, in for exporters.",
    },
    signal: { type: "string", value: "signal", description: "metrics, logs or traces; default all." },
    pipeline: { type: "string", value: "id", description: "Only edges of this pipeline." },
    name: {
      type: "string",
      value: "pattern",
      description: "Only metrics and spans with such a name, and log records with such an event name or body.",
    },
    resource: {
      type: "string",
      multiple: true,
      value: "key=value",
      description: "Only items of resources with this attribute.",
    },
    rate: { type: "string", value: "number", description: `Batches a second at most; default ${DEFAULT_RATE}.` },
    sample: { type: "string", value: "share", description: "Share of the batches, for example 0.01; default 1, all." },
    items: {
      type: "string",
      value: "number",
      description: `Items of a batch that text shows; default ${DEFAULT_ITEMS}.`,
    },
    limit: { type: "string", value: "number", description: "End after this many batches." },
    duration: { type: "string", value: "duration", description: "End after this time, for example 30s." },
    "admin-socket": {
      type: "string",
      value: "path",
      files: true,
      description: "Socket of the collector; needed where several run.",
    },
  },
  examples: [
    "tracecore tap otlp",
    "tracecore tap exporter/otlp --signal traces --limit 10",
    "tracecore tap batch --direction in --name '^gpu\\.' --format json | jq .",
  ],
  async run(invocation) {
    const { console, values, positionals } = invocation;
    const [component] = positionals;
    if (component === undefined) {
      throw new TracecoreError("usage", "name a component", {
        remedy: "Write for example: tracecore tap otlp",
      });
    }
    const order: TapOrder = {
      tracecore: PROTOCOL,
      ask: "tap",
      component,
      direction: oneOf<TapDirection>(invocation, "direction", ["a direction", "Directions"], tapDirections),
      signal: oneOf<Signal>(invocation, "signal", ["a signal", "Signals"], signals),
      pipeline: values["pipeline"] as string | undefined,
      rate: number(invocation, "rate", { above: 0 }) ?? DEFAULT_RATE,
      sample: number(invocation, "sample", { above: 0, most: 1 }) ?? 1,
    };
    const format = oneOf(invocation, "format", ["a format", "Formats"], ["text", "json"] as const) ?? "text";
    const choose = itemFilter({
      name: values["name"] as string | undefined,
      resources: (values["resource"] as string[] | undefined) ?? [],
    });
    const items = number(invocation, "items", { whole: true, above: 0 }) ?? DEFAULT_ITEMS;
    const limit = number(invocation, "limit", { whole: true, above: 0 }) ?? Number.POSITIVE_INFINITY;
    const forMs = time(invocation);
    const path = await findCollector(values["admin-socket"] as string | undefined, console);
    return await watchTap({ path, order, format, choose, items, limit, forMs, console, clock: systemClock });
  },
};

interface Range {
  readonly above: number;
  readonly most?: number;
  readonly whole?: boolean;
}

function number({ values }: Invocation, option: string, { above, most, whole }: Range): number | undefined {
  const text = values[option] as string | undefined;
  if (text === undefined) return undefined;
  const value = text.trim() === "" ? Number.NaN : Number(text);
  const fits = Number.isFinite(value) && value > above && value <= (most ?? Number.MAX_VALUE);
  if (fits && (whole !== true || Number.isSafeInteger(value))) return value;
  const wanted = `${whole === true ? "a whole number" : "a number"} above ${above}${most === undefined ? "" : ` and up to ${most}`}`;
  throw new TracecoreError("usage", `--${option}: "${text}" is not ${wanted}`);
}

function time({ values }: Invocation): number | undefined {
  const text = values["duration"] as string | undefined;
  if (text === undefined) return undefined;
  const parsed = duration().safeParse(text);
  if (parsed.success) return parsed.data;
  throw new TracecoreError("usage", `--duration: ${parsed.error.issues[0]?.message ?? "not a duration"}`);
}
