import { resolve } from "node:path";
import { systemClock } from "@tracecore/core";
import { duration } from "@tracecore/core/config";
import { TracecoreError } from "@tracecore/core";
import { createLogger, logFormats, logLevels } from "@tracecore/core/service";
import { oneOf } from "../chosen-word.ts";
import type { Command, Invocation } from "../command.ts";
import { loadConfig, reportProblems } from "../config-files.ts";
import { configOptions, configRequest } from "../config-options.ts";
import { exitCodes } from "../exit-codes.ts";
import { hangupSignals } from "../process-signals.ts";
import { runCollector } from "../run-collector.ts";
import { smallHeap } from "../heap-growth.ts";

/** Runs the collector. */
export const collect: Command = {
  name: "collect",
  summary: "Run the collector until it is told to stop (the default command)",
  positionals: ["[file…]"],
  options: {
    ...configOptions,
    watch: { type: "boolean", description: "Reload when a config file changes; SIGHUP does it as well." },
    "run-for": { type: "string", value: "duration", description: "Stop by itself after this time, for example 30s." },
    "admin-socket": {
      type: "string",
      value: "path",
      files: true,
      description:
        "Socket for tracecore tap: a path, auto or off; default runtime.admin_socket of the config, else auto.",
    },
    "log-level": {
      type: "string",
      value: "level",
      description: `${logLevels.join(", ")}; default runtime.log_level of the config, else info.`,
    },
    "log-format": {
      type: "string",
      value: "format",
      description: "text, or json with one object a line; default runtime.log_format of the config, else text.",
    },
  },
  examples: [
    "tracecore --config tracecore.yaml",
    "tracecore collect --config base.yaml --config site.yaml --watch",
    "tracecore --config tracecore.yaml --set receivers.clock.collection_interval=5s --run-for 1m",
  ],
  async run(invocation) {
    const { console, held } = invocation;
    smallHeap();
    using hangups = hangupSignals();
    const request = configRequest(invocation);
    const level = oneOf(invocation, "log-level", ["a level", "Levels"], logLevels);
    const format = oneOf(invocation, "log-format", ["a format", "Formats"], logFormats);
    const runForMs = runFor(invocation);
    const load = () => loadConfig(request, console, held);
    const loaded = await load();
    const { log_level = "info", log_format = "text" } = loaded.config?.runtime ?? {};
    const readable = (format ?? log_format) !== "json";
    const logger = createLogger({
      format: format ?? log_format,
      level: level ?? log_level,
      clock: systemClock,
      write: (line) => console.err(line),
    });
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
      adminSocket: adminSocket(invocation),
      levelIsFixed: level !== undefined,
      watch: invocation.values["watch"] === true,
    });
  },
};

function runFor({ values }: Invocation): number | undefined {
  const text = values["run-for"] as string | undefined;
  if (text === undefined) return undefined;
  const parsed = duration().safeParse(text);
  if (!parsed.success) {
    throw new TracecoreError("usage", `--run-for: ${parsed.error.issues[0]?.message ?? "not a duration"}`);
  }
  return parsed.data;
}

function adminSocket({ values, console }: Invocation): string | undefined {
  const text = values["admin-socket"] as string | undefined;
  if (text === undefined || text === "auto" || text === "off") return text;
  if (text === "") throw new TracecoreError("usage", "--admin-socket: expected a path, auto or off");
  return resolve(console.cwd, text);
}
