import * as z from "zod";

const REDACTED = "[redacted]";
const BRAND: unique symbol = Symbol.for("tracecore.secret");

/** A value that no log, JSON or error message shows; `reveal()` gives it to the code that needs it. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }
  /** The value itself. Do not keep it, and do not put it into a message. */
  reveal(): string {
    return this.#value;
  }
  toString(): string {
    return REDACTED;
  }
  toJSON(): string {
    return REDACTED;
  }
  [Symbol.toPrimitive](): string {
    return REDACTED;
  }
}

// On the prototype and not in the class: declarations of computed names cannot be emitted file by file. The brand is what
// isSecret looks for, which must work across two copies of this module.
Object.defineProperties(Secret.prototype, {
  [BRAND]: { value: true },
  [Symbol.for("nodejs.util.inspect.custom")]: { value: () => REDACTED },
});

/** Whether `value` is a {@link Secret}, of whichever copy of this module. */
export function isSecret(value: unknown): value is Secret {
  return typeof value === "object" && value !== null && BRAND in value;
}

/** Set by the first call of {@link secret}, of whichever copy of this module. */
const MADE: unique symbol = Symbol.for("tracecore.secret.made");

/** Whether any schema of this process may hold a secret; while none does, nobody need look for them. */
export function secretsExist(): boolean {
  return (globalThis as { [MADE]?: true })[MADE] === true;
}

/** A password, token or key. Parses to a {@link Secret}; messages never repeat what was written. */
export function secret(): z.ZodType<Secret, string> {
  (globalThis as { [MADE]?: true })[MADE] = true;
  return z
    .string({
      error: ({ input }) => `expected a text, got a ${Array.isArray(input) ? "list" : kindOf(input)}. Put it in quotes`,
    })
    .meta({ writeOnly: true, "x-type": "secret" })
    .transform((text) => new Secret(text));
}

function kindOf(input: unknown): string {
  if (input === null) return "null";
  return typeof input === "object" ? "map" : typeof input;
}
