import type { Socket } from "node:net";
import type { Batch, Clock } from "@tracecore/core";
import type { Service, TapListener, TapPlace } from "@tracecore/core/service";
import { lineOf, type BatchFrame, type TapOrder } from "./frames.ts";

/** A client that looks at a component. Disposing it takes the tap off; the socket stays. */
export type TapSession = Disposable;

export interface TapSessionOptions {
  readonly service: Pick<Service, "tap">;
  readonly clock: Clock;
  /** Bytes that may wait in the socket. */
  readonly bufferBytes: number;
}

/** How often the client hears of what was not shown, ms. */
const NOT_SHOWN_MS = 1_000;
/** A batch that took a millisecond to encode is followed by none for this many: a tap takes 5 % of the process at most. */
const REST = 19;

/**
 * Writes to `socket` what the client ordered. Nothing here waits for the client: what finds no room in the buffer is counted
 * and left out. Throws what {@link Service.tap} throws.
 */
export async function startTapSession(
  socket: Socket,
  { component, direction, signal, pipeline, rate, sample }: TapOrder,
  { service, clock, bufferBytes }: TapSessionOptions,
): Promise<TapSession> {
  const { encodeUpTo } = await import("@tracecore/otlp");
  const spacingMs = 1_000 / rate;
  const burstMs = Math.max(1_000, spacingMs);
  let seen = 0;
  let chosen = 0;
  let slow = 0;
  let broken = 0;
  /** The time that batches sent so far have used up. */
  let dueMs = Number.NEGATIVE_INFINITY;

  const mayShow = (now: number): boolean => {
    seen++;
    const sampled = Math.floor(seen * sample) > Math.floor((seen - 1) * sample);
    return sampled && Math.max(dueMs, now) + spacingMs - now <= burstMs;
  };
  const isFull = (more = 0): boolean => socket.writableLength + more > bufferBytes;

  const show = (batch: Batch, place: TapPlace): void => {
    const now = clock.monotonicMs();
    if (!mayShow(now)) {
      chosen++;
      return;
    }
    // A client that hangs must not cost the encoding either.
    if (socket.writableLength > bufferBytes / 2) {
      slow++;
      return;
    }
    let bytes: Uint8Array;
    try {
      bytes = encodeUpTo(batch, bufferBytes / 2);
    } catch {
      broken++; // Of a component that makes what it must not: exporters say more of it.
      return;
    }
    dueMs = Math.max(dueMs, now) + Math.max(spacingMs, (clock.monotonicMs() - now) * REST);
    if (isFull(bytes.length)) {
      slow++;
      return;
    }
    const frame: BatchFrame = { frame: "batch", place, items: batch.itemCount, bytes: bytes.length };
    socket.write(lineOf(frame));
    socket.write(bytes);
  };
  const tellNotShown = (): void => {
    if (chosen + slow + broken === 0 || isFull()) return;
    socket.write(lineOf({ frame: "not_shown", chosen, slow, broken }));
    chosen = 0;
    slow = 0;
    broken = 0;
  };
  const listener: TapListener = {
    batch(batch, place) {
      if (batch.itemCount > 0) show(batch, place);
    },
    rewired: (places) => void socket.write(lineOf({ frame: "places", places })),
    ended(reason) {
      tellNotShown();
      socket.end(lineOf({ frame: "end", reason }));
    },
  };
  const tap = service.tap({ component, direction, signal, pipeline }, listener);
  socket.write(lineOf({ frame: "places", places: tap.places }));
  const telling = clock.every(NOT_SHOWN_MS, tellNotShown);
  return {
    [Symbol.dispose]() {
      tap[Symbol.dispose]();
      void telling[Symbol.asyncDispose]();
    },
  };
}
