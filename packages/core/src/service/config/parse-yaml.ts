import { Composer, Lexer, Parser, type CST, type Document } from "yaml";
import type { Findings } from "./findings.ts";
import type { LoadLimits } from "./limits.ts";
import type { Source } from "./source.ts";
import { tooDeep, yamlMessage } from "./yaml-messages.ts";

/** Tokens that the load may still read; shared by all texts of one load. */
export interface TokenBudget {
  left: number;
}

/** Lexemes that stand for a state and not for text: document, end of flow, scalar. */
const MARKS: ReadonlySet<string> = new Set(["\u0002", "\u0018", "\u001f"]);

class TooManyTokens extends Error {}

/**
 * Parses one YAML document. Undefined when it has syntax errors, which are reported. Long texts cost time by their
 * tokens, so that the count of tokens is bounded and the text is read no further.
 */
export function parseYaml(
  text: string,
  at: { readonly source: Source; readonly offset: number },
  budget: TokenBudget,
  limits: LoadLimits,
  findings: Findings,
): Document.Parsed | undefined {
  let parsed: Document.Parsed | undefined;
  let second: number | undefined;
  const openQuotes: number[] = [];
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0; // One Error is made for each syntax error, and its stack costs more than the rest.
  try {
    // Duplicate keys are found later: the library's check takes quadratic time.
    const composer = new Composer({ prettyErrors: false, uniqueKeys: false, strict: true, logLevel: "silent" });
    for (const document of composer.compose(tokens(text, budget, openQuotes), true, text.length)) {
      if (parsed !== undefined) {
        second = document.range[0];
        break;
      }
      parsed = document;
    }
  } catch (error) {
    // The library recurses with the depth of the text.
    if (error instanceof RangeError) {
      findings.add({ path: "yaml", ...tooDeep(limits) }, { source: at.source, start: 0 });
      return undefined;
    }
    if (!(error instanceof TooManyTokens)) throw error;
    const message = `the config has more than ${limits.maxTokens} YAML tokens, about ${Math.round(limits.maxTokens / 7)} lines`;
    findings.add(
      { code: "config-too-large", path: "config", message, remedy: "Make it shorter." },
      { source: at.source, start: 0 },
    );
    return undefined;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
  if (parsed === undefined) return undefined;
  const errors = parsed.errors.map(({ code, message, pos }) => ({
    code: code as string,
    message,
    start: message.startsWith("Missing closing") ? (openQuotes.findLast((open) => open < pos[0]) ?? pos[0]) : pos[0],
  }));
  if (second !== undefined) errors.push({ code: "MULTIPLE_DOCS", message: "", start: second });
  // A tag that is not known changes the value without a word.
  for (const { code, message, pos } of parsed.warnings) errors.push({ code, message, start: pos[0] });
  let line = -1;
  for (const error of errors) {
    const message = yamlMessage(error.code, error.message, at.source, at.offset + error.start, limits);
    const { start } = message;
    const { line: here } = at.source.position(start);
    // One mistake confuses the rest of its line: the first error of a line says it.
    // What does not fit without a reason of its own mostly follows from an error above.
    if (here === line || (line !== -1 && message.general)) continue;
    line = here;
    findings.add({ path: "yaml", ...message.problem }, { source: at.source, start });
    if (findings.full) break;
  }
  return errors.length === 0 ? parsed : undefined;
}

function* tokens(text: string, budget: TokenBudget, openQuotes: number[]): Generator<CST.Token, void> {
  const parser = new Parser();
  let offset = 0;
  for (const lexeme of new Lexer().lex(text)) {
    if (--budget.left < 0) throw new TooManyTokens();
    // The library reports a quotation mark that is not closed at the end of the file; it is wanted where it opens.
    const quote = lexeme[0];
    if ((quote === '"' || quote === "'") && (lexeme.length === 1 || !lexeme.endsWith(quote))) openQuotes.push(offset);
    if (!MARKS.has(lexeme)) offset += lexeme.length;
    yield* parser.next(lexeme);
  }
  yield* parser.end();
}
