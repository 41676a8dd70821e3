import { describe, expect, test } from "vitest";
import { pipeline, problemsOf } from "./fake-plugins.ts";

/** A config that is in order but for the part in front of it. */
const sound = `receivers: { clock: {} }\nexporters: { debug: {} }\n${pipeline}`;
const NO_PIPELINE =
  'pipelines: no pipeline is defined. Add one, such as "pipelines: { metrics: { receivers: [clock], exporters: [stdout] } }". [pipeline-none]';

interface Case {
  readonly name: string;
  readonly config: string;
  readonly problems: readonly string[];
}

const syntax: readonly Case[] = [
  {
    name: "an empty file",
    config: "",
    problems: [
      'config.yaml:1:1: config: the file is empty. Begin with "receivers:"; "tracecore init" writes a config to start from. [config-empty]',
    ],
  },
  {
    name: "a file of comments",
    config: "# nothing\n",
    problems: [
      'config.yaml:1:1: config: the file holds no option. Begin with "receivers:"; "tracecore init" writes a config to start from. [config-empty]',
    ],
  },
  {
    name: "a list at the top",
    config: "- receivers\n",
    problems: [
      'config.yaml:1:1: config: expected a map of options, got a list. Begin with "receivers:". [config-not-a-map]',
    ],
  },
  {
    name: "a forgotten space at the top",
    config: "receivers:clock\n",
    problems: [
      'config.yaml:1:1: config: expected a map of options, got "receivers:clock". Put a space after the colon. [config-not-a-map]',
    ],
  },
  {
    name: "a tab that indents",
    config: "receivers:\n  clock:\n\tinterval: 1s\n",
    problems: [
      "config.yaml:3:1: yaml: the line is indented with a tab, which YAML does not allow. Replace the tab with spaces. [config-yaml-tab]",
    ],
  },
  {
    name: "a tab after spaces",
    config: "receivers:\n  clock:\n  \tinterval: 1s\n",
    problems: [
      "config.yaml:3:3: yaml: the line is indented with a tab, which YAML does not allow. Replace the tab with spaces. [config-yaml-tab]",
    ],
  },
  {
    name: "a second colon",
    config: "receivers:\n  clock:\n    interval: 1s: 2s\n",
    problems: [
      'config.yaml:3:15: yaml: there is a second ": " on the line. Put the value in quotes, or begin a new line. [config-yaml-syntax]',
    ],
  },
  {
    name: "an open quotation mark",
    config: 'receivers:\n  clock:\n    interval: "1s\n',
    problems: ["config.yaml:3:15: yaml: the quotation mark is not closed. Close it. [config-yaml-syntax]"],
  },
  {
    name: "an open bracket",
    config: "receivers: { clock: {}\nexporters: {}\n",
    problems: [
      "config.yaml:2:1: yaml: the brackets are not closed, or stand too far to the left. Close and indent them. [config-yaml-syntax]",
    ],
  },
  {
    name: "two documents",
    config: "receivers: {}\n---\nexporters: {}\n",
    problems: [
      'config.yaml:2:1: yaml: a second YAML document begins. Keep one in each file, and give each file with a "--config" of its own. [config-yaml-syntax]',
    ],
  },
  {
    name: "a value that begins with @",
    config: "receivers: @clock\n",
    problems: [
      "config.yaml:1:12: yaml: a value cannot begin with a reserved character @. Put it in quotes. [config-yaml-syntax]",
    ],
  },
  {
    name: "an unknown tag",
    config: "receivers: !append {}\n",
    problems: [
      'config.yaml:1:12: yaml: the tag "!append" is not known or does not fit. Remove it. [config-yaml-syntax]',
    ],
  },
  {
    name: "an unknown escape sequence",
    config: 'receivers: { clock: { labels: { a: "\\q" } } }\n',
    problems: [
      "config.yaml:1:37: yaml: \\q is no escape sequence. Double the backslash, or use single quotes. [config-yaml-syntax]",
    ],
  },
  {
    name: "a variable inside brackets",
    config: "receivers: { clock: { interval: ${I} } }\n",
    problems: [
      'config.yaml:1:34: yaml: a variable stands inside brackets without quotes. Put it in quotes: "${env:NAME}". [config-yaml-syntax]',
    ],
  },
  {
    name: "several syntax errors",
    config: 'a: b: c\nd: "\\q"\n',
    problems: [
      'config.yaml:1:4: yaml: there is a second ": " on the line. Put the value in quotes, or begin a new line. [config-yaml-syntax]',
      "config.yaml:2:5: yaml: \\q is no escape sequence. Double the backslash, or use single quotes. [config-yaml-syntax]",
    ],
  },
  {
    name: "a key that is given twice",
    config: `telemetry: {}\ntelemetry: { enabled: true }\n${sound}`,
    problems: [
      'config.yaml:2:1: telemetry: "telemetry" is given twice, first on line 1. Keep one of the two. [config-duplicate-key]',
    ],
  },
  {
    name: "an alias without an anchor",
    config: `telemetry: *t\n${sound}`,
    problems: [
      'config.yaml:1:12: telemetry: no anchor "&t" comes before this alias. Put a text that begins with * in quotes. [config-yaml-alias]',
    ],
  },
  {
    name: "an alias inside its own anchor",
    config: `telemetry: &t { a: *t }\n${sound}`,
    problems: [
      'config.yaml:1:20: telemetry.a: the alias "*t" stands inside its own anchor. Remove the alias. [config-yaml-alias]',
    ],
  },
  {
    name: "a merge of something else than a map",
    config: `telemetry: { <<: 5 }\n${sound}`,
    problems: [
      'config.yaml:1:18: telemetry.<<: "<<" joins maps, and this is none. Write "<<: *name" with the anchor of a map. [config-yaml-alias]',
    ],
  },
  {
    name: "a list as a key",
    config: `telemetry: { [a]: 5 }\n${sound}`,
    problems: ["config.yaml:1:14: telemetry: a key must be a text. Put it in quotes. [config-yaml-syntax]"],
  },
];

