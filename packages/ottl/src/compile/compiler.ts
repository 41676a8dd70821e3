import { didYouMean } from "@tracecore/core/config";
import type { AttributeValue } from "@tracecore/core/pdata";
import { calculate, negated } from "../arithmetic.ts";
import { emptyFrame, type ContextName, type Frame, type Getter } from "../frame.ts";
import { replacementOf } from "../functions/collector-only.ts";
import { functionNamed, functionNames, isEditor } from "../functions/registry.ts";
import type { MapTarget, Target } from "../functions/signature.ts";
import type { Argument, Call, Expression, Path } from "../language/syntax.ts";
import { fail, OttlDataError, OttlError } from "../ottl-error.ts";
import { stored } from "../paths/log-paths.ts";
import { isNil, typeName, type Value } from "../values.ts";
import { argumentOf, matchedArguments } from "./arguments.ts";
import { comparisonOf } from "./comparisons.ts";
import { enumerations } from "./enumerations.ts";
import { accessOf, findField, indexed, type Access } from "./paths.ts";
import type { Usage } from "./usage.ts";

/** An expression as a function of what is looked at. */
export interface Compiled {
  readonly get: Getter;
  /** It gives the same always. */
  readonly constant: boolean;
}

/** Makes closures of expressions. Throws OttlError for what means nothing. */
export class Compiler {
  readonly #text: string;
  readonly #context: ContextName;
  readonly #prefixes: readonly ContextName[] | undefined;
  readonly usage: Usage;

  constructor(text: string, context: ContextName, prefixes: readonly ContextName[] | undefined, usage: Usage) {
    this.#text = text;
    this.#context = context;
    this.#prefixes = prefixes;
    this.usage = usage;
  }

