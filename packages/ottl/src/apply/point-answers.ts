import type { Attributes, MetricFamily, Metrics } from "@tracecore/core/pdata";
import type { PointQuestion, Usage } from "../compile/usage.ts";
import { sections } from "../items/point-item.ts";
import type { Steps } from "./steps.ts";

interface Answers {
  /** Those to which the answer is no so far. */
  open: readonly PointQuestion[];
}

/** What conditions ask of all data points of each metric of a batch. */
export class PointAnswers {
  readonly #parts: readonly Metrics[];
  #questions: readonly PointQuestion[] = [];
  readonly #answers = new Map<MetricFamily, Answers>();
  #sets: Map<MetricFamily, Set<Attributes>> | undefined;

  constructor(parts: readonly Metrics[]) {
    this.#parts = parts;
  }

  /** Whether one of the points of a metric has an attribute. What was not worked out before is looked for now. */
  of(family: MetricFamily, question: PointQuestion): boolean {
    const { key, value } = question;
    const known = this.#questions.find((one) => one.key === key && one.value === value);
    if (known !== undefined) return this.#answers.get(family)?.open.includes(known) === false;
    if (this.#sets === undefined) for (const _ of this.#collectSets());
    return Iterator.from(this.#sets!.get(family) ?? []).some((set) => isIn(set, question));
  }

  /** Works out in advance what statements will ask, with pauses between. */
  *workOut({ pointQuestions, asksOtherwise }: Usage): Steps<void> {
    if (asksOtherwise) yield* this.#collectSets();
    for (const part of this.#parts) {
      for (const name of sections) {
        for (const { family, attributes: set } of part[name].series) {
          let answers = this.#answers.get(family);
          if (answers === undefined) this.#answers.set(family, (answers = { open: pointQuestions }));
          if (answers.open.some((one) => isIn(set, one))) answers.open = answers.open.filter((one) => !isIn(set, one));
        }
      }
      yield;
    }
    this.#questions = pointQuestions;
  }

  *#collectSets(): Steps<void> {
    this.#sets = new Map();
    for (const part of this.#parts) {
      for (const name of sections) {
        for (const { family, attributes: set } of part[name].series) {
          let sets = this.#sets.get(family);
          if (sets === undefined) this.#sets.set(family, (sets = new Set()));
          sets.add(set);
        }
      }
      yield;
    }
  }
}

function isIn(set: Attributes, { key, value }: PointQuestion): boolean {
  return value === undefined ? set.has(key) : set.get(key) === value;
}