const values: readonly Case[] = [
  {
    name: "a misspelt section",
    config: `reciever: {}\n${sound}`,
    problems: ['config.yaml:1:1: reciever: unknown option. Did you mean "receivers"? [config-unknown-option]'],
  },
  {
    name: "a section that is nothing like any",
    config: `xyz: {}\n${sound}`,
    problems: [
      "config.yaml:1:1: xyz: unknown option. Known options: receivers, processors, exporters, connectors, extensions, pipelines, telemetry, runtime, plugins, service. [config-unknown-option]",
    ],
  },
  {
    name: "a misspelt option, which is not reported as missing too",
    config: `processors: { memory_limiter: { limit_mb: 5 } }\n${sound.replace("exporters: [", "processors: [memory_limiter]\n    exporters: [")}`,
    problems: [
      'config.yaml:1:33: processors.memory_limiter.limit_mb: unknown option. Did you mean "limit_mib"? [config-unknown-option]',
    ],
  },
  {
    name: "a missing option",
    config: `processors: { memory_limiter: }\n${sound.replace("exporters: [", "processors: [memory_limiter]\n    exporters: [")}`,
    problems: [
      'config.yaml:1:15: processors.memory_limiter: "limit_mib" is missing: Resident memory, in MiB, above which data is refused. [config-missing-option]',
    ],
  },
  {
    name: "options that are a text for want of a space",
    config: `receivers:\n  clock:\n    interval:1s\nexporters: { debug: }\n${pipeline}`,
    problems: [
      'config.yaml:3:5: receivers.clock: expected a map of options, got "interval:1s". Put a space after the colon. [config-invalid-value]',
    ],
  },
  {
    name: "a section that is a list",
    config: `receivers: [clock]\nexporters: { debug: }\n${pipeline}`,
    problems: ["config.yaml:1:12: receivers: expected a map of receivers, got a list. [config-invalid-value]"],
  },
  {
    name: "a component ID with a space",
    config: `extensions: { a b: }\n${sound}`,
    problems: [
      'config.yaml:1:15: extensions.a b: "a b" is not a component ID: the type must begin with a letter and hold letters, digits and underscores. Write "type" or "type/name". [component-id-invalid]',
    ],
  },
  {
    name: "a plugin that is not installed",
    config: `extensions: { nope: }\n${sound}`,
    problems: [
      'config.yaml:1:15: extensions.nope: the extension "nope" is not installed. Run "pnpm add @tracecore/extension-nope". [plugin-not-found]',
    ],
  },
  {
    name: "a plugin of another kind",
    config: `extensions: { prom: }\n${sound}`,
    problems: [
      'config.yaml:1:15: extensions.prom: the package @tracecore/exporter-prom holds the exporter "prom", not an extension. Move it to exporters. [plugin-wrong-kind]',
    ],
  },
  {
    name: "a wrong startup",
    config: `extensions: { zpages: { startup: retr } }\n${sound}`,
    problems: [
      'config.yaml:1:34: extensions.zpages.startup: "retr" is not one of fail, retry, degrade. Did you mean "retry"? [config-invalid-value]',
    ],
  },
  {
    name: "wrong runtime options",
    config: `runtime: { drain_timeout: 0s, interned_series: 1.5, restart: { initial_interval: 2m } }\n${sound}`,
    problems: [
      'config.yaml:1:27: runtime.drain_timeout: expected a duration above zero, got "0s". [config-invalid-value]',
      "config.yaml:1:48: runtime.interned_series: expected a whole number, got 1.5. [config-invalid-value]",
      'config.yaml:1:53: runtime.restart.max_interval: expected at least "initial_interval". [config-invalid-value]',
    ],
  },
  {
    name: "wrong plugin names",
    config: `plugins:\n  receiver: {}\n  receivers:\n    a/b: x\n    b: 5\n    c: "@a/b"\n    d: ./x.js\n    e: "Not A Package"\n${sound}`,
    problems: [
      'config.yaml:2:3: plugins.receiver: unknown option. Did you mean "receivers"? [config-unknown-option]',
      'config.yaml:4:5: plugins.receivers.a/b: "a/b" is not a component type. Leave out the slash and what follows it. [config-invalid-value]',
      'config.yaml:5:8: plugins.receivers.b: expected the name of a package such as "@acme/gpu", got 5. [config-invalid-value]',
      'config.yaml:8:8: plugins.receivers.e: expected the name of a package such as "@acme/gpu", got "Not A Package". [config-invalid-value]',
    ],
  },
  {
    name: "a wrong option of an enabled telemetry block",
    config: `telemetry: { enabled: true, listn: x }\n${sound}`,
    problems: ['config.yaml:1:29: telemetry.listn: unknown option. Did you mean "listen"? [config-unknown-option]'],
  },
];

