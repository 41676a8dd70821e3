import { isRandomness, parsedThreshold } from "./threshold.ts";

/** What samplers before this one said of an item. */
export interface SamplingState {
  /** 14 hex digits. */
  readonly threshold?: string | undefined;
  readonly randomness?: string | undefined;
}

/** The part of a W3C tracestate that OpenTelemetry reads, and the rest as it was. */
export interface TraceState extends SamplingState {
  /** Other fields of the `ot` member, as written. */
  readonly fields: readonly string[];
  /** Other members, as written. */
  readonly members: readonly string[];
}

const none: TraceState = { fields: [], members: [] };

/** One member of a tracestate (W3C Trace Context §3.3.1.3), and one field of the member `ot`. */
const MEMBER = /^[a-z0-9][a-z0-9_\-*/@]{0,255}=[ -+\--<>-~]*$/;
const FIELD = /^[a-z][a-z0-9]*:[\w.-]*$/;

/** Reads a tracestate; undefined where it is broken: then nobody knows what samplers before have said. */
export function parseTraceState(text: string): TraceState | undefined {
  if (text === "") return none;
  const members: string[] = [];
  let own: string | undefined;
  for (const part of text.split(",")) {
    const member = part.trim();
    if (member === "") continue;
    if (!MEMBER.test(member)) return undefined;
    if (!member.startsWith("ot=")) members.push(member);
    else if (own === undefined) own = member.slice(3);
    else return undefined;
  }
  return own === undefined ? { ...none, members } : parseFields(own, members);
}

function parseFields(own: string, members: readonly string[]): TraceState | undefined {
  const fields: string[] = [];
  let threshold: string | undefined;
  let randomness: string | undefined;
  for (const field of own === "" ? [] : own.split(";")) {
    if (!FIELD.test(field)) return undefined;
    if (field.startsWith("th:")) {
      threshold = parsedThreshold(field.slice(3));
      if (threshold === undefined) return undefined;
    } else if (field.startsWith("rv:")) {
      randomness = field.slice(3);
      if (!isRandomness(randomness)) return undefined;
    } else fields.push(field);
  }
  return { threshold, randomness, fields, members };
}

/** Writes a tracestate; what OpenTelemetry changed comes first. */
export function formatTraceState(
  { fields, members }: TraceState,
  threshold: string | undefined,
  randomness: string | undefined,
): string {
  const own = [...fields];
  if (randomness !== undefined) own.unshift(`rv:${randomness}`);
  if (threshold !== undefined) own.unshift(`th:${threshold}`);
  return own.length === 0 ? members.join(",") : [`ot=${own.join(";")}`, ...members].join(",");
}
