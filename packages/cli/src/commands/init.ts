import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { TracecoreError } from "@tracecore/core";
import type { Command } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { fileFailure } from "../file-failure.ts";

/** Writes a first config. */
export const init: Command = {
  name: "init",
  summary: "Write a commented first config",
  positionals: ["[file]"],
  options: { force: { type: "boolean", description: "Replace the file if it is there." } },
  examples: ["tracecore init", "tracecore init site.yaml"],
  run({ console, positionals: [file = "tracecore.yaml"], values }) {
    const path = resolve(console.cwd, file);
    try {
      writeFileSync(path, starterConfig, { flag: values["force"] === true ? "w" : "wx" });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") {
        throw new TracecoreError("file-exists", `${file} is there already`, {
          remedy: "Name another file, or replace it with --force",
        });
      }
      throw new TracecoreError("file-not-written", `cannot write ${file}: ${fileFailure(error)}`);
    }
    console.err(
      `wrote ${file}. Check it with "tracecore validate --config ${file}", run it with "tracecore --config ${file}".\n`,
    );
    return Promise.resolve(exitCodes.ok);
  },
};

/** The file that `tracecore init` writes. */
export const starterConfig = `# A tracecore config. Every option of a component stands in its README and in "tracecore schema".
# An ID is a type, or type/name where there are several of one type.

receivers:
  # The CPU, memory, disks, file systems and network of this machine (package @tracecore/receiver-hostmetrics).
  hostmetrics:
    collection_interval: 10s
    # Which parts to read; each takes options of its own.
    scrapers:
      cpu: {}
      memory: {}
      load: {}
      disk: {}
      filesystem: {}
      network: {}

exporters:
  # Serves Prometheus (package @tracecore/exporter-prom): http://localhost:9464/metrics
  prom:
    endpoint: localhost:9464

# What flows where. The name of a pipeline is its signal: metrics, logs or traces, or signal/name.
pipelines:
  metrics:
    receivers: [hostmetrics]
    exporters: [prom]

# What the collector shows of itself: /metrics, /healthz and /readyz. Off unless enabled.
telemetry:
  enabled: true
  listen: localhost:8888
`;
