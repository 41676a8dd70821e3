import { fail } from "../ottl-error.ts";

const days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"] as const;
const months = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
] as const;

/** Verbs that stand for several others. */
const composed: Readonly<Record<string, string>> = {
  D: "%m/%d/%Y",
  x: "%m/%d/%Y",
  F: "%Y-%m-%d",
  T: "%H:%M:%S",
  X: "%H:%M:%S",
  r: "%I:%M:%S %P",
  R: "%H:%M",
  c: "%a %b %d %H:%M:%S %Y",
};

interface Fields {
  year: number | undefined;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  nanos: number;
  afternoon: boolean | undefined;
  offsetMinutes: number;
}

interface Verb {
  /** What it looks like in a text. */
  readonly pattern: string;
  readonly read: (text: string, fields: Fields) => void;
  readonly write: (date: Date, nanos: number) => string;
}

const pad = (number: number, width = 2): string => String(number).padStart(width, "0");
const short = (names: readonly string[]): string => names.map((name) => name.slice(0, 3)).join("|");
const monthOf = (text: string): number =>
  months.findIndex((name) => name.slice(0, 3).toLowerCase() === text.slice(0, 3).toLowerCase()) + 1;

const verbs: Readonly<Record<string, Verb>> = {
  Y: {
    pattern: "\\d{4}",
    read: (text, to) => void (to.year = Number(text)),
    write: (date) => pad(date.getUTCFullYear(), 4),
  },
  y: {
    pattern: "\\d{2}",
    read: (text, to) => void (to.year = Number(text) + (Number(text) < 69 ? 2000 : 1900)),
    write: (date) => pad(date.getUTCFullYear() % 100),
  },
  m: {
    pattern: "\\d{2}",
    read: (text, to) => void (to.month = Number(text)),
    write: (date) => pad(date.getUTCMonth() + 1),
  },
  o: {
    pattern: "[ \\d]?\\d",
    read: (text, to) => void (to.month = Number(text)),
    write: (date) => pad(date.getUTCMonth() + 1).replace(/^0/, " "),
  },
  q: {
    pattern: "\\d{1,2}",
    read: (text, to) => void (to.month = Number(text)),
    write: (date) => String(date.getUTCMonth() + 1),
  },
  b: {
    pattern: short(months),
    read: (text, to) => void (to.month = monthOf(text)),
    write: (date) => months[date.getUTCMonth()]!.slice(0, 3),
  },
  h: {
    pattern: short(months),
    read: (text, to) => void (to.month = monthOf(text)),
    write: (date) => months[date.getUTCMonth()]!.slice(0, 3),
  },
  B: {
    pattern: months.join("|"),
    read: (text, to) => void (to.month = monthOf(text)),
    write: (date) => months[date.getUTCMonth()]!,
  },
  d: { pattern: "\\d{2}", read: (text, to) => void (to.day = Number(text)), write: (date) => pad(date.getUTCDate()) },
  e: {
    pattern: "[ \\d]?\\d",
    read: (text, to) => void (to.day = Number(text)),
    write: (date) => String(date.getUTCDate()).padStart(2),
  },
  g: {
    pattern: "\\d{1,2}",
    read: (text, to) => void (to.day = Number(text)),
    write: (date) => String(date.getUTCDate()),
  },
  a: { pattern: short(days), read: () => {}, write: (date) => days[date.getUTCDay()]!.slice(0, 3) },
  A: { pattern: days.join("|"), read: () => {}, write: (date) => days[date.getUTCDay()]! },
  H: { pattern: "\\d{2}", read: (text, to) => void (to.hour = Number(text)), write: (date) => pad(date.getUTCHours()) },
  I: {
    pattern: "\\d{2}",
    read: (text, to) => void (to.hour = Number(text)),
    write: (date) => pad(date.getUTCHours() % 12 || 12),
  },
  l: {
    pattern: "\\d{1,2}",
    read: (text, to) => void (to.hour = Number(text)),
    write: (date) => String(date.getUTCHours() % 12 || 12),
  },
  p: {
    pattern: "AM|PM",
    read: (text, to) => void (to.afternoon = text === "PM"),
    write: (date) => (date.getUTCHours() < 12 ? "AM" : "PM"),
  },
  P: {
    pattern: "am|pm",
    read: (text, to) => void (to.afternoon = text === "pm"),
    write: (date) => (date.getUTCHours() < 12 ? "am" : "pm"),
  },
  M: {
    pattern: "\\d{2}",
    read: (text, to) => void (to.minute = Number(text)),
    write: (date) => pad(date.getUTCMinutes()),
  },
  S: {
    pattern: "\\d{2}",
    read: (text, to) => void (to.second = Number(text)),
    write: (date) => pad(date.getUTCSeconds()),
  },
  L: {
    pattern: "\\d{3}",
    read: (text, to) => void (to.nanos = Number(text) * 1e6),
    write: (_, nanos) => pad(Math.floor(nanos / 1e6), 3),
  },
  f: {
    pattern: "\\d{1,6}",
    read: (text, to) => void (to.nanos = Number(text.padEnd(9, "0"))),
    write: (_, nanos) => pad(Math.floor(nanos / 1e3), 6),
  },
  s: {
    pattern: "\\d{1,9}",
    read: (text, to) => void (to.nanos = Number(text.padEnd(9, "0"))),
    write: (_, nanos) => pad(nanos, 9),
  },
  z: { pattern: "Z|[+-]\\d{2}:?\\d{2}", read: readOffset, write: () => "Z" },
  j: { pattern: "[+-]\\d{2}:\\d{2}", read: readOffset, write: () => "+00:00" },
  i: { pattern: "[+-]\\d{2}", read: readOffset, write: () => "+00" },
  Z: { pattern: "UTC|GMT|Z", read: () => {}, write: () => "UTC" },
  n: { pattern: "\\n", read: () => {}, write: () => "\n" },
  t: { pattern: "\\t", read: () => {}, write: () => "\t" },
  "%": { pattern: "%", read: () => {}, write: () => "%" },
};

