import type { SecretVariables } from "./secret-variables.ts";

/** The environment of a load and how much of it may be used. */
export interface Expansion {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly maxDepth: number;
  /** Shared by all texts of one load. */
  readonly budget: { expansions: number; characters: number };
  readonly secrets: SecretVariables;
}

/** A text with its variables put in. */
export interface Expanded {
  readonly text: string;
  /** The variables that are set and stand in the text. */
  readonly names: readonly string[];
  /** The whole text was one `${…}`. */
  readonly whole: boolean;
}

/** What is wrong with a `${…}`. */
export interface ExpansionProblem {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

const REFERENCE = /^(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?::([-?])(.*))?$/s;

/**
 * Puts environment variables in: `${env:NAME}`, `${NAME}`, `${env:NAME:-default}`, `${env:NAME:?message}`; `$$` is `$`.
 * A default may hold references, a value may not: a password with a dollar sign stays as it is.
 */
export function expandEnv(text: string, expansion: Expansion): Expanded | { readonly problem: ExpansionProblem } {
  const names: string[] = [];
  let whole = false;

  const expand = (template: string, depth: number): string | ExpansionProblem => {
    let result = "";
    let at = 0;
    for (;;) {
      const dollar = template.indexOf("$", at);
      if (dollar === -1) return result + template.slice(at);
      result += template.slice(at, dollar);
      const after = template[dollar + 1];
      if (after === "$") {
        result += "$";
        at = dollar + 2;
      } else if (after === "{") {
        const end = closing(template, dollar + 2);
        if (end === -1) return syntaxProblem(template.slice(dollar), 'a "}" is missing');
        const value = lookUp(template.slice(dollar + 2, end), depth);
        if (typeof value !== "string") return value;
        if (depth === 0) whole = dollar === 0 && end === template.length - 1;
        expansion.budget.characters -= value.length;
        result += value;
        at = end + 1;
      } else {
        result += "$";
        at = dollar + 1;
      }
    }
  };

  const lookUp = (reference: string, depth: number): string | ExpansionProblem => {
    if (--expansion.budget.expansions < 0 || expansion.budget.characters < 0) {
      return {
        code: "config-env-limit",
        message: "the config uses too many variables, or their values are too long",
        remedy: "Write the values into the file.",
      };
    }
    const [, name, operator, rest = ""] = REFERENCE.exec(reference) ?? [];
    if (name === undefined) return wrongReference(reference);
    const value = Object.hasOwn(expansion.env, name) ? expansion.env[name] : undefined;
    if (operator === "?" && (value === undefined || value === "")) {
      const message = `the environment variable ${name} is ${value === undefined ? "not set" : "empty"}`;
      return { code: "config-env-required", message: rest === "" ? message : `${message}: ${rest}`, remedy: "Set it." };
    }
    if (value !== undefined) {
      names.push(name);
      expansion.secrets.note(name, value);
      return value;
    }
    if (operator === "-") {
      if (depth < expansion.maxDepth) return expand(rest, depth + 1);
      return {
        code: "config-env-limit",
        message: `more than ${expansion.maxDepth} defaults stand inside one another`,
        remedy: "Write fewer.",
      };
    }
    return {
      code: "config-env-not-set",
      message: `the environment variable ${name} is not set`,
      remedy: `Set it, or write \${env:${name}:-} to allow an empty value.`,
    };
  };

  const result = expand(text, 0);
  return typeof result === "string" ? { text: result, names: [...new Set(names)], whole } : { problem: result };
}

/** Offset of the `}` that ends the reference which begins at `from`; -1 without one. */
function closing(text: string, from: number): number {
  let open = 1;
  for (let at = from; at < text.length; at++) {
    if (text[at] === "$" && text[at + 1] === "$") at++;
    else if (text[at] === "$" && text[at + 1] === "{") {
      open++;
      at++;
    } else if (text[at] === "}" && --open === 0) return at;
  }
  return -1;
}

function wrongReference(reference: string): ExpansionProblem {
  const scheme = /^([a-z][a-z0-9+.-]+):/.exec(reference)?.[1];
  if (scheme === undefined || scheme === "env") return syntaxProblem(`\${${reference}}`, "it is no variable name");
  return {
    code: "config-env-syntax",
    message: `"\${${scheme}:…}" is not supported, only \${env:NAME}`,
    remedy: "Give the file with a further --config, or set an environment variable.",
  };
}

function syntaxProblem(text: string, reason: string): ExpansionProblem {
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  return {
    code: "config-env-syntax",
    message: `cannot read ${JSON.stringify(shown)}: ${reason}`,
    remedy: 'Write ${env:NAME}, or $${ for the text "${".',
  };
}
