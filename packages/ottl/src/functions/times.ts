import { integerOf, smallestInteger, doubleOf } from "../numbers.ts";
import { fail } from "../ottl-error.ts";
import { Duration, Time, type Value } from "../values.ts";
import { define, type FunctionDefinition } from "./signature.ts";
import { formatTime, parseTime } from "./strptime.ts";

const SECOND = 1_000_000_000n;
const units: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1000n,
  µs: 1000n,
  μs: 1000n,
  ms: 1_000_000n,
  s: SECOND,
  m: 60n * SECOND,
  h: 3600n * SECOND,
};

/** Seconds from the year 1, which Go counts from, to 1970. */
const YEAR_ONE = 62_135_596_800n;

/** The functions of times and durations. */
export const times: readonly FunctionDefinition[] = [
  define("Now", {}, () => (frame) => new Time(frame.now()), { volatile: true }),
  define(
    "Time",
    { target: "string", format: "constant" },
    ({ target, format }) =>
      (frame) =>
        new Time(parseTime(target(frame), format, () => frame.now())),
  ),
  define(
    "FormatTime",
    { time: "time", format: "constant" },
    ({ time, format }) =>
      (frame) =>
        formatTime(time(frame), format),
  ),
  define("TruncateTime", { time: "time", duration: "duration" }, ({ time, duration }) => (frame) => {
    const step = duration(frame);
    const at = time(frame);
    if (step <= 0n) return new Time(at);
    return new Time(at - ((at + YEAR_ONE * SECOND) % step));
  }),
  define(
    "Unix",
    { seconds: "int", "nanoseconds?": "int" },
    ({ seconds, nanoseconds }) =>
      (frame) =>
        new Time(BigInt(seconds(frame)) * SECOND + BigInt(nanoseconds?.(frame) ?? 0)),
  ),
  ofTime("UnixSeconds", (at) => smallestInteger(floor(at, SECOND))),
  ofTime("UnixMilli", (at) => smallestInteger(floor(at, 1_000_000n))),
  ofTime("UnixMicro", (at) => smallestInteger(floor(at, 1000n))),
  ofTime("UnixNano", (at) => smallestInteger(at)),
  ofTime("Year", (at) => dateOf(at).getUTCFullYear()),
  ofTime("Month", (at) => dateOf(at).getUTCMonth() + 1),
  ofTime("Day", (at) => dateOf(at).getUTCDate()),
  ofTime("Weekday", (at) => dateOf(at).getUTCDay()),
  ofTime("Hour", (at) => dateOf(at).getUTCHours()),
  ofTime("Minute", (at) => dateOf(at).getUTCMinutes()),
  ofTime("Second", (at) => dateOf(at).getUTCSeconds()),
  ofTime("Nanosecond", (at) => Number(at - floor(at, SECOND) * SECOND)),

  define(
    "Duration",
    { duration: "string" },
    ({ duration }) =>
      (frame) =>
        new Duration(parseDuration(duration(frame))),
  ),
  ofDuration("Hours", (nanos) => doubleOf(Number(nanos) / 3.6e12)),
  ofDuration("Minutes", (nanos) => doubleOf(Number(nanos) / 6e10)),
  ofDuration("Seconds", (nanos) => doubleOf(Number(nanos) / 1e9)),
  ofDuration("Milliseconds", (nanos) => smallestInteger(nanos / 1_000_000n)),
  ofDuration("Microseconds", (nanos) => smallestInteger(nanos / 1000n)),
  ofDuration("Nanoseconds", (nanos) => smallestInteger(nanos)),
];

function ofTime(name: string, of: (unixNano: bigint) => Value): FunctionDefinition {
  return define(
    name,
    { value: "time" },
    ({ value }) =>
      (frame) =>
        of(value(frame)),
  );
}

function ofDuration(name: string, of: (nanos: bigint) => Value): FunctionDefinition {
  return define(
    name,
    { value: "duration" },
    ({ value }) =>
      (frame) =>
        of(value(frame)),
  );
}

function dateOf(unixNano: bigint): Date {
  const date = new Date(Number(floor(unixNano, 1_000_000n)));
  return Number.isNaN(date.getTime()) ? fail("the time is out of range") : date;
}

/** Division towards the past, also before 1970. */
function floor(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
}

/** The nanoseconds of a duration such as `1h15m` or `2.5s`. */
function parseDuration(text: string): bigint {
  const [, sign, rest = ""] = /^([+-]?)(.+)$/.exec(text) ?? [];
  if (rest === "0") return 0n;
  let nanos = 0n;
  let at = 0;
  for (const match of rest.matchAll(/(\d{0,18})(?:\.(\d{0,18}))?(ns|us|µs|μs|ms|s|m|h)/gy)) {
    const [whole, integer = "", fraction = "", unit = ""] = match;
    if (integer + fraction === "") break;
    const scale = units[unit]!;
    nanos += BigInt(integerOf(integer) ?? 0) * scale;
    if (fraction !== "") nanos += (BigInt(fraction) * scale) / 10n ** BigInt(fraction.length);
    at += whole.length;
  }
  if (rest === "" || at !== rest.length) fail(`${JSON.stringify(text)} is no duration such as "1h30m"`);
  return sign === "-" ? -nanos : nanos;
}
