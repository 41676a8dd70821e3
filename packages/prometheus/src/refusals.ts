import type { RefusalReason } from "./family.ts";

/** What became of a batch. */
export interface UpdateResult {
  /** Data points. */
  readonly accepted: number;
  readonly refused: number;
  readonly reasons: Readonly<Record<RefusalReason, number>>;
  /** One sentence for each reason, about the first point refused for it. */
  readonly messages: Readonly<Partial<Record<RefusalReason, string>>>;
}

/** Counts what a batch loses. */
export class Refusals {
  readonly #reasons: Record<RefusalReason, number> = { cardinality: 0, conflict: 0, name: 0 };
  readonly #messages: Partial<Record<RefusalReason, string>> = {};
  #count = 0;

  add(reason: RefusalReason, message: () => string): void {
    if (this.#reasons[reason]++ === 0) this.#messages[reason] = message();
    this.#count++;
  }

  result(itemCount: number): UpdateResult {
    return {
      accepted: itemCount - this.#count,
      refused: this.#count,
      reasons: this.#reasons,
      messages: this.#messages,
    };
  }
}
