import { didYouMean, listNames } from "./did-you-mean.ts";
import type { Findings } from "./findings.ts";
import type { ConfigPath } from "./problem.ts";
import { quoteValue } from "../../config/quote-value.ts";
import { metricsLevels } from "../../selftelemetry/instruments.ts";
import {
  hasBroken,
  mergeTrees,
  nodeAt,
  plain,
  withEntries,
  type Entry,
  type MapNode,
  type ScalarNode,
  type TreeNode,
} from "./tree.ts";

const SERVICE = ["pipelines", "extensions", "telemetry"];

/**
 * Brings `service.pipelines` and `service.telemetry` of the collector to the top level, where they are at home here.
 * `service.extensions` stays: the list of extensions to start is valid in either form.
 */
export function normaliseService(root: MapNode, findings: Findings): MapNode {
  const service = root.entries.get("service");
  if (service === undefined) return root;
  const entries = new Map(root.entries);
  entries.delete("service");
  if (service.node.kind !== "map") {
    if (service.node.broken !== true && plain(service.node) !== null) {
      const message = `expected a map, got ${quoteValue(plain(service.node))}`;
      findings.add(
        { code: "config-invalid-value", path: ["service"], message, remedy: "Write pipelines into it." },
        service.node,
      );
    }
    return withEntries(root, entries);
  }
  for (const [name, entry] of service.node.entries) {
    if (name === "extensions") {
      entries.set("service", { ...service, node: withEntries(service.node, new Map([[name, entry]])) });
    } else if (name === "pipelines") {
      entry.key.source.underService.add(name);
      join(entries, name, entry);
    } else if (name === "telemetry") {
      const telemetry = collectorTelemetry(entry, findings);
      if (telemetry !== undefined) join(entries, name, { key: entry.key, node: telemetry });
      const logs = collectorLogs(entry, findings);
      if (logs !== undefined) join(entries, "runtime", { key: entry.key, node: logs });
    } else {
      const remedy = didYouMean(name, SERVICE, `Known options: ${listNames(SERVICE)}.`);
      findings.add(
        { code: "config-unknown-option", path: ["service", name], message: "unknown option", remedy },
        entry.key,
      );
    }
  }
  return withEntries(root, entries);
}

function join(entries: Map<string, Entry>, name: string, entry: Entry): void {
  const there = entries.get(name);
  entries.set(name, there === undefined ? entry : { key: there.key, node: mergeTrees(there.node, entry.node) });
}

/** What of the collector's own telemetry has a counterpart: whether metrics are served, how many, and where. */
function collectorTelemetry({ node: telemetry }: Entry, findings: Findings): MapNode | undefined {
  if (telemetry.kind !== "map") return undefined;
  const ignore = ignoring(findings);
  const entries = new Map<string, Entry>();
  for (const [name, { key, node }] of telemetry.entries) {
    if (name === "logs") continue;
    if (name !== "metrics" || node.kind !== "map") {
      ignore([name], key);
      continue;
    }
    const level = metricsLevel(node, findings);
    const off = level?.node.value === "none";
    const address = node.entries.get("address");
    const own = address?.node.kind === "scalar" && typeof address.node.value === "string" ? address : undefined;
    const readers = node.entries.get("readers");
    const pull = own === undefined ? pullReader(readers?.node) : undefined;
    // A list of readers without one that is pulled from means that nothing is served.
    if (off || own !== undefined || pull !== undefined || readers?.node.kind !== "list") {
      entries.set("enabled", { key: level?.key ?? key, node: scalar(level?.node ?? node, !off) });
    }
    const listen = own ?? pull?.listen;
    if (listen !== undefined && !off) entries.set("listen", listen);
    if (level !== undefined) entries.set("metrics", { key, node: withEntries(node, new Map([["level", level]])) });
    for (const [option, entry] of node.entries) {
      if (option === "level" || (option === "address" && own !== undefined)) continue;
      if (option === "readers" && pull !== undefined) ignoreRest(entry.node, pull.index, ignore);
      else ignore([name, option], entry.key);
    }
  }
  return entries.size === 0 ? undefined : withEntries(telemetry, entries);
}

/** Reports a setting below `service.telemetry` as ignored. */
function ignoring(findings: Findings): (path: ConfigPath, at: Entry["key"]) => void {
  return (path, at) =>
    findings.add(
      {
        code: "config-telemetry-ignored",
        path: ["service", "telemetry", ...path],
        message: "this setting of the collector's own telemetry has no counterpart and is ignored",
        remedy: "Remove it; the top-level block telemetry holds what there is.",
        severity: "warning",
      },
      at,
    );
}

/** Levels of the collector's logger, and what they are here: it goes on above `error`, with levels that end the process. */
const LOG_LEVELS = {
  debug: "debug",
  info: "info",
  warn: "warn",
  error: "error",
  dpanic: "error",
  panic: "error",
  fatal: "error",
};
/** Likewise its two ways to write a line. */
const LOG_ENCODINGS = { console: "text", json: "json" };

