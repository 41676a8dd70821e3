import { manualClock, type ManualClock } from "@tracecore/core";
import {
  startSelfTelemetry,
  telemetryConfig,
  type SelfTelemetry,
  type SelfTelemetryOptions,
} from "../src/selftelemetry.ts";
import { capturedLogger } from "./captured-logger.ts";
import { ask, type Answer, type AskOptions } from "../../core/test/http/requests.ts";

/** Self-telemetry on a port of its own. */
export interface Running extends AsyncDisposable {
  readonly telemetry: SelfTelemetry;
  readonly clock: ManualClock;
  readonly lines: string[];
  readonly port: number;
  get(path: string, options?: Omit<AskOptions, "port" | "path">): Promise<Answer>;
  /** The lines of the exposition without comments, and without the label of the scope. */
  samples(): Promise<string[]>;
}

export interface RunningOptions extends Partial<Omit<SelfTelemetryOptions, "config" | "logger" | "clock">> {
  /** Of the block `telemetry`, beside `enabled` and `listen`. */
  readonly config?: Record<string, unknown>;
}

export async function running({ config = {}, ...options }: RunningOptions = {}): Promise<Running> {
  const clock = manualClock();
  const logger = capturedLogger();
  const telemetry = await startSelfTelemetry({
    buildInfo: { command: "tracecore", description: "", version: "1.2.3" },
    ready: () => true,
    ...options,
    config: telemetryConfig.parse({ enabled: true, listen: "127.0.0.1:0", ...config }),
    logger,
    clock,
  });
  const port = Number(new URL(telemetry.urls()[0]!).port);
  const get: Running["get"] = (path, more = {}) => ask({ port, path, ...more });
  return {
    telemetry,
    clock,
    get lines() {
      return logger.lines;
    },
    port,
    get,
    async samples() {
      const { text } = await get("/metrics");
      const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
      return lines.map((line) =>
        line
          .replace(/,?otel_scope_name="[^"]*"/, "")
          .replace("{}", "")
          .replace(/ +/, " "),
      );
    },
    [Symbol.asyncDispose]: async () => {
      const closed = telemetry.shutdown();
      await clock.advance(1_000);
      await closed;
    },
  };
}
