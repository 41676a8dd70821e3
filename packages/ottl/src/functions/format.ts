import { isDouble, isInteger } from "../numbers.ts";
import { fail } from "../ottl-error.ts";
import { durationText, timeText } from "../time-text.ts";
import { Duration, isBytes, textOf, Time, typeName, type Value } from "../values.ts";

/** Longest field that a format may ask for. */
const MAX_WIDTH = 1000;
const VERB = /%([-+0 ]*)(\d*)(?:\.(\d*))?([a-zA-Z%])/g;

/** A text with values in place of its verbs, as Sprintf of Go writes them: `%s %v %d %f %e %g %x %X %q %t %%`. */
export function formatted(format: string, values: readonly Value[]): string {
  let next = 0;
  const out = format.replaceAll(
    VERB,
    (whole, flags: string, width: string, precision: string | undefined, verb: string) => {
      if (verb === "%") return "%";
      if (next >= values.length) fail(`${JSON.stringify(format)} wants more than ${values.length} values`);
      if (Number(width) > MAX_WIDTH || Number(precision ?? 0) > 100) fail(`${whole} is too wide`);
      const text = one(
        verb,
        values[next++],
        precision === undefined ? undefined : Number(precision),
        flags.includes("+"),
      );
      if (flags.includes("-")) return text.padEnd(Number(width));
      if (!flags.includes("0")) return text.padStart(Number(width));
      const sign = /^[+-]/.exec(text)?.[0] ?? "";
      return sign + text.slice(sign.length).padStart(Number(width) - sign.length, "0");
    },
  );
  return next === values.length ? out : fail(`${JSON.stringify(format)} wants ${next} values, got ${values.length}`);
}

function one(verb: string, value: Value, precision: number | undefined, plus: boolean): string {
  const sign = plus && Number(value) >= 0 ? "+" : "";
  switch (verb) {
    case "s":
      return precision === undefined ? shown(value) : Array.from(shown(value)).slice(0, precision).join("");
    case "v":
      if (isDouble(value) && !Number.isFinite(Number(value))) return float("g", Number(value), undefined);
      return shown(value);
    case "q":
      return JSON.stringify(value === undefined || value === null ? "" : shown(value));
    case "t":
      if (typeof value === "boolean") return String(value);
      break;
    case "d":
      if (isInteger(value)) return sign + String(value);
      break;
    case "x":
    case "X": {
      const hex = isInteger(value)
        ? value.toString(16)
        : Buffer.from(isBytes(value) ? value : (textOf(value) ?? "")).toString("hex");
      return verb === "X" ? hex.toUpperCase() : hex;
    }
    case "f":
    case "e":
    case "g":
      if (isDouble(value) || isInteger(value)) return sign + float(verb, Number(value), precision);
      break;
  }
  return fail(`%${verb} cannot write ${typeName(value)}`);
}

function float(verb: "f" | "e" | "g", number: number, precision: number | undefined): string {
  if (!Number.isFinite(number)) return Number.isNaN(number) ? "NaN" : number > 0 ? "+Inf" : "-Inf";
  if (verb === "f") return number.toFixed(precision ?? 6);
  // Go writes two digits of an exponent at least.
  if (verb === "e") return number.toExponential(precision ?? 6).replace(/e([+-])(\d)$/, "e$10$2");
  return precision === undefined ? String(number) : String(Number(number.toPrecision(Math.max(1, precision))));
}

function shown(value: Value): string {
  if (value instanceof Duration) return durationText(value.nanos);
  if (value instanceof Time) return timeText(value.unixNano, " ", " +0000 UTC");
  return textOf(value) ?? "<nil>";
}