/** Level and encoding of the collector's log, as options of the block `runtime`. */
function collectorLogs({ node: telemetry }: Entry, findings: Findings): MapNode | undefined {
  const logs = telemetry.kind === "map" ? telemetry.entries.get("logs") : undefined;
  if (logs === undefined) return undefined;
  const ignore = ignoring(findings);
  if (logs.node.kind !== "map") {
    if (plain(logs.node) !== null) ignore(["logs"], logs.key);
    return undefined;
  }
  const entries = new Map<string, Entry>();
  for (const [name, { key }] of logs.node.entries) {
    if (name === "level" || name === "encoding") continue;
    ignore(["logs", name], key);
  }
  const level = oneOf(logs.node, ["logs", "level"], LOG_LEVELS, findings);
  if (level !== undefined) entries.set("log_level", level);
  const format = oneOf(logs.node, ["logs", "encoding"], LOG_ENCODINGS, findings);
  if (format !== undefined) entries.set("log_format", format);
  return entries.size === 0 ? undefined : withEntries(logs.node, entries);
}

/** `metrics.level`; undefined without one, or when it is reported. */
function metricsLevel(metrics: MapNode, findings: Findings): { key: Entry["key"]; node: ScalarNode } | undefined {
  return oneOf(
    metrics,
    ["metrics", "level"],
    Object.fromEntries(metricsLevels.map((level) => [level, level])),
    findings,
  );
}

/** What stands for a word of the collector, which it reads in small and large letters; undefined without one, or when it is reported. */
function oneOf(
  block: MapNode,
  path: readonly [string, string],
  words: Readonly<Record<string, string>>,
  findings: Findings,
): { key: Entry["key"]; node: ScalarNode } | undefined {
  const entry = block.entries.get(path[1]);
  if (entry === undefined || hasBroken(entry.node)) return undefined;
  const given = plain(entry.node);
  if (given === null) return undefined;
  const text = typeof given === "string" ? given : "";
  const known = Object.keys(words);
  const word = known.find((one) => one === text.toLowerCase());
  if (word !== undefined) return { key: entry.key, node: scalar(entry.node, words[word]!) };
  findings.add(
    {
      code: "config-invalid-value",
      path: ["service", "telemetry", ...path],
      message: `expected ${known.slice(0, -1).join(", ")} or ${known.at(-1)}, got ${quoteValue(given)}`,
      remedy: didYouMean(text, known, "Write one of them."),
    },
    entry.node,
  );
  return undefined;
}

/** What leads from a reader to the options of Prometheus. */
const PULL = ["pull", "exporter", "prometheus"];

/** The first reader that Prometheus pulls from, and its host and port; without a port, where metrics are by default. */
function pullReader(readers: TreeNode | undefined): { index: number; listen?: Entry } | undefined {
  for (const [index, reader] of (readers?.kind === "list" ? readers.items : []).entries()) {
    const prometheus = nodeAt(reader, PULL);
    if (prometheus === undefined) continue;
    const host = nodeAt(prometheus, ["host"]);
    const port = nodeAt(prometheus, ["port"]);
    const at = port ?? host;
    if (at === undefined) return { index };
    const name = host?.kind === "scalar" && host.value !== null ? String(host.value) : "localhost";
    const number = port?.kind === "scalar" && port.value !== null ? String(port.value) : DEFAULT_PORT;
    return { index, listen: { key: at, node: scalar(at, `${name.includes(":") ? `[${name}]` : name}:${number}`) } };
  }
  return undefined;
}

/** Where the collector shows its own metrics, and this process too. */
const DEFAULT_PORT = "8888";

/** Reports what of the readers is not used: other readers, and other keys on the way to host and port of the one used. */
function ignoreRest(readers: TreeNode, used: number, ignore: (path: ConfigPath, at: Entry["key"]) => void): void {
  if (readers.kind !== "list") return;
  for (const [index, reader] of readers.items.entries()) {
    const path: (string | number)[] = ["metrics", "readers", index];
    if (index !== used) {
      ignore(path, reader);
      continue;
    }
    let node: TreeNode | undefined = reader;
    for (const step of [[PULL[0]], [PULL[1]], [PULL[2]], ["host", "port"]]) {
      if (node?.kind !== "map") break;
      for (const [name, entry] of node.entries) if (!step.includes(name)) ignore([...path, name], entry.key);
      path.push(step[0]!);
      node = node.entries.get(step[0]!)?.node;
    }
  }
}

function scalar({ source, start, end, env }: TreeNode, value: ScalarNode["value"]): ScalarNode {
  return { kind: "scalar", value, size: 1, source, start, end, ...(env !== undefined && { env }) };
}
