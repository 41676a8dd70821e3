import { malformed } from "./refusal.ts";

/** Bytes before a message: a flag, and its length. */
export const PREFIX = 5;

/** How long a message is with its prefix, as the first bytes of a call say. */
export function announced(first: Buffer): number | undefined {
  return first.length < PREFIX ? undefined : PREFIX + first.readUInt32BE(1);
}

/** The one message of a unary call: a flag, a length of four bytes, the message. Throws {@link Refusal}. */
export function messageIn(raw: Buffer): { bytes: Buffer; compressed: boolean } {
  if (raw.length < PREFIX) throw malformed("the call has no message");
  const length = raw.readUInt32BE(1);
  if (raw.length !== length + PREFIX) {
    throw malformed(`the message should have ${length} bytes, ${raw.length - PREFIX} came`);
  }
  const flag = raw[0]!;
  if (flag > 1) throw malformed(`the message has the flag ${flag}`);
  return { bytes: raw.subarray(PREFIX), compressed: flag === 1 };
}
