import { describe, expect, test } from "vitest";
import type { Secret } from "../../src/config/config.ts";
import { loadDocument, type ConfigDocument } from "../../src/service/config/load-config.ts";
import { bytes, load, pipeline, problemsOf } from "./fake-plugins.ts";

const sound = `receivers: { clock: {} }\nexporters: { debug: {} }\n${pipeline}`;

function documentOf(
  files: Record<string, string>,
  more: { set?: string[]; env?: Record<string, string> } = {},
): ConfigDocument {
  const sources = Object.entries(files).map(([file, text]) => ({ file, bytes: bytes(text) }));
  const { document, problems } = loadDocument({ sources, env: {}, ...more });
  expect(problems).toEqual([]);
  if (document === undefined) throw new Error("no document");
  return document;
}

const loadThree = (maxExpansions: number) =>
  loadDocument({
    sources: [{ file: "c.yaml", bytes: bytes("a: $X${A}${A}${A}\n") }],
    env: { A: "1" },
    limits: { maxExpansions },
  });

const nested = (depth: number): string => `a: ${"${N:-".repeat(depth)}x${"}".repeat(depth)}\n`;

describe("variables in a config", () => {
  const env = {
    NAME: "value",
    EMPTY: "",
    NUMBER: "0123",
    PRICE: "$5 ${NAME}",
    LIST: "[a, 2]",
    TEXT: "a: b: c",
    TWICE: "{ a: 1, a: 2 }",
  };
  const valueOf = (text: string): unknown => documentOf({ "c.yaml": `a: ${text}\n` }, { env }).value["a"];

  test.each([
    ["${env:NAME}", "value"],
    ["${NAME}", "value"],
    ["x-${NAME}-${env:NAME}-y", "x-value-value-y"],
    ["${NONE:-default}", "default"],
    ["${NONE:-${NAME}}", "value"],
    ["${NONE:-${NONE:-${NUMBER}}}", 123],
    ["${NONE:-}", null],
    ["${EMPTY:-default}", null],
    ["${NAME:?must be set}", "value"],
    ["${NUMBER}", 123],
    ["'${NUMBER}'", "0123"],
    ['"${NUMBER}"', "0123"],
    ["!!str ${NUMBER}", "0123"],
    ["4${NUMBER}", "40123"],
    ["${LIST}", ["a", 2]],
    ["'${LIST}'", "[a, 2]"],
    ["${TEXT}", "a: b: c"],
    ["${TWICE}", "{ a: 1, a: 2 }"],
    ["${PRICE}", "$5 ${NAME}"],
    ["$$NAME $${NAME} $$$${NAME}", "$NAME ${NAME} $${NAME}"],
    ["$NAME costs 5$", "$NAME costs 5$"],
    ["|\n  line ${NAME}\n  ${NUMBER}", "line value\n0123\n"],
  ])("make %s a value of the right type", (text, expected) => {
    expect(valueOf(text)).toEqual(expected);
  });

  test.each([
    [
      "${NONE}",
      "c.yaml:1:4: a: the environment variable NONE is not set. Set it, or write ${env:NONE:-} to allow an empty value. [config-env-not-set]",
    ],
    [
      "${env:NONE:?the key of the backend}",
      "c.yaml:1:4: a: the environment variable NONE is not set: the key of the backend. Set it. [config-env-required]",
    ],
    ["${EMPTY:?}", "c.yaml:1:4: a: the environment variable EMPTY is empty. Set it. [config-env-required]"],
    [
      "${toString}",
      "c.yaml:1:4: a: the environment variable toString is not set. Set it, or write ${env:toString:-} to allow an empty value. [config-env-not-set]",
    ],
    [
      "x ${9}",
      'c.yaml:1:4: a: cannot read "${9}": it is no variable name. Write ${env:NAME}, or $${ for the text "${". [config-env-syntax]',
    ],
    [
      "x ${NAME",
      'c.yaml:1:4: a: cannot read "${NAME": a "}" is missing. Write ${env:NAME}, or $${ for the text "${". [config-env-syntax]',
    ],
    [
      "${file:/etc/passwd}",
      'c.yaml:1:4: a: "${file:…}" is not supported, only ${env:NAME}. Give the file with a further --config, or set an environment variable. [config-env-syntax]',
    ],
  ])("are refused as %s", async (text, expected) => {
    expect(await problemsOf({ "c.yaml": `a: ${text}\n` }, { env })).toContain(expected);
  });

  test("may nest defaults to a bound", async () => {
    expect(documentOf({ "c.yaml": nested(8) }).value).toEqual({ a: "x" });
    expect(await problemsOf({ "c.yaml": nested(9) }, { limits: { maxExpansionDepth: 7 } })).toContain(
      "c.yaml:1:4: a: more than 7 defaults stand inside one another. Write fewer. [config-env-limit]",
    );
  });

  test("are bounded in number", () => {
    expect(loadThree(3).problems).toEqual([]);
    expect(loadThree(2).problems.map(({ code }) => code)).toEqual(["config-env-limit"]);
  });

  test("keep a password of digits, and one that is YAML, a text where a text is wanted", async () => {
    const { config } = await load(
      `receivers:
  clock:
    labels:
      a: \${DIGITS}
exporters:
  otlp_http:
    endpoint: http://localhost
    user: \${ODD}
    password: \${DIGITS}
${pipeline.replace("debug", "otlp_http")}`,
      { env: { DIGITS: "0123", ODD: "#a: b" } },
    );
    expect(config?.components.map((component) => component.config)).toMatchObject([
      { labels: { a: "0123" } },
      { user: "#a: b" },
    ]);
    const password = (config?.components[1]?.config as { password?: Secret } | undefined)?.password;
    expect(password?.reveal()).toBe("0123");
  });
});

