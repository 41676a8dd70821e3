import type { AttributeValue } from "@tracecore/core/pdata";
import { OttlError } from "../ottl-error.ts";
import { doubleOf, smallestInteger } from "../numbers.ts";
import { tokens, type Token } from "./lexer.ts";
import type { Argument, Call, Condition, Expression, Path, Statement } from "./syntax.ts";

/** Expressions inside each other; nobody writes so many, and the stack has an end. */
const MAX_DEPTH = 64;
const MAX_INT = 2n ** 63n - 1n;
const comparisons: ReadonlySet<string> = new Set(["==", "!=", "<", "<=", ">", ">="]);

/** Reads one statement such as `set(attributes["a"], 1) where body != nil`. Throws OttlError. */
export function parseStatement(text: string): Statement {
  const parser = new Parser(text);
  const editor = parser.editor();
  const where = parser.takeWord("where") ? parser.expression() : undefined;
  parser.end(where === undefined ? 'expected "where" or the end' : "expected the end");
  return { text, editor, where };
}

/** Reads one condition such as `IsMatch(body, "^a") and severity_number < 9`. Throws OttlError. */
export function parseCondition(text: string): Condition {
  const parser = new Parser(text);
  const expression = parser.expression();
  parser.end("expected the end");
  return { text, expression };
}

