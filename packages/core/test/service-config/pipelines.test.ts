import { describe, expect, test } from "vitest";
import { load, problemsOf } from "./fake-plugins.ts";

const components = `receivers: { clock: , otlp: }
processors: { batch: }
exporters: { debug: , prom: }
connectors: { forward: , forward/back: , count: }
extensions: { zpages: , health_check: }
`;

/** The problems of these pipelines, without warnings about what they leave out. */
async function pipelineProblems(pipelines: string, more = ""): Promise<string[]> {
  const lines = await problemsOf(`${components}${more}pipelines:\n${pipelines}`);
  return lines.filter((line) => !line.endsWith("[component-unused]"));
}

describe("the check of pipelines", () => {
  test.each([
    {
      name: "a signal that a receiver does not produce",
      pipelines: "  logs: { receivers: [clock], exporters: [debug] }",
      problems: [
        'config.yaml:7:23: pipelines.logs.receivers[0]: the receiver "clock" produces metrics, not logs. Move it to a metrics pipeline. [pipeline-signal-not-supported]',
      ],
    },
    {
      name: "a signal that an exporter does not accept",
      pipelines: "  traces/a: { receivers: [otlp], exporters: [prom] }",
      problems: [
        'config.yaml:7:46: pipelines.traces/a.exporters[0]: the exporter "prom" accepts metrics, not traces. Move it to a metrics pipeline. [pipeline-signal-not-supported]',
      ],
    },
    {
      name: "an unknown signal",
      pipelines: "  metric: { receivers: [clock], exporters: [debug] }",
      problems: [
        'config.yaml:7:3: pipelines.metric: "metric" is not a signal: a pipeline is called traces, metrics, logs or, for example, metrics/host. Did you mean "metrics"? [pipeline-id-invalid]',
      ],
    },
    {
      name: "an empty name",
      pipelines: "  metrics/: { receivers: [clock], exporters: [debug] }",
      problems: [
        'config.yaml:7:3: pipelines.metrics/: the name after the slash must not be empty or hold white space. Write, for example, "metrics/host". [pipeline-id-invalid]',
      ],
    },
    {
      name: "no receivers and no exporters",
      pipelines: "  metrics:\n    receivers: []\n",
      problems: [
        'config.yaml:7:3: pipelines.metrics: the pipeline has no exporters. Add "exporters: [name]"; connectors count. [pipeline-without-exporters]',
        'config.yaml:8:5: pipelines.metrics.receivers: the pipeline has no receivers. Add "receivers: [name]"; connectors count. [pipeline-without-receivers]',
      ],
    },
    {
      name: "a text for a list, and an unknown list",
      pipelines: "  metrics: { receivers: clock, exporter: [debug], exporters: [debug] }",
      problems: [
        'config.yaml:7:25: pipelines.metrics.receivers: expected a list of receivers, got "clock". Put it in brackets. [config-invalid-value]',
        'config.yaml:7:32: pipelines.metrics.exporter: unknown option. Did you mean "exporters"? [config-unknown-option]',
      ],
    },
    {
      name: "a number for a component",
      pipelines: "  metrics: { receivers: [5], exporters: [debug] }",
      problems: [
        "config.yaml:7:26: pipelines.metrics.receivers[0]: expected the ID of a component, got 5. [config-invalid-value]",
      ],
    },
    {
      name: "a component that is not defined",
      pipelines: "  metrics: { receivers: [clok], processors: [batches], exporters: [debug] }",
      problems: [
        'config.yaml:7:26: pipelines.metrics.receivers[0]: no receiver "clok" is defined. Defined: clock, otlp, forward, forward/back, count. [pipeline-unknown-component]',
        'config.yaml:7:46: pipelines.metrics.processors[0]: no processor "batches" is defined. Defined: batch. [pipeline-unknown-component]',
      ],
    },
    {
      name: "components in the wrong list",
      pipelines: "  metrics: { receivers: [debug], processors: [forward], exporters: [clock, zpages] }",
      problems: [
        'config.yaml:7:26: pipelines.metrics.receivers[0]: "debug" is an exporter, not a receiver. Move it to exporters, or define a receiver "debug". [pipeline-wrong-list]',
        'config.yaml:7:47: pipelines.metrics.processors[0]: "forward" is a connector, not a processor. Move it to receivers or exporters. [pipeline-wrong-list]',
        'config.yaml:7:69: pipelines.metrics.exporters[0]: "clock" is a receiver, not an exporter. Move it to receivers, or define an exporter "clock". [pipeline-wrong-list]',
        'config.yaml:7:76: pipelines.metrics.exporters[1]: "zpages" is an extension, not an exporter. Move it to service.extensions. [pipeline-wrong-list]',
      ],
    },
    {
      name: "a component twice",
      pipelines: "  metrics: { receivers: [clock], processors: [batch, batch], exporters: [debug, debug] }",
      problems: [
        'config.yaml:7:54: pipelines.metrics.processors[1]: "batch" stands in the list twice. To run it twice, define a second one such as "batch/2". [pipeline-duplicate-component]',
        'config.yaml:7:81: pipelines.metrics.exporters[1]: "debug" stands in the list twice. Remove one. [pipeline-duplicate-component]',
      ],
    },
    {
      name: "a connector on one side",
      pipelines: "  metrics: { receivers: [clock], exporters: [forward] }",
      problems: [
        'config.yaml:7:46: pipelines.metrics.exporters[0]: the connector "forward" is only among the exporters of pipelines. Add it to the receivers of another pipeline. [connector-one-sided]',
      ],
    },
    {
      name: "a connector between signals that it cannot join",
      pipelines:
        "  metrics: { receivers: [clock], exporters: [count] }\n  logs: { receivers: [otlp], exporters: [count] }\n  metrics/out: { receivers: [count], exporters: [debug] }\n  traces/out: { receivers: [count], exporters: [debug] }",
      problems: [
        'config.yaml:7:46: pipelines.metrics.exporters[0]: the connector "count" does not lead from metrics to metrics or traces. It leads from logs to metrics, traces to metrics. [connector-route-not-supported]',
        'config.yaml:10:29: pipelines.traces/out.receivers[0]: the connector "count" does not lead from metrics or logs to traces. It leads from logs to metrics, traces to metrics. [connector-route-not-supported]',
      ],
    },
    {
      name: "a circle through two connectors",
      pipelines:
        "  metrics: { receivers: [clock, forward/back], exporters: [debug, forward] }\n  metrics/b: { receivers: [forward], exporters: [forward/back] }",
      problems: [
        "config.yaml:7:67: pipelines.metrics.exporters[1]: data would go round in a circle: forward -> metrics/b -> forward/back -> metrics -> forward. Take one of the connectors out of the exporters of a pipeline. [pipeline-cycle]",
      ],
    },
    {
      name: "no circle where a connector cannot lead on",
      pipelines:
        "  logs: { receivers: [otlp], exporters: [count] }\n  metrics: { receivers: [count], exporters: [count, debug] }",
      problems: [
        'config.yaml:8:46: pipelines.metrics.exporters[0]: the connector "count" does not lead from metrics to metrics. It leads from logs to metrics, traces to metrics. [connector-route-not-supported]',
      ],
    },
    {
      name: "a circle into which another pipeline leads, at the place where it can be cut",
      pipelines:
        "  metrics: { receivers: [clock], exporters: [forward] }\n  metrics/b: { receivers: [forward], exporters: [debug, forward] }",
      problems: [
        "config.yaml:8:57: pipelines.metrics/b.exporters[1]: data would go round in a circle: forward -> metrics/b -> forward. Take one of the connectors out of the exporters of a pipeline. [pipeline-cycle]",
      ],
    },
    {
      name: "a pipeline that feeds itself",
      pipelines: "  logs: { receivers: [otlp, forward], exporters: [forward] }",
      problems: [
        "config.yaml:7:51: pipelines.logs.exporters[0]: data would go round in a circle: forward -> logs -> forward. Take one of the connectors out of the exporters of a pipeline. [pipeline-cycle]",
      ],
    },
  ])("refuses $name", async ({ pipelines, problems }) => {
    expect(await pipelineProblems(pipelines)).toEqual(problems);
  });

  test("refuses an ID that a receiver and a connector share", async () => {
    const config = `receivers: { prom: , otlp: }\nexporters: { debug: }\nconnectors: { otlp: }\npipelines: { logs: { receivers: [otlp], exporters: [debug] } }\n`;
    expect(await problemsOf(config)).toContain(
      'config.yaml:4:34: pipelines.logs.receivers[0]: both a receiver and a connector are called "otlp". Give one of them another name. [component-id-ambiguous]',
    );
  });

  test("takes connectors that lead from several pipelines to several", async () => {
    const { config, problems } = await load(
      `${components}pipelines:
  logs: { receivers: [otlp], exporters: [count, forward] }
  logs/out: { receivers: [forward], processors: [batch], exporters: [debug] }
  traces: { receivers: [otlp], exporters: [count, debug] }
  metrics: { receivers: [clock, count], exporters: [prom] }
`,
    );
    expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(
      config?.pipelines.map(({ id, signal, receivers, processors, exporters }) => ({
        id,
        signal,
        receivers,
        processors,
        exporters,
      })),
    ).toEqual([
      { id: "logs", signal: "logs", receivers: ["otlp"], processors: [], exporters: ["count", "forward"] },
      { id: "logs/out", signal: "logs", receivers: ["forward"], processors: ["batch"], exporters: ["debug"] },
      { id: "traces", signal: "traces", receivers: ["otlp"], processors: [], exporters: ["count", "debug"] },
      { id: "metrics", signal: "metrics", receivers: ["clock", "count"], processors: [], exporters: ["prom"] },
    ]);
    expect(config?.components.map(({ kind, id }) => `${kind} ${id}`)).toEqual([
      "receiver clock",
      "receiver otlp",
      "processor batch",
      "exporter debug",
      "exporter prom",
      "connector forward",
      "connector count",
      "extension zpages",
      "extension health_check",
    ]);
  });

  test("warns of components that no pipeline uses, and keeps them out of those to start", async () => {
    const { config, problems } = await load(
      "receivers: { clock: , otlp: }\nexporters: { debug: }\npipelines: { metrics: { receivers: [clock], exporters: [debug] } }\n",
    );
    expect(problems).toEqual([
      {
        code: "component-unused",
        path: "receivers.otlp",
        message: 'the receiver "otlp" is defined, and no pipeline uses it',
        remedy: "Add it to a pipeline, or remove it.",
        severity: "warning",
        position: { file: "config.yaml", line: 1, col: 23 },
      },
    ]);
    expect(config?.components.map(({ id }) => id)).toEqual(["clock", "debug"]);
    expect(config?.unused.map(({ id }) => id)).toEqual(["otlp"]);
  });
});

