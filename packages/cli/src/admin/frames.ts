import type { Socket } from "node:net";
import type { TapPlace, TapRequest } from "@tracecore/core/service";

/**
 * What goes over the admin socket: the client writes one request, a line of JSON; the collector answers with frames, each
 * a line of JSON, which for a batch is followed by its bytes. Both sides are the same program; the number tells them apart
 * when they are not of the same version.
 */
export const PROTOCOL = 1;

/** The first line of a client. */
export type AdminRequest = WhoRequest | TapOrder;

/** Asks which collector this is. */
export interface WhoRequest {
  readonly tracecore: number;
  readonly ask: "who";
}

/** Asks for what passes a component. */
export interface TapOrder extends TapRequest {
  readonly tracecore: number;
  readonly ask: "tap";
  /** Batches a second at most. */
  readonly rate: number;
  /** Share of the batches, above 0 and up to 1. */
  readonly sample: number;
}

/** Which collector answers. */
export interface WhoFrame {
  readonly frame: "who";
  readonly pid: number;
  readonly version: string;
  readonly config: readonly string[];
}

/** Where the tap sits, at first and after each reload that changes it. */
export interface PlacesFrame {
  readonly frame: "places";
  readonly places: readonly TapPlace[];
}

/** A batch; `bytes` of OTLP protobuf follow the line. */
export interface BatchFrame {
  readonly frame: "batch";
  readonly place: TapPlace;
  /** Of the whole batch; fewer follow when it is too large for the buffer of the tap. */
  readonly items: number;
  readonly bytes: number;
}

/** Batches that were not sent since the last such frame. */
export interface NotShownFrame {
  readonly frame: "not_shown";
  /** Left out by `sample` or above `rate`. */
  readonly chosen: number;
  /** The client had not read what was sent before. */
  readonly slow: number;
  /** They cannot be written as OTLP. */
  readonly broken: number;
}

/** The last frame: nothing follows. */
export type LastFrame =
  | { readonly frame: "end"; readonly reason: string }
  | { readonly frame: "error"; readonly code: string; readonly message: string; readonly remedy?: string | undefined };

/** What a collector answers. */
export type AdminFrame = WhoFrame | PlacesFrame | BatchFrame | NotShownFrame | LastFrame;

/** A frame as it was read, with the bytes of a batch. */
export interface ReadFrame {
  readonly frame: AdminFrame;
  readonly payload: Uint8Array;
}

const NEWLINE = 0x0a;
const nothing = new Uint8Array();

/** The bytes of a frame without a payload, or of the line before one. */
export function lineOf(frame: AdminFrame | AdminRequest): string {
  return `${JSON.stringify(frame)}\n`;
}

/** Reads the frames of a collector until it ends. */
export async function* readFrames(socket: Socket): AsyncGenerator<ReadFrame> {
  let held: Buffer = Buffer.alloc(0);
  let frame: AdminFrame | undefined;
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    for (;;) {
      if (frame === undefined) {
        const end = held.indexOf(NEWLINE);
        if (end === -1) break;
        frame = JSON.parse(held.toString("utf8", 0, end)) as AdminFrame;
        held = held.subarray(end + 1);
      }
      const wanted = frame.frame === "batch" ? frame.bytes : 0;
      if (held.length < wanted) break;
      yield { frame, payload: wanted === 0 ? nothing : held.subarray(0, wanted) };
      held = held.subarray(wanted);
      frame = undefined;
    }
  }
}