/** What is wrong with the options of one exporter; the first line of the config is `exporters:`. */
const options: readonly Case[] = [
  {
    name: "no URL",
    config: "endpoint: x y",
    problems: ['endpoint: expected a URL such as "https://example.com", got "x y". [config-invalid-value]'],
  },
  {
    name: "a number for a text",
    config: "user: 5",
    problems: ["user: expected a text, got 5. Put it in quotes. [config-invalid-value]"],
  },
  {
    name: "a size without a known unit",
    config: "max_size: 4mb",
    problems: [
      'max_size: expected a size such as "4MiB" or a number of bytes, got "4mb". Units: B, kB, MB, GB, TB, KiB, MiB, GiB, TiB. [config-invalid-value]',
    ],
  },
  {
    name: "an abbreviated choice",
    config: "compression: gz",
    problems: ['compression: "gz" is not one of gzip, zstd, none. Did you mean "gzip"? [config-invalid-value]'],
  },
  {
    name: "an alternative that comes nearest",
    config: "queue: { siz: 5 }",
    problems: ['queue.siz: unknown option. Did you mean "size"? [config-unknown-option]'],
  },
  {
    name: "none of the alternatives",
    config: "queue: 5",
    problems: ['queue: expected a map or "none", got 5. [config-invalid-value]'],
  },
  {
    name: "an unknown discriminator",
    config: "auth: { type: basi }",
    problems: ['auth.type: "basi" is not one of basic, token. Did you mean "basic"? [config-invalid-value]'],
  },
  {
    name: "a discriminated block without an option",
    config: "auth: { type: basic }",
    problems: ['auth: "user" is missing: Who. [config-missing-option]'],
  },
  {
    name: "yes for true",
    config: "tls: { insecure: yes }",
    problems: [
      'tls.insecure: expected true or false, got "yes". Write true or false, without quotes. [config-invalid-value]',
    ],
  },
  {
    name: "a secret that is a number, without showing it",
    config: "password: 123456",
    problems: ["password: expected a text, got a number. Put it in quotes. [config-invalid-value]"],
  },
  {
    name: "a text where secrets are expected, without showing it",
    config: "headers: hunter2",
    problems: ["headers: expected a map, got [redacted]. [config-invalid-value]"],
  },
  {
    name: "an old TLS version",
    config: "tls: { min_version: 1.1 }",
    problems: ["tls.min_version: 1.1 is not one of 1.2, 1.3. [config-invalid-value]"],
  },
  {
    name: "half a key pair",
    config: "tls: { cert_file: a.pem }",
    problems: ['tls.cert_file: "cert_file" is set without "key_file". Set both or neither. [config-invalid-value]'],
  },
];

