import { deserialize, serialize } from "node:v8";

/**
 * Frames between the collector and the process that holds the library: length of the rest, number of the request, kind, content.
 * Both ends are of one version and one machine, so V8's own format will do.
 */
const HEADER_BYTES = 9;
/** Content is bytes as they are; otherwise a value. */
const KIND_BYTES = 1;
const KIND_VALUE = 0;

export interface Frame {
  readonly id: number;
  readonly content: unknown;
}

/** A frame for a value, or for bytes where `content` is a `Uint8Array`. */
export function frame(id: number, content: unknown): readonly Uint8Array[] {
  const bytes = content instanceof Uint8Array;
  const body = bytes ? content : serialize(content);
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header.writeUInt32LE(body.byteLength + HEADER_BYTES - 4, 0);
  header.writeUInt32LE(id, 4);
  header.writeUInt8(bytes ? KIND_BYTES : KIND_VALUE, 8);
  return [header, body];
}

/** Cuts a stream of bytes into frames; a part of a frame is kept until the rest has come. */
export function frameReader(onFrame: (frame: Frame) => void): (chunk: Buffer) => void {
  let parts: Buffer[] = [];
  let held = 0;
  let wanted = HEADER_BYTES;
  return (chunk) => {
    parts.push(chunk);
    held += chunk.length;
    while (held >= wanted) {
      const all = parts.length === 1 ? parts[0]! : Buffer.concat(parts, held);
      const length = all.readUInt32LE(0) + 4;
      if (held < length) {
        parts = [all];
        wanted = length;
        return;
      }
      const body = all.subarray(HEADER_BYTES, length);
      const rest = all.subarray(length);
      parts = rest.length === 0 ? [] : [rest];
      held = rest.length;
      wanted = HEADER_BYTES;
      onFrame({ id: all.readUInt32LE(4), content: all[8] === KIND_BYTES ? body : deserialize(body) });
    }
  };
}
