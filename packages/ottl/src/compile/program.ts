import type { ContextName, Frame } from "../frame.ts";
import { functionNamed } from "../functions/registry.ts";
import { parseCondition, parseStatement } from "../language/parser.ts";
import type { Condition, Statement } from "../language/syntax.ts";
import { OttlError } from "../ottl-error.ts";
import { contextLevels, type Level } from "../paths/path-table.ts";
import { Compiler } from "./compiler.ts";
import { inferredContext, signalContexts, type Signal } from "./contexts.ts";
import { Usage } from "./usage.ts";

/** Hears of each statement or condition that could not be carried out; what it throws ends the batch. */
export type ErrorSink = (error: unknown, text: string) => void;

/** A list of statements, as a config has it. */
export interface StatementGroup {
  /** Found out from the paths when it is left out; these then name their context. */
  readonly context?: ContextName | undefined;
  /** The statements run where one of them holds; always without any. */
  readonly conditions?: readonly string[] | undefined;
  readonly statements: readonly string[];
}

/** Statements that run for each item of a context. */
export interface Program {
  readonly context: ContextName;
  readonly usage: Usage;
  /** Runs them for what the frame looks at; false when one of them failed. */
  readonly run: (frame: Frame, sink: ErrorSink) => boolean;
}

/** Which of the texts of a group is wrong, and why. */
export interface GroupProblem {
  readonly list: "conditions" | "statements";
  readonly index: number;
  readonly error: OttlError;
}

/** What is wrong with a group; nothing for one that can be compiled. */
export function groupProblems(signal: Signal, group: StatementGroup): GroupProblem[] {
  const problems: GroupProblem[] = [];
  const attempt = (list: GroupProblem["list"], index: number, work: () => unknown): void => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof OttlError)) throw error;
      problems.push({ list, index, error });
    }
  };
  const { conditions = [], statements } = group;
  for (const [index, text] of conditions.entries()) attempt("conditions", index, () => parseCondition(text));
  for (const [index, text] of statements.entries()) attempt("statements", index, () => parseStatement(text));
  if (problems.length > 0) return problems;
  let parsed: ParsedGroup | undefined;
  attempt("statements", 0, () => (parsed = parseGroup(signal, group)));
  if (parsed === undefined) return problems;
  const { context, prefixes } = parsed;
  const compiler = (text: string): Compiler => new Compiler(text, context, prefixes, new Usage());
  for (const [index, { text, expression }] of parsed.conditions.entries()) {
    attempt("conditions", index, () => compiler(text).condition(expression));
  }
  for (const [index, statement] of parsed.statements.entries()) {
    attempt("statements", index, () => compileStatement(statement, compiler(statement.text)));
  }
  return problems;
}

interface ParsedGroup {
  readonly context: ContextName;
  /** Set where the context was found out from the paths: they must name theirs, one of these. */
  readonly prefixes: readonly ContextName[] | undefined;
  readonly conditions: readonly Condition[];
  readonly statements: readonly Statement[];
}

function parseGroup(signal: Signal, { context: given, conditions, statements }: StatementGroup): ParsedGroup {
  const parsed = {
    conditions: (conditions ?? []).map(parseCondition),
    statements: statements.map(parseStatement),
  };
  if (given !== undefined) {
    // The Collector has these in the context of data points, though they make metrics of metrics.
    const ofMetrics = given === "datapoint" && parsed.statements.every(({ editor }) => isOfSummaries(editor.name));
    return { ...parsed, context: ofMetrics ? "metric" : given, prefixes: undefined };
  }
  const expressions = [
    ...parsed.conditions.map(({ expression }) => expression),
    ...parsed.statements.flatMap(({ editor, where }) => (where === undefined ? [editor] : [editor, where])),
  ];
  const context = inferredContext(signal, expressions);
  if (context !== undefined) return { ...parsed, context, prefixes: signalContexts[signal] };
  throw new OttlError(
    `no context of ${signal} has all that this names`,
    statements[0] ?? "",
    0,
    `Known: ${signalContexts[signal].join(", ")}`,
  );
}

function isOfSummaries(editor: string): boolean {
  return editor.startsWith("convert_summary_") && functionNamed(editor)?.contexts?.includes("metric") === true;
}

