import { manualClock, type Consumers, type ManualClock, type ReceiverContext } from "@tracecore/core";
import { numberPoints, POINT_NO_VALUE, scope, type NumberPoint } from "@tracecore/core/pdata";
import { capturingReceiver } from "@tracecore/core/selftelemetry";
import { recordingSink, testHost, testLogger, testSettings } from "@tracecore/testkit";
import { loadBlock } from "@tracecore/core/service";
import { dcgmReceiver } from "../src/receiver.ts";

/** A receiver whose self-telemetry is written down. */
export interface RunningDcgm extends AsyncDisposable {
  readonly clock: ManualClock;
  readonly sink: ReturnType<typeof recordingSink>;
  readonly logger: ReturnType<typeof testLogger>;
  readonly host: ReturnType<typeof testHost>;
  readonly telemetry: ReturnType<typeof capturingReceiver>;
  /** Kinds of the errors that were counted so far. */
  readonly kinds: string[];
  /** Moves the time on and forgets what was emitted before. */
  next(ms: number): Promise<void>;
  /** The points of the last batches of a metric that have a value, as `attributes value`. */
  values(name: string, ...attributes: readonly string[]): string[];
  points(name: string): NumberPoint[];
  /** Names of the series that were ended. */
  ended(): string[];
}

interface Startable {
  start(config: unknown, ctx: ReceiverContext): Promise<AsyncDisposable>;
}

/** Starts the receiver with YAML; its first tick has passed. */
export async function running(
  yaml: string,
  consumers?: Partial<Consumers>,
  clock: ManualClock = manualClock(),
): Promise<RunningDcgm> {
  const sink = recordingSink();
  const logger = testLogger();
  const host = testHost();
  const telemetry = capturingReceiver();
  const next = { ...sink, ...consumers };
  const ctx: ReceiverContext = {
    settings: testSettings("dcgm", { logger }),
    host,
    clock,
    signal: new AbortController().signal,
    scope: scope({ name: "test" }),
    dropped: () => {},
    telemetry,
    next: { ...next, wired: () => true, dropped: () => {} },
  };
  const sources = [{ file: "config.yaml", bytes: new TextEncoder().encode(yaml) }];
  const { value: config } = loadBlock<unknown>(dcgmReceiver.config, { sources, env: {} });
  const instance = await (dcgmReceiver as unknown as Startable).start(config, ctx);
  await clock.advance(0);
  const all = (hasValue: boolean): NumberPoint[] =>
    sink.batches.flatMap((batch) =>
      batch.signal === "metrics"
        ? [...numberPoints(batch)].filter((_, i) => ((batch.numbers.flags[i]! & POINT_NO_VALUE) === 0) === hasValue)
        : [],
    );
  const points = (name: string): NumberPoint[] => all(true).filter((point) => point.name === name);
  return {
    clock,
    sink,
    logger,
    host,
    telemetry,
    get kinds() {
      return telemetry.callsOf("incError").map(([kind]) => kind);
    },
    async next(ms) {
      sink.clear();
      await clock.advance(ms);
    },
    points,
    ended: () => all(false).map(({ name }) => name),
    values: (name, ...attributes) =>
      points(name).map(({ attributes: set, value }) =>
        [...attributes.map((key) => JSON.stringify(set[key])?.replaceAll('"', "") ?? "undefined"), String(value)].join(
          " ",
        ),
      ),
    [Symbol.asyncDispose]: () => Promise.resolve(instance[Symbol.asyncDispose]()),
  };
}