describe("the list of extensions", () => {
  const pipelines = "  metrics: { receivers: [clock], exporters: [debug] }\n";

  test("decides which extensions start, and in which order", async () => {
    const { config } = await load(
      `${components}service: { extensions: [health_check, zpages] }\npipelines:\n${pipelines}`,
    );
    expect(config?.extensions).toEqual(["health_check", "zpages"]);
  });

  test("may be left out: then all start as they are defined", async () => {
    const { config } = await load(`${components}pipelines:\n${pipelines}`);
    expect(config?.extensions).toEqual(["zpages", "health_check"]);
  });

  test("is checked like the lists of pipelines", async () => {
    expect(await pipelineProblems(pipelines, "service: { extensions: [zpages, zpages, nope, clock, 5] }\n")).toEqual([
      'config.yaml:5:25: extensions.health_check: the extension "health_check" is defined, and does not start. Add it to service.extensions, or remove it. [extension-not-listed]',
      'config.yaml:6:33: service.extensions[1]: "zpages" stands in the list twice. Remove one. [pipeline-duplicate-component]',
      'config.yaml:6:41: service.extensions[2]: no extension "nope" is defined. Defined: zpages, health_check. [pipeline-unknown-component]',
      'config.yaml:6:47: service.extensions[3]: "clock" is a receiver, not an extension. Move it to receivers, or define an extension "clock". [pipeline-wrong-list]',
      "config.yaml:6:54: service.extensions[4]: expected the ID of an extension, got 5. [config-invalid-value]",
    ]);
  });
});