describe("several config files", () => {
  const base = "receivers:\n  clock:\n    interval: 1s\n    subsystems: [cpu, io]\nexporters:\n  debug:\n";
  const over = "# over\nreceivers:\n  clock:\n    interval: 2s\n    subsystems: [memory]\n    labels:\n      a: ${X}\n";

  test("join their maps, and replace lists and values", () => {
    expect(documentOf({ "a.yaml": base, "b.yaml": over }, { env: { X: "x" } }).value).toEqual({
      receivers: { clock: { interval: "2s", subsystems: ["memory"], labels: { a: "x" } } },
      exporters: { debug: null },
    });
  });

  test("keep the position and origin of each value", () => {
    const document = documentOf(
      { "a.yaml": base, "b.yaml": over },
      { env: { X: "x" }, set: ["exporters.debug.verbosity=normal"] },
    );
    const at = (path: string, want: "key" | "value") => {
      const found = document.position(
        path.split(".").map((part) => (/^\d+$/.test(part) ? Number(part) : part)),
        want,
      );
      return found && `${found.file}:${found.line}:${found.col}`;
    };
    expect(at("receivers", "key")).toBe("a.yaml:1:1");
    expect(at("receivers.clock", "key")).toBe("a.yaml:2:3");
    expect(at("receivers.clock.interval", "key")).toBe("b.yaml:4:5");
    expect(at("receivers.clock.interval", "value")).toBe("b.yaml:4:15");
    expect(at("receivers.clock.subsystems.0", "value")).toBe("b.yaml:5:18");
    expect(at("receivers.clock.subsystems.1", "value")).toBeUndefined();
    expect(at("receivers.clock.labels.a", "value")).toBe("b.yaml:7:10");
    expect(at("exporters.debug", "key")).toBe("a.yaml:6:3");
    expect(document.origin(["receivers", "clock", "labels", "a"])).toEqual({
      kind: "env",
      name: "X",
      position: { file: "b.yaml", line: 7, col: 10 },
    });
    expect(document.origin(["exporters", "debug", "verbosity"])).toEqual({
      kind: "set",
      text: "exporters.debug.verbosity=normal",
    });
    expect(document.origin(["receivers", "clock", "interval"])).toEqual({
      kind: "file",
      position: { file: "b.yaml", line: 4, col: 15 },
    });
    expect(document.origin(["receivers", "clock", "nothing"])).toEqual({ kind: "default" });
  });

  test("name the file that is wrong", async () => {
    expect(
      await problemsOf({ "a.yaml": sound, "b.yaml": "receivers:\n  clock:\n    interval: 5\n    nope: 1\n" }),
    ).toEqual([
      'b.yaml:3:15: receivers.clock.interval: expected a duration such as "10s", got 5. Add a unit: ms, s, m or h. [config-invalid-value]',
      "b.yaml:4:5: receivers.clock.nope: unknown option. Known options: interval, subsystems, labels. [config-unknown-option]",
    ]);
  });

  test("are all read before any is refused", async () => {
    expect(await problemsOf({ "a.yaml": "a: b: c\n", "b.yaml": "\td: 1\n" })).toEqual([
      'a.yaml:1:4: yaml: there is a second ": " on the line. Put the value in quotes, or begin a new line. [config-yaml-syntax]',
      "b.yaml:1:1: yaml: the line is indented with a tab, which YAML does not allow. Replace the tab with spaces. [config-yaml-tab]",
    ]);
  });

  test("may have one that is empty, with a warning", async () => {
    expect(await problemsOf({ "a.yaml": sound, "b.yaml": "" })).toEqual([
      "b.yaml:1:1: config: the file is empty. Leave it out. [config-empty]",
    ]);
  });

  test("may write pipelines in either form, and messages show the form of the file", async () => {
    expect(
      await problemsOf({
        "a.yaml": sound,
        "b.yaml": "service:\n  pipelines:\n    metrics/b: { receivers: [clock], exporters: [nope] }\n",
        "c.yaml": "pipelines: { metrics/c: { receivers: [nope], exporters: [debug] } }\n",
      }),
    ).toEqual([
      'b.yaml:3:50: service.pipelines.metrics/b.exporters[0]: no exporter "nope" is defined. Defined: debug. [pipeline-unknown-component]',
      'c.yaml:1:39: pipelines.metrics/c.receivers[0]: no receiver "nope" is defined. Defined: clock. [pipeline-unknown-component]',
    ]);
  });
});

