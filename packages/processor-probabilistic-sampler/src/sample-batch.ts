import {
  attributeAt,
  filterLogs,
  filterTraces,
  mapRowAttributes,
  textOf,
  type AttributeValue,
  type Logs,
  type Traces,
} from "@tracecore/core/pdata";
import type { SamplerConfig } from "./config.ts";
import type { Item, Trouble, Verdict } from "./sampler.ts";
import { isRandomness, parsedThreshold, writtenThreshold } from "./threshold.ts";
import { formatTraceState, parseTraceState, type SamplingState } from "./trace-state.ts";

/** What is left of a batch, and how many items went because nothing could be decided. */
export interface Sampled<B> {
  readonly batch: B;
  readonly troubles: ReadonlyMap<Trouble, number>;
}

const SPAN_PRIORITY = "sampling.priority";
const LOG_THRESHOLD = "sampling.threshold";
const LOG_RANDOMNESS = "sampling.randomness";

/** The spans that are kept, with the probability at which they are in their tracestate. */
export function sampleTraces(batch: Traces, decide: (item: Item) => Verdict): Sampled<Traces> {
  const traceStates = batch.traceStates.slice();
  const { keeps, troubles } = decisions(batch.itemCount, (row) => {
    const state = parseTraceState(batch.traceStates[row]!);
    const priority = spanPriority(attributeAt(batch, row, SPAN_PRIORITY));
    const verdict = decide({ traceId: batch.traceIds[row]!, state, priority });
    if (state !== undefined && verdict.written !== undefined) {
      const { threshold, randomness } = verdict.written;
      const th = threshold === "" ? undefined : writtenThreshold(threshold);
      traceStates[row] = formatTraceState(state, th, randomness);
    }
    return verdict;
  });
  const changed = traceStates.some((text, row) => text !== batch.traceStates[row]);
  return { batch: filterTraces(changed ? { ...batch, traceStates } : batch, (row) => keeps[row] === 1), troubles };
}

/** The log records that are kept, with the probability at which they are in their attributes. */
export function sampleLogs(batch: Logs, decide: (item: Item) => Verdict, config: SamplerConfig): Sampled<Logs> {
  const written = new Map<number, NonNullable<Verdict["written"]>>();
  const { from_attribute: from, sampling_priority: priorityName } = config;
  const { keeps, troubles } = decisions(batch.itemCount, (row) => {
    const source = from === undefined ? undefined : attributeAt(batch, row, from);
    const asked = priorityName === undefined ? undefined : attributeAt(batch, row, priorityName);
    const verdict = decide({
      traceId: batch.traceIds[row]!,
      state: logState(attributeAt(batch, row, LOG_THRESHOLD), attributeAt(batch, row, LOG_RANDOMNESS)),
      attribute: source === undefined || source === null ? undefined : bytesOf(source),
      priority: logPriority(asked),
    });
    if (verdict.written !== undefined) written.set(row, verdict.written);
    return verdict;
  });
  const marked = mapRowAttributes(batch, (attributes, row) => {
    const { threshold, randomness } = written.get(row) ?? {};
    if (threshold === undefined) return false;
    if (threshold === "") attributes.delete(LOG_THRESHOLD);
    else attributes.set(LOG_THRESHOLD, writtenThreshold(threshold));
    if (randomness !== undefined) attributes.set(LOG_RANDOMNESS, randomness);
    return true;
  });
  return { batch: filterLogs(marked, (row) => keeps[row] === 1), troubles };
}

function decisions(
  length: number,
  decide: (row: number) => Verdict,
): { keeps: Uint8Array; troubles: Map<Trouble, number> } {
  const keeps = new Uint8Array(length);
  const troubles = new Map<Trouble, number>();
  for (let row = 0; row < length; row++) {
    const { kept, trouble } = decide(row);
    if (kept) keeps[row] = 1;
    else if (trouble !== undefined) troubles.set(trouble, (troubles.get(trouble) ?? 0) + 1);
  }
  return { keeps, troubles };
}

/** Spans say with a number above zero that they must be kept, and with zero that they must not. */
function spanPriority(value: AttributeValue | undefined): number | undefined {
  const number = value === undefined ? Number.NaN : numberOf(value);
  if (number === 0) return 0;
  return number > 0 ? 100 : undefined;
}

function logPriority(value: AttributeValue | undefined): number | undefined {
  const number = value === undefined || typeof value === "string" ? Number.NaN : numberOf(value);
  return number >= 0 ? number : undefined;
}

function numberOf(value: AttributeValue): number {
  const text = typeof value === "boolean" ? undefined : textOf(value)?.trim();
  return text === undefined || text === "" ? Number.NaN : Number(text);
}

function logState(
  threshold: AttributeValue | undefined,
  randomness: AttributeValue | undefined,
): SamplingState | undefined {
  const th = threshold === undefined ? undefined : parsedThreshold(textOf(threshold) ?? "");
  if (threshold !== undefined && th === undefined) return undefined;
  if (randomness === undefined) return { threshold: th };
  const rv = textOf(randomness) ?? "";
  return isRandomness(rv) ? { threshold: th, randomness: rv } : undefined;
}

function bytesOf(value: AttributeValue): Uint8Array {
  if (value instanceof Uint8Array) return value;
  return Buffer.from(
    textOf(value) ?? JSON.stringify(value, (_, inner: unknown) => (typeof inner === "bigint" ? String(inner) : inner)),
  );
}
