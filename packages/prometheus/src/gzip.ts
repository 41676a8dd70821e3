import type { Template } from "./body.ts";
import { planDeflate, type DeflatePlan } from "./deflate-plan.ts";
import { gzipWithPlan, type GzipMemory } from "./template-gzip.ts";

/** Bytes that zlib compresses in about 2 ms: below that, the way to a thread and back costs as much again. */
const LARGEST_SYNC = 1 << 20;

/** Compresses an exposition at level 1: scrapes are read once and thrown away, so processor time is dearer than bytes. */
export async function gzipOf(bytes: Uint8Array): Promise<Uint8Array> {
  const { gzip, gzipSync } = process.getBuiltinModule("node:zlib");
  if (bytes.length <= LARGEST_SYNC) return gzipSync(bytes, { level: 1 });
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  // One output chunk for most bodies: each further one is a round trip to the thread.
  const chunkSize = Math.min(1 << 22, bytes.length >> 3);
  gzip(bytes, { level: 1, chunkSize }, (error, compressed) => (error === null ? resolve(compressed) : reject(error)));
  return promise;
}

const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Slices that a scrape may wait for, about a millisecond each. */
const SLICES_AT_ONCE = 8;

/**
 * Compresses the expositions of one template. The first goes through zlib; when the same lines are asked for again, it is
 * worth working out once how their fixed text compresses. A large plan is made in slices, between other work.
 */
export class Compressor {
  readonly #template: Template;
  readonly #memory: GzipMemory = { words: new Uint16Array() };
  #plan: DeflatePlan | undefined;
  #planning = false;
  #asked = 0;
  #stopped = false;

  constructor(template: Template) {
    this.#template = template;
  }

  /** `valueEnds` is undefined for a body in which more than values changes. */
  async compress(bytes: Uint8Array, valueEnds: Uint32Array | undefined): Promise<Uint8Array> {
    if (++this.#asked === 1 || valueEnds === undefined || !LITTLE_ENDIAN) return gzipOf(bytes);
    if (!this.#planning) {
      this.#planning = true;
      void this.#makePlan(bytes, valueEnds);
    }
    if (this.#plan === undefined) return gzipOf(bytes);
    return gzipWithPlan(this.#plan, this.#template.ends, bytes, valueEnds, this.#memory);
  }

  /** Nobody will ask for these lines again. */
  stop(): void {
    this.#stopped = true;
  }

  /** Reads the body before it first waits, and no more after that: by then it may hold other values. */
  async #makePlan(bytes: Uint8Array, valueEnds: Uint32Array): Promise<void> {
    const steps = planDeflate(this.#template, bytes, valueEnds);
    for (let slice = 1; ; slice++) {
      const { done, value } = steps.next();
      if (done === true) {
        this.#plan = value;
        return;
      }
      if (slice < SLICES_AT_ONCE) continue;
      const { promise, resolve } = Promise.withResolvers<void>();
      setImmediate(resolve);
      await promise;
      if (this.#stopped) return;
    }
  }
}