/** Compiles a group. Throws OttlError. */
export function compileGroup(signal: Signal, group: StatementGroup): Program {
  const { context, prefixes, conditions, statements } = parseGroup(signal, group);
  const usage = new Usage();
  const compiler = (text: string): Compiler => new Compiler(text, context, prefixes, usage);
  const tests = conditions.map(({ text, expression }) => ({ text, holds: compiler(text).condition(expression) }));
  const steps = statements.map((statement) => ({
    text: statement.text,
    step: compileStatement(statement, compiler(statement.text)),
  }));
  const { usesCache } = usage;
  return {
    context,
    usage,
    run(frame, sink) {
      if (usesCache) frame.cache.clear();
      let fine = true;
      const failed = (error: unknown, text: string): void => {
        fine = false;
        sink(error, text);
      };
      if (tests.length > 0 && !anyHolds(tests, frame, failed)) return fine;
      for (const { text, step } of steps) {
        try {
          step(frame);
        } catch (error) {
          failed(error, text);
        }
      }
      return fine;
    },
  };
}

function compileStatement({ editor, where }: Statement, compiler: Compiler): (frame: Frame) => void {
  const edit = compiler.editor(editor);
  if (where === undefined) return edit;
  const holds = compiler.condition(where);
  return (frame) => {
    if (holds(frame)) edit(frame);
  };
}

interface Test {
  readonly text: string;
  readonly holds: (frame: Frame) => boolean;
}

/** A condition that fails does not hold. */
function anyHolds(tests: readonly Test[], frame: Frame, sink: ErrorSink): boolean {
  for (const { text, holds } of tests) {
    try {
      if (holds(frame)) return true;
    } catch (error) {
      sink(error, text);
    }
  }
  return false;
}

/** Conditions of which one must hold. */
export interface Conditions {
  readonly context: ContextName;
  readonly usage: Usage;
  readonly hold: (frame: Frame, sink: ErrorSink) => boolean;
}

/** Compiles conditions on the items of a context. Throws OttlError. */
export function compileConditions(
  context: ContextName,
  texts: readonly string[],
  prefixes?: readonly ContextName[],
): Conditions {
  const usage = new Usage();
  const tests = texts.map((text) => ({
    text,
    holds: new Compiler(text, context, prefixes, usage).condition(parseCondition(text).expression),
  }));
  return { context, usage, hold: (frame, sink) => anyHolds(tests, frame, sink) };
}

/** Whether conditions on metrics look at all data points of each, so that they must not be asked of a part of them. */
export function readsAllPoints(texts: readonly string[]): boolean {
  return compileConditions("metric", texts).usage.allPoints;
}

/** What is wrong with a condition; with `prefixes`, each of its paths must begin with one of them. */
export function conditionProblem(
  context: ContextName,
  text: string,
  prefixes?: readonly ContextName[],
): OttlError | undefined {
  try {
    compileConditions(context, [text], prefixes);
    return undefined;
  } catch (error) {
    if (error instanceof OttlError) return error;
    throw error;
  }
}

/** Whether what becomes of a data point follows from its series alone. */
export function dependsOnSeries({ usage: { reads, writes, volatile } }: Pick<Program, "usage">): boolean {
  return !volatile && !reads.has("item") && [...writes].every((level) => level === "series");
}

/**
 * The groups of a list of statements that name their contexts: those that follow each other in one context, and change no more
 * than the item that they run for, run together, so that a batch is gone through once. Throws OttlError.
 */
export function flatGroups(signal: Signal, statements: readonly string[]): StatementGroup[] {
  const groups: { statements: string[]; kind: string | undefined }[] = [];
  for (const text of statements) {
    const kind = runKind(compileGroup(signal, { statements: [text] }));
    const last = groups.at(-1);
    if (last !== undefined && kind !== undefined && last.kind === kind) last.statements.push(text);
    else groups.push({ statements: [text], kind });
  }
  return groups.map((group) => ({ statements: group.statements }));
}

/** Whether a program changes no more than the items that it runs for. */
function keepsToItems({ context, usage }: Program): boolean {
  const own: Level[] = context === "datapoint" ? ["item", "series"] : [contextLevels[context]];
  return [...usage.writes].every((level) => own.includes(level));
}

/** Whether it comes to the same to run a program for the parts of a batch, one by one: what it makes of an item is that item's own. */
export function worksInParts(program: Program): boolean {
  return contextLevels[program.context] === "item" && keepsToItems(program);
}

/** Programs of one kind may run together; undefined for those whose effects others could see in between. */
function runKind(program: Program): string | undefined {
  const { context, usage } = program;
  if (!keepsToItems(program)) return undefined;
  // What makes or converts metrics is written to no path.
  if (context === "metric" && usage.writes.size === 0) return undefined;
  return `${context}${context === "datapoint" && dependsOnSeries(program) ? " series" : ""}${usage.volatile ? " volatile" : ""}`;
}