function readOffset(text: string, to: Fields): void {
  if (text === "Z") return;
  const digits = text.replaceAll(/\D/g, "");
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2) || 0);
  to.offsetMinutes = text.startsWith("-") ? -minutes : minutes;
}

/** Texts and verbs in turn. */
function partsOf(format: string): (string | Verb)[] {
  const plain = format.replaceAll(/%([DxFTXrRc])/g, (_, verb: string) => composed[verb]!);
  return plain.split(/(%.)/s).flatMap((part): (string | Verb)[] => {
    if (!part.startsWith("%")) return part === "" ? [] : [part];
    const verb = Object.hasOwn(verbs, part.slice(1)) ? verbs[part.slice(1)] : undefined;
    return [verb ?? fail(`the format has an unknown ${part}`)];
  });
}

const WEEK_MS = 7 * 86_400_000;

/** The time in `text`, in nanoseconds since 1970; without a zone it is UTC, without a year one that is not far ahead of `now`. */
export function parseTime(text: string, format: string, now: () => bigint): bigint {
  const parts = partsOf(format);
  const pattern = parts.map((part) => (typeof part === "string" ? RegExp.escape(part) : `(${part.pattern})`));
  const found = new RegExp(`^${pattern.join("")}$`).exec(text);
  if (found === null) return fail(`${JSON.stringify(text)} is no time in the format ${JSON.stringify(format)}`);
  const to: Fields = {
    year: undefined,
    month: 1,
    day: 1,
    hour: 0,
    minute: 0,
    second: 0,
    nanos: 0,
    afternoon: undefined,
    offsetMinutes: 0,
  };
  let group = 1;
  for (const part of parts) if (typeof part !== "string") part.read(found[group++]!, to);
  const hour = to.afternoon === undefined ? to.hour : (to.hour % 12) + (to.afternoon ? 12 : 0);
  const msOf = (year: number): number =>
    Date.UTC(year, to.month - 1, to.day, hour, to.minute - to.offsetMinutes, to.second);
  const year = to.year ?? likelyYear(Number(now() / 1_000_000n), msOf);
  const ms = msOf(year);
  const date = new Date(Date.UTC(year, to.month - 1, to.day));
  const exists = date.getUTCMonth() === to.month - 1 && date.getUTCDate() === to.day;
  if (!exists || hour > 23 || to.minute > 59 || to.second > 59) fail(`there is no time ${JSON.stringify(text)}`);
  return BigInt(ms) * 1_000_000n + BigInt(to.nanos);
}

/** Records of December arrive in January. */
function likelyYear(nowMs: number, msOf: (year: number) => number): number {
  const year = new Date(nowMs).getUTCFullYear();
  return msOf(year) > nowMs + WEEK_MS ? year - 1 : year;
}

/** A time as text, in UTC. */
export function formatTime(unixNano: bigint, format: string): string {
  const nanos = Number(BigInt.asUintN(64, unixNano) % 1_000_000_000n);
  const date = new Date(Number(unixNano / 1_000_000n));
  if (Number.isNaN(date.getTime())) fail("the time is out of range");
  return partsOf(format)
    .map((part) => (typeof part === "string" ? part : part.write(date, nanos)))
    .join("");
}
