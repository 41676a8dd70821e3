import { malformed } from "./refusal.ts";

/** The one message of a unary call: a flag, a length of four bytes, the message. Throws {@link Refusal}. */
export function messageIn(raw: Buffer): { bytes: Buffer; compressed: boolean } {
  if (raw.length < 5) throw malformed("the call has no message");
  const length = raw.readUInt32BE(1);
  if (raw.length !== length + 5) {
    throw malformed(`the message should have ${length} bytes, ${raw.length - 5} came`);
  }
  const flag = raw[0]!;
  if (flag > 1) throw malformed(`the message has the flag ${flag}`);
  return { bytes: raw.subarray(5), compressed: flag === 1 };
}
