/** The bytes `from` to `to` of a text in UTF-8; a character that would be cut is left out. */
export function cutBytes(text: string, from: number, to: number): string {
  // oxlint-disable-next-line no-control-regex -- all of ASCII
  if (/^[\u0000-\u007f]*$/.test(text)) return text.slice(from, to);
  const bytes = Buffer.from(text);
  let start = from;
  let end = Math.min(to, bytes.length);
  while (start < end && isContinuation(bytes[start]!)) start++;
  while (end > start && end < bytes.length && isContinuation(bytes[end]!)) end--;
  return bytes.toString("utf8", start, end);
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}