describe("anchors and merge keys", () => {
  const text = `x: &base
  a: 1
  b: { c: 2 }
y:
  b: 3
  <<: *base
z:
  <<: [{ a: 5 }, *base]
  d: *base
"<<": 4
`;
  test("join maps, where a key of the map itself and the first of several maps win", () => {
    expect(documentOf({ "c.yaml": text }).value).toEqual({
      x: { a: 1, b: { c: 2 } },
      y: { a: 1, b: 3 },
      z: { a: 5, b: { c: 2 }, d: { a: 1, b: { c: 2 } } },
      "<<": 4,
    });
  });

  test("keep the positions of what they join", () => {
    const document = documentOf({ "c.yaml": text });
    expect(document.position(["y", "a"], "value")).toEqual({ file: "c.yaml", line: 2, col: 6 });
    expect(document.position(["y", "b"], "key")).toEqual({ file: "c.yaml", line: 5, col: 3 });
    expect(document.position(["z", "a"], "value")).toEqual({ file: "c.yaml", line: 8, col: 13 });
    expect(document.position(["z", "b", "c"], "key")).toEqual({ file: "c.yaml", line: 3, col: 8 });
  });
});

const valueWith = (set: string[]): unknown =>
  documentOf({ "c.yaml": "a: { b: [1, { c: 2 }], d/e.f: { g: 3 }, n: }\n" }, { set, env: { X: "5" } }).value;

