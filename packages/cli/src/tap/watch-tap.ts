import { oneLine, TracecoreError, type Batch, type Clock } from "@tracecore/core";
import { readFrames, type BatchFrame, type ReadFrame, type TapOrder } from "../admin/frames.ts";
import { styled, type Console } from "../console.ts";
import { exitCodes } from "../exit-codes.ts";
import { ask } from "./find-collector.ts";
import { batchText, placeText } from "./show-batch.ts";

export interface TapWatch {
  readonly path: string;
  readonly order: TapOrder;
  readonly format: "text" | "json";
  readonly choose: (batch: Batch) => Batch;
  /** Items of a batch that text shows. */
  readonly items: number;
  /** Batches to show. */
  readonly limit: number;
  readonly forMs: number | undefined;
  readonly console: Console;
  readonly clock: Clock;
}

/** Writes what a collector shows until it ends, the limit or the time is reached, or the user stops it. */
export async function watchTap(watch: TapWatch): Promise<number> {
  const { path, order, limit, forMs, console, clock } = watch;
  const otlp = await import("@tracecore/otlp");
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  process.once("SIGINT", onSignal);
  process.once("SIGTERM", onSignal);
  const socket = ask(path, order);
  stop.signal.addEventListener("abort", () => socket.destroy(), { once: true });
  const timer = forMs === undefined ? undefined : clock.sleep(forMs, stop.signal).then(onSignal);
  const counts: Counts = { shown: 0, items: 0, chosen: 0, slow: 0, broken: 0 };
  const say = (text: string): void => console.err(`${styled(console, "dim", `tap: ${oneLine(text)}`)}\n`);

  const show = ({ place, items }: BatchFrame, payload: Uint8Array): void => {
    const batch = watch.choose(otlp.ownRequest(place.signal, payload));
    if (batch.itemCount === 0) return;
    counts.shown++;
    counts.items += batch.itemCount;
    const json = (): string => `${otlp.encodeJson(batch)}\n`;
    console.out(watch.format === "json" ? json() : batchText(batch, { place, items, most: watch.items }));
  };
  let ended = false;
  const take = ({ frame, payload }: ReadFrame): void => {
    switch (frame.frame) {
      case "batch":
        show(frame, payload);
        break;
      case "places":
        for (const place of frame.places) say(placeText(place));
        break;
      case "not_shown":
        counts.chosen += frame.chosen;
        counts.slow += frame.slow;
        counts.broken += frame.broken;
        if (frame.slow > 0) say(`${count(frame.slow, "batch", "batches")} not shown: this reader is too slow`);
        break;
      case "end":
        ended = true;
        say(`${frame.reason}; there is nothing more to see`);
        break;
      case "error": {
        const { code, message, remedy } = frame;
        throw new TracecoreError(code, message, remedy === undefined ? {} : { remedy });
      }
      case "who":
        break;
    }
  };
  try {
    for await (const one of readFrames(socket)) {
      take(one);
      if (counts.shown >= limit || console.outClosed === true) stop.abort();
      if (stop.signal.aborted) break;
    }
  } catch (error) {
    if (error instanceof TracecoreError || !stop.signal.aborted) throw lost(error);
  } finally {
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
    socket.destroy();
    ended ||= stop.signal.aborted;
    stop.abort();
    await timer;
  }
  if (!ended) throw lost(undefined);
  say(summary(counts));
  return exitCodes.ok;
}

function lost(error: unknown): unknown {
  if (error instanceof TracecoreError) return error;
  return new TracecoreError("tap-lost", "the collector went away while it was looked at", {
    ...(error !== undefined && { cause: error }),
    remedy: "Look at its log",
  });
}

interface Counts {
  shown: number;
  items: number;
  chosen: number;
  slow: number;
  broken: number;
}

function summary({ shown, items, chosen, slow, broken }: Counts): string {
  const why = [
    chosen > 0 ? `${chosen} above --rate or left out by --sample` : "",
    slow > 0 ? `${slow} for which this reader was too slow` : "",
    broken > 0 ? `${broken} that cannot be written as OTLP` : "",
  ].filter((text) => text !== "");
  const not = count(chosen + slow + broken, "batch", "batches");
  return `${count(shown, "batch", "batches")} with ${count(items, "item", "items")} shown${why.length === 0 ? "" : `; ${not} not shown: ${why.join(", ")}`}`;
}

function count(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`;
}
