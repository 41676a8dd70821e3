import { eventLoopTurn } from "../clock/event-loop.ts";
import type { Batch } from "../consumer.ts";
import { BatchNote } from "./batch-note.ts";
import { joinColumns } from "./join-columns.ts";

/**
 * The parts of a large batch. What they are made by runs on as far as somebody asks, and what was made once is kept: several
 * stages look at the same batch.
 */
class Parts<B extends Batch> {
  readonly #made: B[] = [];
  #making: Iterator<B | undefined> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(parts: Iterable<B | undefined>) {
    this.#making = parts[Symbol.iterator]();
  }

  /** The part at `index`; undefined when it is not made yet, "end" when there is none. */
  at(index: number): B | undefined | "end" {
    if (index >= this.#made.length && this.#making !== undefined) {
      const next = this.#next(this.#making);
      if (next.done === true) this.#making = undefined;
      else if (next.value !== undefined) this.#made.push(next.value);
    }
    return this.#made[index] ?? (this.#making === undefined ? "end" : undefined);
  }

  /** What has failed fails for everybody: after a throw an iterator says that it is at its end, which would be a loss. */
  #next(making: Iterator<B | undefined>): IteratorResult<B | undefined> {
    if (this.#failure !== undefined) throw this.#failure.error;
    try {
      return making.next();
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }
}

const partsByBatch = new BatchNote<Batch, Parts<Batch>>();
const joined = new BatchNote<Batch, readonly Batch[]>();

/**
 * Says that `batch` can be worked on in parts, of which each takes a few milliseconds; together they are the batch. `make` is begun
 * when somebody asks, and gives undefined where making the next part takes longer. For codecs.
 */
export function setParts<B extends Batch>(batch: B, make: () => Generator<B | undefined>): void {
  partsByBatch.set(batch, new Parts<Batch>({ [Symbol.iterator]: make }));
}

/** Whether `batch` is worked on in parts: it is large, or was joined of parts. */
export function hasParts(batch: Batch): boolean {
  return joined.has(batch) || partsByBatch.has(batch);
}

/** The parts that `batch` was joined of; undefined for any other. */
export function joinedParts<B extends Batch>(batch: B): readonly B[] | undefined {
  return joined.get(batch) as readonly B[] | undefined;
}

/** One batch of parts that have the same signal. Its columns are made when somebody reads them, and not its parts. */
export function joinParts<B extends Batch>(parts: readonly [B, ...B[]]): B {
  if (parts.length === 1) return parts[0];
  const batch = joinColumns(parts) as B;
  joined.set(batch, parts);
  return batch;
}

/**
 * Calls `work` for the parts of `batch` in their order, with turns of the event loop between; the next one waits for work that
 * gives a promise. A batch that is small, or has no parts, is its only part, and is worked on at once.
 */
export async function eachPart<B extends Batch>(batch: B, work: (part: B) => void | Promise<void>): Promise<void> {
  const list = joinedParts(batch);
  const parts = partsByBatch.get(batch) as Parts<B> | undefined;
  if (list === undefined && parts === undefined) return work(batch);
  for (let index = 0; ;) {
    let turn = eventLoopTurn();
    if (turn !== undefined) await turn;
    const part = list === undefined ? parts!.at(index) : (list[index] ?? "end");
    if (part === "end") return;
    if (part === undefined) continue;
    // A part that is one large item takes long to be made, and long to be worked on.
    turn = eventLoopTurn();
    if (turn !== undefined) await turn;
    await work(part);
    index++;
  }
}

/**
 * `batch` with each of its parts as `map` makes it, with turns of the event loop between. Returns `batch` itself when `map` changes
 * nothing. What a part becomes may be empty; all of them together are one batch again, which is passed on as a whole.
 */
export async function mapParts<B extends Batch>(batch: B, map: (part: B) => B): Promise<B> {
  const mapped: B[] = [];
  let changed = false;
  let empty: B | undefined;
  await eachPart(batch, (part) => {
    const own = map(part);
    changed ||= own !== part;
    if (own.itemCount > 0) mapped.push(own);
    else empty = own;
  });
  const [first, ...others] = mapped;
  if (!changed) return batch;
  // Of parts that are all unchanged but for empty ones, none holds bytes that are the whole.
  return first === undefined ? empty! : joinParts([first, ...others]);
}
