import type { MeterProvider } from "@opentelemetry/api";
import type { Consumers, ReceiverFactory } from "@tracecore/core";
import { configOf } from "./parse-config.ts";
import { start, type Running } from "./running.ts";
import { testSettings } from "./settings.ts";
import { recordingSink, type RecordingSink } from "./sinks.ts";

/** A receiver under test; its sink's points, records and spans are its own. */
export interface RunningReceiver
  extends Running, Pick<RecordingSink, "batches" | "points" | "logRecords" | "spans" | "clear"> {
  /** Moves the clock on by `ms`, default one second, and lets the receiver finish what that started. */
  tick(ms?: number): Promise<void>;
}

export interface RunReceiverOptions {
  /** Takes the place of the recording sink. */
  readonly next?: Consumers;
  readonly meterProvider?: MeterProvider;
}

/** Starts a receiver with the config in `yaml`. */
export async function runReceiver(
  factory: ReceiverFactory,
  yaml: string,
  { next, meterProvider }: RunReceiverOptions = {},
): Promise<RunningReceiver> {
  const config = configOf(factory, yaml);
  const sink = recordingSink();
  const running = await start(({ clock, logger }) =>
    factory.create(
      testSettings(factory.type, { logger, ...(meterProvider !== undefined && { meterProvider }) }),
      config,
      next ?? sink,
      { clock },
    ),
  );
  const shown = {
    batches: sink.batches,
    get points() {
      return sink.points;
    },
    get logRecords() {
      return sink.logRecords;
    },
    get spans() {
      return sink.spans;
    },
    clear: () => sink.clear(),
    tick: (ms = 1000) => running.clock.advance(ms),
  };
  return Object.defineProperties(running, Object.getOwnPropertyDescriptors(shown)) as RunningReceiver;
}