describe("a broken config", () => {
  test.each(syntax)("with $name is refused where it is wrong", async ({ config, problems }) => {
    expect(await problemsOf(config)).toEqual(problems);
  });

  test.each(values)("with $name is refused where it is wrong", async ({ config, problems }) => {
    expect((await problemsOf(config)).filter((line) => !line.endsWith("[component-unused]"))).toEqual(problems);
  });

  test.each(options)("with $name among its options says so", async ({ config, problems }) => {
    const endpoint = config.startsWith("endpoint") ? "" : "    endpoint: http://localhost\n";
    const lines = await problemsOf(
      `receivers: { clock: }\nexporters:\n  otlp_http:\n${endpoint}    ${config}\n${pipeline.replace("debug", "otlp_http")}`,
    );
    const prefix = /^config\.yaml:\d+:\d+: exporters\.otlp_http(?:\.|(?=:))/;
    expect(lines.map((line) => line.replace(prefix, ""))).toEqual(problems);
  });

  test("without any pipeline is refused", async () => {
    expect(await problemsOf("runtime: {}\n")).toEqual([`config.yaml:1:1: ${NO_PIPELINE}`]);
    expect(await problemsOf("runtime: {}\npipelines:\n")).toEqual([`config.yaml:2:1: ${NO_PIPELINE}`]);
  });

  test("with an unset variable is still told what is wrong beside it, and not what follows from it", async () => {
    const config = `receivers: { clock: }
exporters:
  otlp_http:
    endpoint: nowhere
    max_size: \${SIZE}
    startup: \${STARTUP}
${pipeline.replace("debug", "otlp_http")}`;
    expect(await problemsOf(config)).toEqual([
      'config.yaml:4:15: exporters.otlp_http.endpoint: expected a URL such as "https://example.com", got "nowhere". [config-invalid-value]',
      "config.yaml:5:15: exporters.otlp_http.max_size: the environment variable SIZE is not set. Set it, or write ${env:SIZE:-} to allow an empty value. [config-env-not-set]",
      "config.yaml:6:14: exporters.otlp_http.startup: the environment variable STARTUP is not set. Set it, or write ${env:STARTUP:-} to allow an empty value. [config-env-not-set]",
    ]);
  });

  test("is told all of its problems in file order, with those found in reading among those of the plugins", async () => {
    const config = `receivers:
  clock:
    intervall: 10
    interval: 10
    subsystems: [cpu, disk]
processors:
  memory_limiter:
    check_interval: 1 sec
exporters:
  otlp_http:
    endpoint: http://localhost
    headers:
      authorization: Bearer \${env:OTLP_TOKEN}
  debug:
service:
  pipelines:
    metrics:
      receivers: [clock]
      processors: [memory_limiter]
      exporters: [otlp_http/backup, otlp_http, debug]
    logs:
      receivers: [clock]
      exporters: [debug]
`;
    expect(await problemsOf(config)).toEqual([
      'config.yaml:3:5: receivers.clock.intervall: unknown option. Did you mean "interval"? [config-unknown-option]',
      'config.yaml:4:15: receivers.clock.interval: expected a duration such as "10s", got 10. Add a unit: ms, s, m or h. [config-invalid-value]',
      'config.yaml:5:23: receivers.clock.subsystems[1]: "disk" is not one of cpu, io, memory. [config-invalid-value]',
      'config.yaml:7:3: processors.memory_limiter: "limit_mib" is missing: Resident memory, in MiB, above which data is refused. [config-missing-option]',
      'config.yaml:8:21: processors.memory_limiter.check_interval: expected a duration such as "10s", got "1 sec". Write a number and a unit: ms, s, m or h. [config-invalid-value]',
      "config.yaml:13:22: exporters.otlp_http.headers.authorization: the environment variable OTLP_TOKEN is not set. Set it, or write ${env:OTLP_TOKEN:-} to allow an empty value. [config-env-not-set]",
      'config.yaml:20:19: service.pipelines.metrics.exporters[0]: no exporter "otlp_http/backup" is defined. Defined: otlp_http, debug. [pipeline-unknown-component]',
      'config.yaml:22:19: service.pipelines.logs.receivers[0]: the receiver "clock" produces metrics, not logs. Move it to a metrics pipeline. [pipeline-signal-not-supported]',
    ]);
  });
});
