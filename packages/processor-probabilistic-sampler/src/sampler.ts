import { hashRandomness, hashThreshold } from "./hash-randomness.ts";
import { ALWAYS, NEVER, probabilityOf, thresholdOf, traceRandomness } from "./threshold.ts";
import type { SamplerConfig } from "./config.ts";
import type { SamplingState } from "./trace-state.ts";

/** Why no decision can be made on an item. */
export type Trouble = "missing_randomness" | "randomness_in_use" | "inconsistent" | "unreadable";

/** What is known of an item before the decision. */
export interface Item {
  /** Lower-case hex; empty for none. */
  readonly traceId: string;
  /** What samplers before said; undefined where that cannot be read. */
  readonly state: SamplingState | undefined;
  /** What decides instead of the trace ID. */
  readonly attribute?: Uint8Array | undefined;
  /** Percentage that the item asks for itself. */
  readonly priority?: number | undefined;
}

/** What becomes of an item. */
export interface Verdict {
  readonly kept: boolean;
  readonly trouble?: Trouble | undefined;
  /** To be written down with a kept item: undefined for nothing, `threshold: ""` for taking away what is there. */
  readonly written?: { readonly threshold: string; readonly randomness?: string | undefined } | undefined;
}

/** OpenTelemetry has no trace ID of zeros only, and none of another length: there is nothing random in them. */
const TRACE_ID = /^(?!0+$)[0-9a-f]{32}$/;

/** The least probability that a threshold can say; smaller percentages are rounded up to it. */
const LEAST_PROBABILITY = 2 ** -56;

/** Decides on items by the options; equal options decide equally everywhere. */
export function sampler(config: SamplerConfig): (item: Item) => Verdict {
  const { fail_closed: failClosed, hash_seed: seed, mode, sampling_precision: precision } = config;
  const percentage = Math.min(100, Math.fround(config.sampling_percentage));
  const ratio = percentage === 0 ? 0 : Math.max(LEAST_PROBABILITY, percentage / 100);
  const fixed =
    ratio === 0 ? NEVER : mode === "hash_seed" ? (hashThreshold(percentage) ?? NEVER) : thresholdOf(ratio, precision);
  const proportional = reducer(ratio, precision, fixed);

  const randomnessOf = ({ traceId: given, state, attribute }: Item): string | undefined => {
    const traceId = TRACE_ID.test(given) ? given : "";
    if (mode !== "hash_seed") return state?.randomness ?? (traceId === "" ? undefined : traceRandomness(traceId));
    const usesTrace = config.attribute_source === "traceID" && traceId !== "";
    const bytes = usesTrace ? Buffer.from(traceId, "hex") : attribute;
    return bytes === undefined || bytes.length === 0 ? undefined : hashRandomness(bytes, seed);
  };
  const troubleOf = ({ state }: Item, randomness: string | undefined): Trouble | undefined => {
    if (state === undefined) return "unreadable";
    if (mode === "hash_seed" && (state.randomness ?? state.threshold) !== undefined) return "randomness_in_use";
    if (randomness === undefined) return "missing_randomness";
    return state.threshold !== undefined && randomness < state.threshold ? "inconsistent" : undefined;
  };
  const thresholdFor = ({ state }: Item): string => {
    const before = state?.threshold ?? ALWAYS;
    if (mode === "proportional" && fixed !== NEVER) return proportional(before);
    return mode === "equalizing" && fixed !== NEVER && before > fixed ? before : fixed;
  };

  return (item) => {
    const randomness = randomnessOf(item);
    // Where nothing is kept the state does not matter.
    const trouble = fixed === NEVER ? undefined : troubleOf(item, randomness);
    const asked = item.priority === undefined ? undefined : priorityThreshold(item.priority, precision);
    const threshold = asked ?? (trouble === undefined ? thresholdFor(item) : failClosed ? NEVER : ALWAYS);
    const kept =
      threshold !== NEVER && (randomness === undefined ? threshold === ALWAYS || !failClosed : randomness >= threshold);
    if (!kept) return { kept, trouble: asked === NEVER ? undefined : trouble };
    const hashed = mode === "hash_seed" ? randomness : undefined;
    const written = writtenFor(item, trouble, threshold, item.state?.randomness ?? hashed);
    return { kept, trouble, written };
  };
}

function writtenFor(
  { state }: Item,
  trouble: Trouble | undefined,
  threshold: string,
  randomness: string | undefined,
): Verdict["written"] {
  // What cannot be read, or belongs to samplers of another kind, is left alone.
  if (state === undefined || trouble === "randomness_in_use") return undefined;
  // A threshold that the item does not pass is wrong, whatever stands in it.
  if (trouble === "inconsistent") return { threshold: "", randomness: state.randomness };
  if (trouble !== undefined) return undefined;
  const before = state.threshold ?? ALWAYS;
  // Nothing makes up for what samplers before have left out: a threshold only rises.
  return { threshold: before > threshold ? before : threshold, randomness };
}

/** Thresholds after a share of what samplers before left; few different ones come, so they are kept. */
function reducer(ratio: number, precision: number, first: string): (before: string) => string {
  const MAX_KNOWN = 1000;
  const known = new Map<string, string>([[ALWAYS, first]]);
  return (before) => {
    let after = known.get(before);
    if (after === undefined) {
      after = thresholdOf(probabilityOf(before) * ratio, precision);
      if (known.size < MAX_KNOWN) known.set(before, after);
    }
    return after;
  };
}

function priorityThreshold(percentage: number, precision: number): string {
  return percentage === 0 ? NEVER : thresholdOf(Math.max(LEAST_PROBABILITY, percentage / 100), precision);
}
