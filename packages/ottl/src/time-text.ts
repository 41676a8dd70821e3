import { fail } from "./ottl-error.ts";

const SECOND = 1_000_000_000n;
const MINUTE = 60n * SECOND;
const HOUR = 60n * MINUTE;

/** A length of time as Go writes it: `1h30m0s`, `1.5s`, `-20ms`, `3µs`, `7ns`. */
export function durationText(nanos: bigint): string {
  const size = nanos < 0n ? -nanos : nanos;
  const sign = nanos < 0n ? "-" : "";
  if (size === 0n) return "0s";
  if (size < 1000n) return `${sign}${size}ns`;
  if (size < 1_000_000n) return `${sign}${decimal(size, 3)}µs`;
  if (size < SECOND) return `${sign}${decimal(size, 6)}ms`;
  const hours = size >= HOUR ? `${size / HOUR}h` : "";
  const minutes = size >= MINUTE ? `${(size % HOUR) / MINUTE}m` : "";
  return `${sign}${hours}${minutes}${decimal(size % MINUTE, 9)}s`;
}

/** A point in time in UTC, between its date and its time what is given, with as many digits of a second as it has. */
export function timeText(unixNano: bigint, between: string, zone: string): string {
  const nanos = ((unixNano % SECOND) + SECOND) % SECOND;
  const date = new Date(Number((unixNano - nanos) / 1_000_000n));
  if (Number.isNaN(date.getTime())) fail("the time is out of range");
  const [day, time] = date.toISOString().slice(0, -".000Z".length).split("T");
  return `${day}${between}${time}${decimal(nanos, 9).slice(1)}${zone}`;
}

/** A number of which the last digits stand behind a dot, without zeros at the end. */
function decimal(size: bigint, digits: number): string {
  const unit = 10n ** BigInt(digits);
  const fraction = String(size % unit)
    .padStart(digits, "0")
    .replace(/0+$/, "");
  return fraction === "" ? String(size / unit) : `${size / unit}.${fraction}`;
}
