import type { MeterProvider } from "@opentelemetry/api";
import type { Batch, ConnectorFactory, Consumers, ProcessorFactory, SinkComponent } from "@tracecore/core";
import { configOf } from "./parse-config.ts";
import { consume } from "./run-exporter.ts";
import { start, type Running } from "./running.ts";
import { testSettings } from "./settings.ts";
import { recordingSink, type RecordingSink } from "./sinks.ts";

/** A processor or connector under test; `out` is what comes after it. */
export interface RunningProcessor extends Running {
  consume(batch: Batch): Promise<void>;
  readonly out: RecordingSink;
}

export interface RunProcessorOptions {
  /** Takes the place of the recording sink. */
  readonly next?: Consumers;
  readonly meterProvider?: MeterProvider;
}

/** Starts a processor or connector with the config in `yaml`. */
export async function runProcessor(
  factory: ProcessorFactory | ConnectorFactory,
  yaml: string,
  { next, meterProvider }: RunProcessorOptions = {},
): Promise<RunningProcessor> {
  const config = configOf(factory, yaml);
  const out = recordingSink();
  let component: SinkComponent | undefined;
  const running = await start(({ clock, logger }) => {
    const settings = testSettings(factory.type, { logger, ...(meterProvider !== undefined && { meterProvider }) });
    component = factory.create(settings, config, next ?? out, { clock });
    return component;
  });
  return Object.assign(running, { out, consume: (batch: Batch) => consume(component!.running(), batch) });
}