describe("--set", () => {
  test.each([
    [["a.n=7"], { n: 7 }],
    [["a.b=[9]"], { b: [9] }],
    [["a.b[0]=text"], { b: ["text", { c: 2 }] }],
    [["a.b.0=text"], { b: ["text", { c: 2 }] }],
    [["a.b[2]=new"], { b: [1, { c: 2 }, "new"] }],
    [["a.b[1].c={ d: 4 }"], { b: [1, { c: { d: 4 } }] }],
    [["a.b[1]={ d: 4 }"], { b: [1, { c: 2, d: 4 }] }],
    [["a.d/e\\.f.g=4"], { "d/e.f": { g: 4 } }],
    [["a.n.deep.er=1", "a.n.deep.too=2"], { n: { deep: { er: 1, too: 2 } } }],
    [["a.n=x=y"], { n: "x=y" }],
    [["a.n="], { n: null }],
    [["a.n=${X}"], { n: 5 }],
    [["a.n=1", "a.n=2"], { n: 2 }],
  ])("%j puts the value in its place", (set, expected) => {
    expect(valueWith(set)).toEqual({ a: { b: [1, { c: 2 }], "d/e.f": { g: 3 }, n: null, ...expected } });
  });

  const WRITE = "Write --set a.b.c=value, and \\. for a dot inside a name. [config-set-invalid]";
  test.each([
    ["a", `--set a: --set: there is no "=". ${WRITE}`],
    ["=1", `--set =1: --set: a part of the path is empty. ${WRITE}`],
    ["a..b=1", `--set a..b=1: --set: a part of the path is empty. ${WRITE}`],
    ["a.=1", `--set a.=1: --set: a part of the path is empty. ${WRITE}`],
    ["[0]=1", `--set [0]=1: --set: a part of the path is empty. ${WRITE}`],
    ["a[0]b=1", `--set a[0]b=1: --set: after "]" comes ".", "[" or "=". ${WRITE}`],
    ["a.__proto__.b=1", `--set a.__proto__.b=1: --set: no option can be called "__proto__". ${WRITE}`],
    [
      "receivers.clock.interval.x=1",
      "--set receivers.clock.interval.x=1: receivers.clock.interval: it has a value of its own and no options. Set it as a whole. [config-set-invalid]",
    ],
    [
      "pipelines.metrics.receivers[2]=x",
      '--set pipelines.metrics.receivers[2]=x: pipelines.metrics.receivers: the list has 1 entry, and "2" is none of them and not the next. Give an index from 0. [config-set-invalid]',
    ],
    [
      "receivers.clock[0]=x",
      "--set receivers.clock[0]=x: receivers.clock: there is no list. Leave out the index, or set the whole list. [config-set-invalid]",
    ],
    [
      'receivers.clock.interval="5s',
      '--set receivers.clock.interval="5s: yaml: the quotation mark is not closed. Close it. [config-yaml-syntax]',
    ],
    [
      "receivers.clock.interval=5",
      '--set receivers.clock.interval=5: receivers.clock.interval: expected a duration such as "10s", got 5. Add a unit: ms, s, m or h. [config-invalid-value]',
    ],
    [
      "receivers.clock.intervall=5s",
      '--set receivers.clock.intervall=5s: receivers.clock.intervall: unknown option. Did you mean "interval"? [config-unknown-option]',
    ],
    [
      "receivers.clock.interval=${NONE}",
      "--set receivers.clock.interval=${NONE}: receivers.clock.interval: the environment variable NONE is not set. Set it, or write ${env:NONE:-} to allow an empty value. [config-env-not-set]",
    ],
  ])("%s is named when it is wrong", async (set, expected) => {
    expect(await problemsOf(sound.replace("clock: {}", "clock: { interval: 1s }"), { set: [set] })).toEqual([expected]);
  });

  test("reaches the sections of the collector's form", async () => {
    const { config } = await load(sound, {
      set: [
        "service.pipelines.metrics/b.receivers=[clock]",
        "service.pipelines.metrics/b.exporters=[debug]",
        "service.telemetry.metrics.address=localhost:1234",
      ],
    });
    expect(config?.pipelines.map(({ id }) => id)).toEqual(["metrics", "metrics/b"]);
    expect(config?.telemetry).toMatchObject({ enabled: true, listen: { text: "localhost:1234" } });
  });
});
