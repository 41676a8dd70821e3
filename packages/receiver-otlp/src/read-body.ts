import type { Readable } from "node:stream";
import type { Admission } from "./intake.ts";
import { overloaded, tooLarge } from "./refusal.ts";

export interface BodyLimit {
  readonly limit: number;
  /** As the refusal names it: without what frames the body. */
  readonly shown: number;
}

/** The whole body of a request. `admission` grows with it. Throws {@link Refusal}, or when the sender is gone. */
export function readBody(
  stream: Readable,
  declared: number | undefined,
  { limit, shown }: BodyLimit,
  admission: Pick<Admission, "grow">,
): Promise<Buffer> {
  if (declared !== undefined && declared > limit) return Promise.reject(tooLarge(shown));
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  // One piece of the right size where the size is known: nothing is copied twice.
  const whole = declared === undefined ? undefined : Buffer.allocUnsafe(declared);
  let chunks: Buffer[] = [];
  let size = 0;
  let refused = false;
  const refuse = (why: Error): void => {
    refused = true;
    chunks = []; // The rest is read and forgotten.
    reject(why);
  };
  stream.on("data", (chunk: Buffer) => {
    if (refused) return;
    if (whole === undefined) chunks.push(chunk);
    else chunk.copy(whole, size);
    size += chunk.length;
    if (size > limit) refuse(tooLarge(shown));
    else if (whole === undefined && !admission.grow(size)) refuse(overloaded());
  });
  stream.on("end", () => {
    if (whole !== undefined) resolve(size === whole.length ? whole : whole.subarray(0, size));
    else resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size));
  });
  stream.on("error", reject);
  stream.on("close", () => reject(new Error("the sender is gone")));
  return promise;
}
