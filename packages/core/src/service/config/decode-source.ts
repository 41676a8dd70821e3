import { isUtf8 } from "node:buffer";
import type { Findings } from "./findings.ts";
import { Source } from "./source.ts";

/** Decodes the bytes of a config file. Undefined when they are no text; that is reported. */
export function decodeSource(file: string, bytes: Uint8Array, findings: Findings): Source | undefined {
  if (isUtf8(bytes)) {
    const source = new Source(file, new TextDecoder().decode(bytes));
    findings.announce(source);
    return source;
  }
  const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  const offset = utf16 ? 0 : firstBadByte(bytes);
  // The text before the bad byte is what the position counts in.
  const before = new Source(file, new TextDecoder().decode(bytes.subarray(0, offset)));
  findings.announce(before);
  findings.add(
    {
      code: "config-not-utf8",
      path: "config",
      message: utf16
        ? "the file is UTF-16, not UTF-8"
        : `byte ${offset} (0x${(bytes[offset] ?? 0).toString(16).padStart(2, "0")}) is not UTF-8`,
      remedy: "Save the file as UTF-8.",
    },
    { source: before, start: before.text.length },
  );
  return undefined;
}

/** Offset of the first byte that is not part of a UTF-8 character. */
function firstBadByte(bytes: Uint8Array): number {
  let offset = 0;
  while (offset < bytes.length) {
    const lead = bytes[offset] ?? 0;
    const length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (length > 1 && !isUtf8(bytes.subarray(offset, offset + length))) return offset;
    offset += length;
  }
  return offset;
}
