import { didYouMean, listNames } from "./did-you-mean.ts";
import type { Findings } from "./findings.ts";
import { quoteValue } from "../../config/quote-value.ts";
import {
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

/** What of the collector's own telemetry has a counterpart: whether metrics are served, and where. */
function collectorTelemetry({ node: telemetry }: Entry, findings: Findings): MapNode | undefined {
  if (telemetry.kind !== "map") return undefined;
  const ignore = (path: readonly string[], at: Entry["key"], remedy: string): void => {
    const message = "this setting of the collector's own telemetry has no counterpart and is ignored";
    findings.add(
      {
        code: "config-telemetry-ignored",
        path: ["service", "telemetry", ...path],
        message,
        remedy,
        severity: "warning",
      },
      at,
    );
  };
  const SEE = "Remove it; the top-level block telemetry holds what there is.";
  const entries = new Map<string, Entry>();
  for (const [name, { key, node }] of telemetry.entries) {
    if (name !== "metrics" || node.kind !== "map") {
      ignore([name], key, SEE);
      continue;
    }
    const level = node.entries.get("level");
    const off = level?.node.kind === "scalar" && String(level.node.value).toLowerCase() === "none";
    entries.set("enabled", { key: level?.key ?? key, node: scalar(level?.node ?? node, !off) });
    const listen = listenAddress(node);
    if (listen !== undefined && !off) entries.set("listen", listen);
    for (const [option, entry] of node.entries) {
      const used = option === "level" || (listen !== undefined && (option === "address" || option === "readers"));
      if (!used) ignore([name, option], entry.key, SEE);
    }
  }
  return entries.size === 0 ? undefined : withEntries(telemetry, entries);
}

/** `metrics.address`, or host and port of the first reader that Prometheus pulls from. */
function listenAddress(metrics: MapNode): Entry | undefined {
  const address = metrics.entries.get("address");
  if (address?.node.kind === "scalar" && typeof address.node.value === "string") return address;
  const readers = metrics.entries.get("readers")?.node;
  for (const reader of readers?.kind === "list" ? readers.items : []) {
    const prometheus = nodeAt(reader, ["pull", "exporter", "prometheus"]);
    if (prometheus?.kind !== "map") continue;
    const host = prometheus.entries.get("host");
    const port = prometheus.entries.get("port");
    if (port?.node.kind !== "scalar") continue;
    const name = host?.node.kind === "scalar" ? String(host.node.value) : "localhost";
    const text = `${name.includes(":") ? `[${name}]` : name}:${String(port.node.value)}`;
    return { key: port.key, node: scalar(port.node, text) };
  }
  return undefined;
}

function scalar({ source, start, end, env }: TreeNode, value: ScalarNode["value"]): ScalarNode {
  return { kind: "scalar", value, size: 1, source, start, end, ...(env !== undefined && { env }) };
}
