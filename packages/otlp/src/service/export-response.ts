import { checkMessage } from "../wire/count-items.ts";
import { malformed } from "../wire/malformed.ts";
import { responseShape } from "../wire/message-shape.ts";
import { WireReader } from "../wire/wire-reader.ts";
import { WireWriter } from "../wire/wire-writer.ts";

/** What a backend says of a request that it took: how many items it did not take, and why. */
export interface ExportResponse {
  readonly rejectedItems: number;
  readonly message: string;
}

/** ExportMetricsServiceResponse and its like, which are alike on the wire; empty bytes when everything was taken. */
export function encodeExportResponse({ rejectedItems, message }: ExportResponse): Uint8Array {
  if (rejectedItems === 0 && message === "") return new Uint8Array();
  const writer = new WireWriter(message.length + 64);
  writer.textOrNothing(0x12, message);
  if (rejectedItems > 0) {
    writer.varint64(BigInt(rejectedItems));
    writer.varint(0x08);
  }
  writer.head(0x0a, 0);
  return writer.finish();
}

/** Throws `otlp-malformed`. */
export function decodeExportResponse(bytes: Uint8Array): ExportResponse {
  checkMessage(responseShape, bytes);
  const reader = new WireReader(bytes);
  let rejectedItems = 0;
  let message = "";
  while (reader.pos < bytes.length) {
    const tag = reader.uint32();
    if (tag !== 0x0a) {
      reader.skip(tag);
      continue;
    }
    const end = reader.end();
    while (reader.pos < end) {
      const inner = reader.uint32();
      if (inner === 0x08) rejectedItems = Number(reader.varint64(true));
      else if (inner === 0x12) message = reader.text();
      else reader.skip(inner);
    }
  }
  return { rejectedItems, message };
}

/** The names of the count in JSON, by signal. */
const rejectedNames = { metrics: "rejectedDataPoints", logs: "rejectedLogRecords", traces: "rejectedSpans" } as const;

/** The same in JSON. */
export function encodeExportResponseJson(signal: keyof typeof rejectedNames, response: ExportResponse): string {
  const { rejectedItems, message } = response;
  if (rejectedItems === 0 && message === "") return "{}";
  return JSON.stringify({
    partialSuccess: {
      ...(rejectedItems > 0 && { [rejectedNames[signal]]: String(rejectedItems) }),
      ...(message !== "" && { errorMessage: message }),
    },
  });
}

/** Throws `otlp-malformed`. */
export function decodeExportResponseJson(signal: keyof typeof rejectedNames, text: string): ExportResponse {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text === "" ? "{}" : text);
  } catch {
    throw malformed("the response is no JSON");
  }
  const { partialSuccess } = (parsed ?? {}) as { partialSuccess?: Record<string, unknown> };
  const rejected = Number(partialSuccess?.[rejectedNames[signal]] ?? 0);
  const message = partialSuccess?.["errorMessage"];
  return {
    rejectedItems: Number.isSafeInteger(rejected) && rejected > 0 ? rejected : 0,
    message: typeof message === "string" ? message : "",
  };
}
