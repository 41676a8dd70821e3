import type { SourcePosition } from "../../errors.ts";
import { urlSecrets } from "../../config/url-secrets.ts";

/** One text that options come from: a config file, or one `--set`. */
export class Source {
  readonly text: string;
  readonly kind: "file" | "set";
  /** Sections that this file writes under `service:`, as the collector does; messages show their paths so. */
  readonly underService: Set<string> = new Set();
  readonly #name: string;
  #lineStarts: number[] | undefined;
  readonly #secrets: { readonly start: number; readonly end: number }[] = [];
  #sorted = true;

  constructor(name: string, text: string, kind: "file" | "set" = "file") {
    this.#name = name;
    this.text = text;
    this.kind = kind;
    // Whatever the option is: a URL with a password may stand anywhere.
    for (const { start, end } of urlSecrets(text)) this.redact(start, end);
  }

  /** The name in messages. That of a `--set` is its text. */
  get file(): string {
    return this.kind === "set" ? `--set ${this.#redacted(0, this.text.length)}` : this.#name;
  }

  position(offset: number): SourcePosition {
    const starts = this.#starts();
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { file: this.file, line: low + 1, col: offset - (starts[low] ?? 0) + 1 };
  }

  /** The text of a line without its end, with secrets redacted; lines count from 1. */
  line(number: number): string | undefined {
    const starts = this.#starts();
    const start = starts[number - 1];
    if (start === undefined) return undefined;
    let end = (starts[number] ?? this.text.length + 1) - 1;
    if (this.text[end - 1] === "\r") end--;
    return this.#redacted(start, end);
  }

  /** Whether a secret ends before the position on its line: what follows it is then shown elsewhere than it stands. */
  secretBefore({ line, col }: SourcePosition): boolean {
    const start = this.#starts()[line - 1] ?? 0;
    return this.#secrets.some((secret) => secret.end > start && secret.end <= start + col - 1);
  }

  /** The whole text of a `--set`, with secrets redacted. */
  get shown(): string {
    return this.#redacted(0, this.text.length);
  }

  /** Keeps a part of the text out of every message. */
  redact(start: number, end: number): void {
    this.#secrets.push({ start, end });
    this.#sorted = false;
  }

  #redacted(start: number, end: number): string {
    // Once for many: sorting at each of thousands of secrets would take a minute.
    if (!this.#sorted) this.#secrets.sort((a, b) => a.start - b.start);
    this.#sorted = true;
    let shown = "";
    let at = start;
    for (const secret of this.#secrets) {
      if (secret.end <= at || secret.start >= end) continue;
      shown += `${this.text.slice(at, Math.max(at, secret.start))}[redacted]`;
      at = Math.min(end, secret.end);
    }
    return shown + this.text.slice(at, end);
  }

  #starts(): number[] {
    if (this.#lineStarts === undefined) {
      this.#lineStarts = [0];
      for (let at = this.text.indexOf("\n"); at !== -1; at = this.text.indexOf("\n", at + 1)) {
        this.#lineStarts.push(at + 1);
      }
    }
    return this.#lineStarts;
  }
}
