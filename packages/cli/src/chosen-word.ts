import { TracecoreError } from "@tracecore/core";
import type { Invocation } from "./command.ts";

/** The value of an option that takes one of a few words; undefined when it is not given. */
export function oneOf<T extends string>(
  { values }: Pick<Invocation, "values">,
  option: string,
  [what, plural]: readonly [string, string],
  words: readonly T[],
): T | undefined {
  const given = values[option] as string | undefined;
  if (given === undefined) return undefined;
  const word = words.find((one) => one === given);
  if (word !== undefined) return word;
  throw new TracecoreError("usage", `--${option}: "${given}" is not ${what}`, {
    remedy: `${plural}: ${words.join(", ")}`,
  });
}
