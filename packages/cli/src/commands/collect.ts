import { systemClock } from "@tracecore/core";
import { duration } from "@tracecore/core/config";
import { TracecoreError, type LogLevel } from "@tracecore/core";
import { createLogger, type LogFormat, type RootLogger } from "@tracecore/core/service";
import type { Command, Invocation } from "../command.ts";
import { loadConfig, reportProblems } from "../config-files.ts";
import { configOptions, configRequest } from "../config-options.ts";
import { exitCodes } from "../exit-codes.ts";
import { hangupSignals } from "../process-signals.ts";
import { runCollector } from "../run-collector.ts";

const levels: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** Runs the collector. */
export const collect: Command = {
  name: "collect",
  summary: "Run the collector until it is told to stop (the default command)",
  positionals: ["[file…]"],
  options: {
    ...configOptions,
    watch: { type: "boolean", description: "Reload when a config file changes; SIGHUP does it as well." },
    "run-for": { type: "string", value: "duration", description: "Stop by itself after this time, for example 30s." },
    "log-level": { type: "string", value: "level", description: `${levels.join(", ")}; default info.` },
    "log-format": {
      type: "string",
      value: "format",
      description: "text (default) or json, one object a line.",
    },
  },
  examples: [
    "tracecore --config tracecore.yaml",
    "tracecore collect --config base.yaml --config site.yaml --watch",
    "tracecore --config tracecore.yaml --set receivers.clock.collection_interval=5s --run-for 1m",
  ],
  async run(invocation) {
    const { console, held } = invocation;
    using hangups = hangupSignals();
    const request = configRequest(invocation);
    const logger = loggerFor(invocation);
    const runForMs = runFor(invocation);
    const load = () => loadConfig(request, console, held);
    const loaded = await load();
    const readable = invocation.values["log-format"] !== "json";
    reportProblems(loaded, { console, logger, readable });
    if (loaded.config === undefined) return exitCodes.usage;
    return await runCollector({
      config: loaded.config,
      sources: loaded.sources,
      request,
      load,
      logger,
      console,
      readable,
      hangups,
      runForMs,
      watch: invocation.values["watch"] === true,
    });
  },
};

function loggerFor({ console, values }: Invocation): RootLogger {
  const level = (values["log-level"] as LogLevel | undefined) ?? "info";
  if (!levels.includes(level)) {
    throw new TracecoreError("usage", `--log-level: "${level}" is not a level`, {
      remedy: `Levels: ${levels.join(", ")}`,
    });
  }
  const format = (values["log-format"] as LogFormat | undefined) ?? "text";
  if (format !== "text" && format !== "json") {
    throw new TracecoreError("usage", `--log-format: "${String(format)}" is not a format`, {
      remedy: "Formats: text, json",
    });
  }
  return createLogger({ format, level, clock: systemClock, write: (line) => console.err(line) });
}

function runFor({ values }: Invocation): number | undefined {
  const text = values["run-for"] as string | undefined;
  if (text === undefined) return undefined;
  const parsed = duration().safeParse(text);
  if (!parsed.success) {
    throw new TracecoreError("usage", `--run-for: ${parsed.error.issues[0]?.message ?? "not a duration"}`);
  }
  return parsed.data;
}
