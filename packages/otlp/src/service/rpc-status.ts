import { checkMessage } from "../wire/count-items.ts";
import { retryInfoShape, statusShape } from "../wire/message-shape.ts";
import { WireReader } from "../wire/wire-reader.ts";
import { WireWriter } from "../wire/wire-writer.ts";

/** `google.rpc.Status` as OTLP uses it, with the one detail that matters to a sender. */
export interface RpcStatus {
  /** gRPC status code. */
  readonly code: number;
  readonly message: string;
  /** `google.rpc.RetryInfo`: how long the sender should wait, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

/** What fits into the seconds that are written here, ms: sixty years. */
const LONGEST_RETRY_MS = (2 ** 31 - 1) * 1000;

const RETRY_INFO = "type.googleapis.com/google.rpc.RetryInfo";

export function encodeStatus({ code, message, retryAfterMs }: RpcStatus): Uint8Array {
  const writer = new WireWriter(message.length + 128);
  if (retryAfterMs !== undefined) {
    const before = writer.length;
    const ms = Math.min(Math.ceil(retryAfterMs), LONGEST_RETRY_MS);
    writer.uint32(0x10, (ms % 1000) * 1e6);
    writer.uint32(0x08, Math.floor(ms / 1000));
    writer.head(0x0a, before);
    writer.head(0x12, before);
    writer.text(0x0a, RETRY_INFO);
    writer.head(0x1a, before);
  }
  writer.textOrNothing(0x12, message);
  writer.uint32(0x08, code);
  return writer.finish();
}

/** Throws `otlp-malformed`. */
export function decodeStatus(bytes: Uint8Array): RpcStatus {
  checkMessage(statusShape, bytes);
  const reader = new WireReader(bytes);
  let code = 0;
  let message = "";
  let retryAfterMs: number | undefined;
  while (reader.pos < bytes.length) {
    const tag = reader.uint32();
    if (tag === 0x08) code = reader.uint32();
    else if (tag === 0x12) message = reader.text();
    else if (tag === 0x1a) retryAfterMs = readDetail(reader, reader.end()) ?? retryAfterMs;
    else reader.skip(tag);
  }
  return { code, message, retryAfterMs };
}

/** `google.protobuf.Any`; undefined when it is no RetryInfo. */
function readDetail(reader: WireReader, end: number): number | undefined {
  let type = "";
  let from = 0;
  let to = 0;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === 0x0a) type = reader.text();
    else if (tag === 0x12) {
      to = reader.end();
      from = reader.pos;
      reader.pos = to;
    } else reader.skip(tag);
  }
  if (!type.endsWith("/google.rpc.RetryInfo")) return undefined;
  // What lies in an Any was not checked with the rest.
  const value = reader.bytes.subarray(from, to);
  checkMessage(retryInfoShape, value);
  return readRetryInfo(new WireReader(value));
}

function readRetryInfo(reader: WireReader): number {
  let ms = 0;
  while (reader.pos < reader.bytes.length) {
    const tag = reader.uint32();
    if (tag !== 0x0a) {
      reader.skip(tag);
      continue;
    }
    const end = reader.end();
    while (reader.pos < end) {
      const inner = reader.uint32();
      if (inner === 0x08) ms += Number(reader.varint64(true)) * 1000;
      else if (inner === 0x10) ms += Number(reader.varint64(true)) / 1e6;
      else reader.skip(inner);
    }
  }
  return Math.max(0, ms);
}
