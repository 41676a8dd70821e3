import type { AttributeValue } from "@tracecore/core/pdata";

/** What a function is called with, by position or by name. */
export interface Argument {
  readonly name: string | undefined;
  readonly value: Expression;
  readonly at: number;
}

export interface Call {
  readonly kind: "call";
  readonly name: string;
  readonly args: readonly Argument[];
  /** What is taken out of its result: `ParseJSON(body)["a"]`. */
  readonly keys: readonly Expression[];
  readonly at: number;
  readonly end: number;
}

export interface Path {
  readonly kind: "path";
  /** `resource`, `attributes`. */
  readonly fields: readonly string[];
  readonly keys: readonly Expression[];
  readonly at: number;
}

/** Anything that has a value; `at` is where it stands in the text. */
export type Expression =
  | { readonly kind: "literal"; readonly value: AttributeValue; readonly at: number }
  /** A word of capitals: an enumeration, or the name of a function that is handed over. */
  | { readonly kind: "name"; readonly name: string; readonly at: number }
  | Path
  | Call
  | { readonly kind: "list"; readonly items: readonly Expression[]; readonly at: number }
  | { readonly kind: "map"; readonly entries: readonly (readonly [string, Expression])[]; readonly at: number }
  | {
      readonly kind: "arithmetic";
      readonly operator: "+" | "-" | "*" | "/";
      readonly left: Expression;
      readonly right: Expression;
      readonly at: number;
    }
  | { readonly kind: "negative"; readonly of: Expression; readonly at: number }
  | {
      readonly kind: "comparison";
      readonly operator: "==" | "!=" | "<" | "<=" | ">" | ">=";
      readonly left: Expression;
      readonly right: Expression;
      readonly at: number;
    }
  | { readonly kind: "and" | "or"; readonly parts: readonly Expression[]; readonly at: number }
  | { readonly kind: "not"; readonly of: Expression; readonly at: number };

/** One statement: an editor, and when it is called. */
export interface Statement {
  readonly text: string;
  readonly editor: Call;
  readonly where: Expression | undefined;
}

/** A condition that stands by itself. */
export interface Condition {
  readonly text: string;
  readonly expression: Expression;
}

/** Calls `visit` for an expression and everything in it. */
export function walk(expression: Expression, visit: (one: Expression) => void): void {
  visit(expression);
  for (const child of children(expression)) walk(child, visit);
}

function children(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "literal":
    case "name":
      return [];
    case "path":
      return expression.keys;
    case "call":
      return [...expression.args.map(({ value }) => value), ...expression.keys];
    case "list":
      return expression.items;
    case "map":
      return expression.entries.map(([, value]) => value);
    case "arithmetic":
    case "comparison":
      return [expression.left, expression.right];
    case "and":
    case "or":
      return expression.parts;
    case "not":
    case "negative":
      return [expression.of];
  }
}
