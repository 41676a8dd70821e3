import { isSecretName } from "../../config/secret-name.ts";
import { SHOWN } from "../../config/quote-value.ts";

/** Shorter values are not looked for: they stand in texts that have nothing to do with them. */
const LEAST_CHARACTERS = 4;

/** The values of environment variables whose names say that they are secret: no message may show them. */
export class SecretVariables {
  readonly #names = new Map<string, string>();

  note(name: string, value: string): void {
    if (value.length < LEAST_CHARACTERS || !isSecretName(name)) return;
    // As messages show a text: as it is, as JSON, and cut.
    for (const shown of [value, JSON.stringify(value).slice(1, -1), value.slice(0, SHOWN)])
      this.#names.set(shown, name);
  }

  /** `text` with the variable in place of its value. */
  hide(text: string): string {
    let hidden = text;
    // The longest first: one value may stand in another.
    for (const [value, name] of [...this.#names].toSorted(([a], [b]) => b.length - a.length)) {
      hidden = hidden.replaceAll(value, `\${env:${name}}`);
    }
    return hidden;
  }
}
