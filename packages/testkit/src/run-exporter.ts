import type { MeterProvider } from "@opentelemetry/api";
import {
  ConsumeError,
  type Batch,
  type Consumer,
  type ExporterFactory,
  type Sink,
  type SinkComponent,
} from "@tracecore/core";
import { configOf } from "./parse-config.ts";
import { start, type Running } from "./running.ts";
import { testSettings } from "./settings.ts";

/** An exporter under test. */
export interface RunningExporter extends Running {
  /** Hands it a batch, as a pipeline does. */
  consume(batch: Batch): Promise<void>;
  /** What its `start` gave back. */
  readonly sink: Sink;
}

export interface RunExporterOptions {
  readonly meterProvider?: MeterProvider;
}

/** Starts an exporter with the config in `yaml`. */
export async function runExporter(
  factory: ExporterFactory,
  yaml: string,
  { meterProvider }: RunExporterOptions = {},
): Promise<RunningExporter> {
  const config = configOf(factory, yaml);
  let component: SinkComponent | undefined;
  const running = await start(({ clock, logger }) => {
    const settings = testSettings(factory.type, { logger, ...(meterProvider !== undefined && { meterProvider }) });
    component = factory.create(settings, config, { clock });
    return component;
  });
  const sink = component!.running();
  return Object.assign(running, { sink, consume: (batch: Batch) => consume(sink, batch) });
}

/** Gives `batch` to the consumer of its signal. */
export async function consume(sink: Sink, batch: Batch): Promise<void> {
  const consumer: Consumer<Batch> | undefined = sink[batch.signal];
  if (consumer === undefined) throw new ConsumeError(`the component takes no ${batch.signal}`, { retryable: false });
  await consumer.consume(batch, new AbortController().signal);
}
