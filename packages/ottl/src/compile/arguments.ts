import { didYouMean } from "@tracecore/core/config";
import { globOf, patternOf, type Pattern, type PatternError } from "@tracecore/core/pattern";
import type { Getter } from "../frame.ts";
import { functionNamed, functionNames } from "../functions/registry.ts";
import type { ArgumentKind, ArgumentKinds, FunctionDefinition, Parameter } from "../functions/signature.ts";
import type { Argument, Call, Expression } from "../language/syntax.ts";
import { asBool, asDuration, asInt, asList, asMap, asNumber, asText, asTime } from "../paths/path-table.ts";
import { isInteger } from "../numbers.ts";
import { OttlError } from "../ottl-error.ts";
import { textLike, type Value } from "../values.ts";
import type { Compiler } from "./compiler.ts";

/** The arguments of a call in the order of the parameters. */
export function matchedArguments(call: Call, definition: FunctionDefinition, text: string): (Argument | undefined)[] {
  const { name, parameters } = definition;
  const found: (Argument | undefined)[] = parameters.map(() => undefined);
  let positional = true;
  for (const [index, argument] of call.args.entries()) {
    let at = index;
    if (argument.name !== undefined) {
      positional = false;
      at = parameterAt(parameters, argument.name);
      if (at === -1) {
        const known = parameters.map((one) => one.name);
        const remedy = didYouMean(argument.name, known, `Parameters: ${known.join(", ")}`);
        throw new OttlError(`${name} has no parameter "${argument.name}"`, text, argument.at, remedy);
      }
      if (found[at] !== undefined) throw new OttlError(`"${argument.name}" is given twice`, text, argument.at);
    } else if (!positional) {
      throw new OttlError("an argument without a name cannot follow one with a name", text, argument.at);
    } else if (at >= parameters.length) {
      throw new OttlError(`${name} takes ${count(parameters.length)}`, text, argument.at, usage(definition));
    }
    found[at] = argument;
  }
  const missing = parameters.find((one, index) => !one.optional && found[index] === undefined);
  if (missing !== undefined) {
    throw new OttlError(`${name} needs "${missing.name}"`, text, call.end - 1, usage(definition));
  }
  return found;
}

/** What the Collector takes for names of parameters where its documentation has others, without underscores. */
const otherNames: Readonly<Record<string, readonly string[]>> = {
  target: ["value"],
  time: ["value", "target"],
  duration: ["value"],
  vals: ["values", "formatArguments"],
  format: ["formatString"],
  regexpattern: ["regex"],
  stringaggtemp: ["aggregation_temporality"],
  monotonic: ["is_monotonic"],
  multiplier: ["factor"],
};

/** Where the parameter of this name stands: `end_index` and `endIndex` are one. */
function parameterAt(parameters: readonly Parameter[], name: string): number {
  const wanted = plainName(name);
  const at = parameters.findIndex((one) => plainName(one.name) === wanted);
  const others = Object.hasOwn(otherNames, wanted) ? otherNames[wanted]! : [];
  return at === -1 ? parameters.findIndex((one) => others.includes(one.name)) : at;
}

function plainName(name: string): string {
  return name.replaceAll("_", "").toLowerCase();
}

function count(parameters: number): string {
  return parameters === 0 ? "no arguments" : parameters === 1 ? "one argument" : `at most ${parameters} arguments`;
}

function usage({ name, parameters }: FunctionDefinition): string {
  const names = parameters.map((one) => (one.optional ? `[${one.name}]` : one.name));
  return `Write ${name}(${names.join(", ")})`;
}