  error(message: string, { at }: { readonly at: number }, remedy = ""): OttlError {
    return new OttlError(message, this.#text, at, remedy);
  }

  /** A value, worked out now where nothing changes it. */
  value(expression: Expression): Compiled {
    const compiled = this.#compile(expression);
    if (!compiled.constant || expression.kind === "literal") return compiled;
    const value = this.#now(expression, compiled.get);
    return { get: () => value, constant: true };
  }

  /** The value of an expression that no data changes; undefined for others. */
  constant(expression: Expression): Value {
    const { get, constant } = this.value(expression);
    return constant ? get(noFrame) : undefined;
  }

  /** A condition. Only true and false count. */
  condition(expression: Expression): (frame: Frame) => boolean {
    const { kind } = expression;
    switch (kind) {
      case "and":
      case "or": {
        const parts = expression.parts.map((part) => this.condition(part));
        return kind === "and"
          ? (frame) => parts.every((part) => part(frame))
          : (frame) => parts.some((part) => part(frame));
      }
      case "not": {
        const of = this.condition(expression.of);
        return (frame) => !of(frame);
      }
      case "comparison":
        return comparisonOf(this.value(expression.left), expression.operator, this.value(expression.right));
      default: {
        const { get, constant } = this.value(expression);
        if (constant && typeof get(noFrame) !== "boolean") throw this.error("expected a condition", expression);
        return (frame) => {
          const value = get(frame);
          return typeof value === "boolean" ? value : fail(`a condition is true or false, got ${typeName(value)}`);
        };
      }
    }
  }

  /** The call of an editor. */
  editor(call: Call): Getter {
    if (!isEditor(call.name)) {
      throw this.error(`${call.name} changes nothing`, call, "A statement begins with an editor such as set");
    }
    return this.#call(call).get;
  }

  /** Where an editor writes. */
  target(expression: Expression, asMap: boolean, name: string): Target | MapTarget {
    if (expression.kind !== "path") throw this.error(`"${name}" must be a path such as attributes["key"]`, expression);
    const { access, level } = this.#access(expression);
    this.usage.writes.add(level);
    this.usage.reads.add(level);
    const { get, set, map } = access;
    if (set === undefined) throw this.error(`"${expression.fields.join(".")}" can only be read`, expression);
    if (!asMap) return { get, set };
    if (map === undefined) throw this.error(`"${expression.fields.join(".")}" is no map`, expression);
    return map;
  }

  #compile(expression: Expression): Compiled {
    switch (expression.kind) {
      case "literal": {
        const { value } = expression;
        return { get: () => value ?? undefined, constant: true };
      }
      case "name":
        return this.#enumeration(expression);
      case "path":
        return { get: this.#access(expression).access.get, constant: false };
      case "call":
        if (isEditor(expression.name) && functionNamed(expression.name) !== undefined) {
          throw this.error(`${expression.name} gives no value`, expression);
        }
        return this.#call(expression);
      case "list": {
        const items = expression.items.map((item) => this.value(item));
        const gets = items.map(({ get }) => get);
        return {
          get: (frame) => gets.map((get) => storedOrNull(get(frame))),
          constant: items.every(({ constant }) => constant),
        };
      }
      case "map": {
        const entries = expression.entries.map(([key, value]) => [key, this.value(value)] as const);
        return {
          get: (frame) => Object.fromEntries(entries.map(([key, { get }]) => [key, storedOrNull(get(frame))])),
          constant: entries.every(([, { constant }]) => constant),
        };
      }
      case "arithmetic": {
        const left = this.value(expression.left);
        const right = this.value(expression.right);
        const { operator } = expression;
        return {
          get: (frame) => calculate(left.get(frame), operator, right.get(frame)),
          constant: left.constant && right.constant,
        };
      }
      case "negative": {
        const { get, constant } = this.value(expression.of);
        return { get: (frame) => negated(get(frame)), constant };
      }
      case "comparison":
      case "and":
      case "or":
      case "not":
        throw this.error("a condition cannot stand here", expression);
    }
  }

  #enumeration(expression: { readonly name: string; readonly at: number }): Compiled {
    const known = enumerations[this.#context];
    const { name } = expression;
    const number = Object.hasOwn(known, name) ? known[name] : undefined;
    if (number === undefined) {
      if (functionNamed(name) !== undefined) throw this.error(`${name} must be called`, expression, `Write ${name}(…)`);
      throw this.error(`unknown name "${name}"`, expression, literalFor(name, Object.keys(known)));
    }
    return { get: () => number, constant: true };
  }

  #access(path: Path): {
    readonly access: Access;
    readonly level: Exclude<ReturnType<typeof findField>["level"], undefined>;
  } {
    const { field, level } = findField(path, this.#context, this.#prefixes, this.#text);
    if (path.keys.length > 0 && field.indexed !== true && path.fields.at(-1) !== "trace_state") {
      throw this.error(`"${path.fields.join(".")}" has no keys`, path);
    }
    this.usage.reads.add(level);
    if (field.cache === true) this.usage.usesCache = true;
    return {
      access: accessOf(
        field,
        path.keys.map((key) => this.value(key).get),
      ),
      level,
    };
  }

  #call(call: Call): Compiled {
    const definition = functionNamed(call.name);
    if (definition === undefined) {
      const replacement = replacementOf(call.name);
      if (replacement !== undefined) {
        throw this.error(`the function ${call.name} of the Collector is not there`, call, replacement);
      }
      const names = functionNames(this.#context);
      // A slip of the pen keeps the case, by which an editor is told from a converter.
      const same = names.filter(
        (name) => isEditor(name) === isEditor(call.name) || name.toLowerCase() === call.name.toLowerCase(),
      );
      throw this.error(`unknown function "${call.name}"`, call, didYouMean(call.name, same, ""));
    }
    const { contexts, parameters } = definition;
    if (contexts !== undefined && !contexts.includes(this.#context)) {
      throw this.error(
        `${call.name} is a function of ${contexts.join(", ")}, not of ${this.#context}`,
        call,
        `Write it where the context is ${contexts.join(" or ")}, if need be in a group of statements of its own`,
      );
    }
    if (definition.volatile === true) this.usage.volatile = true;
    let constant = definition.volatile !== true && contexts === undefined;
    const matched = matchedArguments(call, definition, this.#text);
    if (definition.allPoints === true) this.#asksPoints(matched);
    const args = matched.map((argument, index) => {
      if (argument === undefined) return undefined;
      constant &&= isConstant(argument.value);
      return argumentOf(this, parameters[index]!, argument.value);
    });
    const keys = call.keys.map((key) => this.value(key));
    constant &&= keys.every((key) => key.constant);
    const made = this.attempt(call, () => definition.make(args as never[]));
    if (keys.length === 0) return { get: made, constant };
    const get: Getter = (frame) => keys.reduce<Value>((value, key) => indexed(value, key.get(frame)), made(frame));
    return { get, constant };
  }

  #asksPoints(args: readonly (Argument | undefined)[]): void {
    this.usage.allPoints = true;
    const [key, value] = args.map((argument) =>
      argument?.value.kind === "literal" ? argument.value.value : undefined,
    );
    if (typeof key === "string" && (typeof value === "string" || args.length === 1)) {
      this.usage.pointQuestions.push({ key, value: args.length === 1 ? undefined : (value as string) });
    } else this.usage.asksOtherwise = true;
  }

  #now(expression: Expression, get: Getter): Value {
    return this.attempt(expression, () => get(noFrame));
  }

  /** What a function says about constant arguments is said of the config. */
  attempt<T>(at: { readonly at: number }, work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof OttlDataError) throw this.error(error.message, at);
      throw error;
    }
  }
}

/** What other languages call the values that have a name. */
const literals: Readonly<Record<string, string>> = {
  true: "true",
  false: "false",
  nil: "nil",
  null: "nil",
  none: "nil",
};

function literalFor(name: string, known: readonly string[]): string {
  const literal = literals[name.toLowerCase()];
  return literal === undefined ? didYouMean(name, known, "") : `Write ${literal}`;
}

/** For expressions that look at nothing. */
const noFrame: Frame = emptyFrame(() => 0n);

function isConstant(expression: Expression): boolean {
  switch (expression.kind) {
    case "literal":
    case "name":
      return true;
    case "list":
      return expression.items.every(isConstant);
    case "map":
      return expression.entries.every(([, value]) => isConstant(value));
    case "arithmetic":
      return isConstant(expression.left) && isConstant(expression.right);
    case "negative":
      return isConstant(expression.of);
    case "call": {
      const definition = functionNamed(expression.name);
      const pure = definition !== undefined && definition.volatile !== true && definition.contexts === undefined;
      return pure && expression.args.every(({ value }) => isConstant(value)) && expression.keys.every(isConstant);
    }
    default:
      return false;
  }
}

function storedOrNull(value: Value): AttributeValue {
  return isNil(value) ? null : stored(value);
}