class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #index = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokens(text);
  }

  get #next(): Token {
    return this.#tokens[this.#index]!;
  }

  #peek(offset: number): Token {
    return this.#tokens[Math.min(this.#index + offset, this.#tokens.length - 1)]!;
  }

  #error(message: string, { at }: { readonly at: number } = this.#next, remedy = ""): OttlError {
    return new OttlError(message, this.#text, at, remedy);
  }

  takeWord(word: string): boolean {
    return this.#take("word", word);
  }

  #take(kind: Token["kind"], text: string): boolean {
    const { kind: found, text: written } = this.#next;
    if (found !== kind || written !== text) return false;
    this.#index++;
    return true;
  }

  #want(symbol: string, what: string): void {
    if (!this.#take("symbol", symbol)) throw this.#error(`expected ${what}`);
  }

  end(message: string): void {
    if (this.#next.kind !== "end") throw this.#error(message);
  }

  editor(): Call {
    const first = this.#next;
    if (first.kind !== "word") throw this.#error("expected a function such as set(…)");
    this.#index++;
    if (this.#next.text !== "(") throw this.#error('expected "("', this.#next);
    return this.#call(first, false);
  }

  /** or, and, not, comparison, + -, * /, sign: from loose to tight. */
  expression(): Expression {
    if (++this.#depth > MAX_DEPTH) throw this.#error(`expressions stand more than ${MAX_DEPTH} deep in each other`);
    const result = this.#joined("or", () => this.#joined("and", () => this.#negated()));
    this.#depth--;
    return result;
  }

  #joined(word: "and" | "or", part: () => Expression): Expression {
    const first = part();
    if (this.#next.text !== word || this.#next.kind !== "word") return first;
    const { at } = this.#next;
    const parts = [first];
    while (this.takeWord(word)) parts.push(part());
    return { kind: word, parts, at };
  }

  #negated(): Expression {
    let { at } = this.#next;
    let nots = 0;
    while (this.#next.text === "not" && this.#next.kind === "word") {
      ({ at } = this.#next);
      this.#index++;
      nots++;
    }
    const of = this.#comparison();
    return nots % 2 === 0 ? of : { kind: "not", of, at };
  }

  #comparison(): Expression {
    const left = this.#sum();
    const { text, kind, at } = this.#next;
    if (kind !== "symbol" || !comparisons.has(text)) {
      if (kind === "symbol" && text === "=") throw this.#error('"=" does not compare', this.#next, 'Write "=="');
      return left;
    }
    this.#index++;
    return { kind: "comparison", operator: text as "==", left, right: this.#sum(), at };
  }

  #sum(): Expression {
    let left = this.#product();
    while (this.#next.kind === "symbol" && (this.#next.text === "+" || this.#next.text === "-")) {
      const { text, at } = this.#next;
      this.#index++;
      left = { kind: "arithmetic", operator: text as "+", left, right: this.#product(), at };
    }
    return left;
  }

  #product(): Expression {
    let left = this.#signed();
    while (this.#next.kind === "symbol" && (this.#next.text === "*" || this.#next.text === "/")) {
      const { text, at } = this.#next;
      this.#index++;
      left = { kind: "arithmetic", operator: text as "*", left, right: this.#signed(), at };
    }
    return left;
  }

  #signed(): Expression {
    const { at, text, kind } = this.#next;
    if (kind !== "symbol" || (text !== "-" && text !== "+")) return this.#primary();
    this.#index++;
    const number = this.#next;
    if (number.kind === "int" || number.kind === "float") {
      this.#index++;
      return { kind: "literal", value: this.#number(number, text === "-"), at };
    }
    const of = this.#primary();
    return text === "-" ? { kind: "negative", of, at } : of;
  }

  #primary(): Expression {
    const token = this.#next;
    const { kind, text, at } = token;
    const literal = (value: AttributeValue): Expression => {
      this.#index++;
      return { kind: "literal", value, at };
    };
    switch (kind) {
      case "string":
        return literal(text);
      case "int":
      case "float":
        return literal(this.#number(token, false));
      case "bytes":
        return literal(new Uint8Array(Buffer.from(text.slice(2), "hex")));
      case "word":
        return this.#word(token);
      case "symbol":
        if (text === "[") return { kind: "list", items: this.#items("[", "]", () => this.expression()), at };
        if (text === "{") return { kind: "map", entries: this.#items("{", "}", () => this.#entry()), at };
        if (text === "(") {
          this.#index++;
          const inner = this.expression();
          this.#want(")", '")"');
          return inner;
        }
        break;
      case "end":
        throw this.#error("expected a value, found the end");
    }
    throw this.#error(`expected a value, found ${JSON.stringify(text)}`);
  }

  #word(token: Token): Expression {
    const { text, at } = token;
    this.#index++;
    if (text === "true" || text === "false") return { kind: "literal", value: text === "true", at };
    if (text === "nil") return { kind: "literal", value: null, at };
    if (text === "and" || text === "or" || text === "not" || text === "where") {
      throw this.#error(`expected a value, found "${text}"`, token);
    }
    if (this.#next.text === "(" && this.#next.kind === "symbol") return this.#call(token, true);
    if (/^[A-Z]/.test(text)) return { kind: "name", name: text, at };
    return this.#path(token);
  }

  #path(first: Token): Path {
    const fields = [first.text];
    while (this.#take("symbol", ".")) {
      const field = this.#next;
      if (field.kind !== "word") throw this.#error("expected the name of a field");
      this.#index++;
      fields.push(field.text);
    }
    const keys = this.#keys();
    if (this.#next.text === "." && this.#next.kind === "symbol") {
      throw this.#error("a field cannot follow a key", this.#next, 'Write it as a key: ["name"]');
    }
    return { kind: "path", fields, keys, at: first.at };
  }

  #keys(): Expression[] {
    const keys: Expression[] = [];
    while (this.#take("symbol", "[")) {
      keys.push(this.expression());
      this.#want("]", '"]"');
    }
    return keys;
  }

  #call(name: Token, value: boolean): Call {
    const args = this.#items("(", ")", () => this.#argument());
    const { end } = this.#tokens[this.#index - 1]!;
    return { kind: "call", name: name.text, args, keys: value ? this.#keys() : [], at: name.at, end };
  }

  #argument(): Argument {
    const { kind, text, at } = this.#next;
    const second = this.#peek(1);
    if (kind !== "word" || second.kind !== "symbol" || second.text !== "=") {
      return { name: undefined, value: this.expression(), at };
    }
    this.#index += 2;
    return { name: text, value: this.expression(), at };
  }

  #entry(): [string, Expression] {
    const { kind, text } = this.#next;
    if (kind !== "string") throw this.#error('expected a key such as "name"');
    this.#index++;
    this.#want(":", '":"');
    return [text, this.expression()];
  }

  /** What stands between `open` and `close`, separated by commas. */
  #items<T>(open: string, close: string, item: () => T): T[] {
    this.#want(open, `"${open}"`);
    const items: T[] = [];
    if (this.#take("symbol", close)) return items;
    do items.push(item());
    while (this.#take("symbol", ","));
    this.#want(close, `"," or "${close}"`);
    return items;
  }

  #number(token: Token, negative: boolean): AttributeValue {
    const sign = negative ? "-" : "";
    if (token.kind === "float") {
      const number = Number(sign + token.text);
      if (!Number.isFinite(number)) throw this.#error("the number is too large", token);
      return doubleOf(number);
    }
    const integer = BigInt(token.text) * (negative ? -1n : 1n);
    if (integer > MAX_INT || integer < -MAX_INT - 1n) {
      throw this.#error("the number does not fit into 64 bits", token);
    }
    return smallestInteger(integer);
  }
}