/** What a function gets for one argument. */
export function argumentOf(
  compiler: Compiler,
  { kind, name }: Parameter,
  expression: Expression,
): ArgumentKinds[ArgumentKind] {
  switch (kind) {
    case "target":
    case "mapTarget":
      return compiler.target(expression, kind === "mapTarget", name);
    case "values":
      if (expression.kind !== "list") throw compiler.error(`"${name}" is a list in brackets`, expression);
      return expression.items.map((item) => compiler.value(item).get);
    case "items": {
      if (expression.kind !== "list") {
        const { get } = compiler.value(expression);
        return (frame: Parameters<Getter>[0]) => asList(get(frame) ?? []);
      }
      const getters = expression.items.map((item) => compiler.value(item).get);
      return (frame: Parameters<Getter>[0]) => getters.map((get) => get(frame));
    }
    case "function":
      return functionArgument(compiler, expression);
    case "constant":
    case "groups": {
      const text = compiler.constant(expression);
      if (typeof text !== "string") throw compiler.error(`"${name}" must be a text that is written out`, expression);
      return kind === "constant" ? text : groups(compiler, expression, text);
    }
    case "natural": {
      const given = compiler.constant(expression);
      if (isInteger(given) && given >= 0) return Number(given);
      throw compiler.error(`"${name}" must be an integer that is written out and not negative`, expression);
    }
    case "pattern":
    case "glob":
      return patternArgument(compiler, expression, kind === "glob" ? globOf : patternOf);
    default:
      return checked(compiler, kind, expression);
  }
}

const checks = {
  string: asText,
  int: asInt,
  number: asNumber,
  bool: asBool,
  map: asMap,
  list: asList,
  time: asTime,
  duration: asDuration,
  text: textLike,
} as const satisfies Partial<Record<ArgumentKind, (value: Value) => unknown>>;

function checked(
  compiler: Compiler,
  kind: "any" | keyof typeof checks,
  expression: Expression,
): ArgumentKinds[ArgumentKind] {
  const { get, constant } = compiler.value(expression);
  if (kind === "any") return get;
  const check: (value: Value) => unknown = checks[kind];
  // What is written out is wrong for each item or for none.
  if (constant) compiler.attempt(expression, () => check(compiler.constant(expression)));
  return ((frame) => check(get(frame))) as ArgumentKinds["string"];
}

function groups(compiler: Compiler, expression: Expression, text: string): Pattern {
  const pattern = compiledPattern(compiler, expression, text, patternOf);
  if (pattern.names.length === 0)
    throw compiler.error("the pattern has no named group such as (?P<name>.*)", expression);
  return pattern;
}

function compiledPattern(compiler: Compiler, at: Expression, text: string, make: (text: string) => Pattern): Pattern {
  try {
    return make(text);
  } catch (error) {
    const { message, remedy } = error as PatternError;
    throw compiler.error(message, at, remedy);
  }
}

/** Patterns that come from data are kept for as long as they stay the same. */
function patternArgument(
  compiler: Compiler,
  expression: Expression,
  make: (text: string) => Pattern,
): (frame: Parameters<Getter>[0]) => Pattern {
  const { get, constant } = compiler.value(expression);
  if (constant) {
    const text = compiler.constant(expression);
    if (typeof text !== "string") throw compiler.error("a pattern is a text", expression);
    const pattern = compiledPattern(compiler, expression, text, make);
    return () => pattern;
  }
  let known: { readonly text: string; readonly pattern: Pattern } | undefined;
  return (frame) => {
    const text = asText(get(frame));
    if (known?.text !== text) known = { text, pattern: make(text) };
    return known.pattern;
  };
}

function functionArgument(compiler: Compiler, expression: Expression): (text: string) => Value {
  const definition = expression.kind === "name" ? functionNamed(expression.name) : undefined;
  const fits = definition?.parameters.filter((one) => !one.optional).length === 1;
  const kind = definition?.parameters[0]?.kind;
  if (definition === undefined || !fits || (kind !== "string" && kind !== "any")) {
    const given = expression.kind === "name" ? expression.name : "";
    const remedy = definition === undefined ? didYouMean(given, functionNames(), "") : "";
    throw compiler.error("expected the name of a function of one text, such as SHA256", expression, remedy);
  }
  let text = "";
  const call = definition.make([(() => text) as never]);
  return (given) => {
    text = given;
    return call(undefined as never);
  };
}
