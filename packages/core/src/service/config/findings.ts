import type { SourcePosition } from "../../errors.ts";
import { formatPath, type ConfigPath, type Problem } from "./problem.ts";
import { SecretVariables } from "./secret-variables.ts";
import type { Source } from "./source.ts";

/** Collects the problems of one load, up to a limit, and puts them into file order. */
export class Findings {
  readonly #order = new Map<Source, number>();
  readonly #found: { readonly problem: Problem; readonly source: number; readonly offset: number }[] = [];
  readonly #limit: number;
  readonly #secrets: SecretVariables;
  #suppressed = 0;
  #failed = false;

  constructor(limit: number, secrets: SecretVariables = new SecretVariables()) {
    this.#limit = limit;
    this.#secrets = secrets;
  }

  /** Sources are ordered as they are announced. */
  announce(source: Source): void {
    this.#order.set(source, this.#order.size);
  }

  /** Whether an error was found. */
  get failed(): boolean {
    return this.#failed;
  }

  /** Whether further problems would not be kept. */
  get full(): boolean {
    return this.#found.length >= this.#limit;
  }

  add(
    problem: Omit<Problem, "position" | "severity" | "path"> & {
      readonly path: ConfigPath | string;
      readonly severity?: Problem["severity"];
    },
    at?: { readonly source: Source; readonly start: number },
  ): void {
    const severity = problem.severity ?? "error";
    this.#failed ||= severity === "error";
    if (this.full) {
      this.#suppressed++;
      return;
    }
    const path = typeof problem.path === "string" ? problem.path : formatPath(problem.path);
    const position: SourcePosition | undefined = at?.source.position(at.start);
    this.#found.push({
      problem: { ...problem, path, severity, ...(position !== undefined && { position }) },
      source: at === undefined ? -1 : (this.#order.get(at.source) ?? this.#order.size),
      offset: at?.start ?? 0,
    });
  }

  /** The problems in file order; those of `--set` follow those of the files. */
  list(): Problem[] {
    const sorted = this.#found
      .toSorted((a, b) => a.source - b.source || a.offset - b.offset)
      .map(({ problem }) => this.#hideSecrets(problem));
    if (this.#suppressed > 0) {
      sorted.push({
        code: "config-too-many-problems",
        path: "config",
        message: `${this.#suppressed} more problems are not shown`,
        remedy: "Correct those above first.",
        severity: this.#failed ? "error" : "warning",
      });
    }
    return sorted;
  }

  #hideSecrets(problem: Problem): Problem {
    const { message, path, remedy } = problem;
    return {
      ...problem,
      path: this.#secrets.hide(path),
      message: this.#secrets.hide(message),
      ...(remedy !== undefined && { remedy: this.#secrets.hide(remedy) }),
    };
  }
}
