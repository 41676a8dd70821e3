import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import type { AttributesInput } from "../pdata/attributes.ts";
import { resource, type Resource } from "../pdata/resource.ts";
import type { BuildInfo } from "../settings.ts";

/**
 * The resource of this process: host.name, service.name, service.version, service.instance.id, and what `extra` adds or
 * replaces. `instance` tells several processes on one host apart; the same one gives the same ID after a restart, so the
 * series of a restarted process go on.
 */
export function hostResource(buildInfo: BuildInfo, instance: string, extra: AttributesInput = {}): Resource {
  const name = hostname();
  const command = buildInfo.command === "" ? "tracecore" : buildInfo.command;
  return resource({
    "host.name": name,
    "service.name": command,
    "service.version": buildInfo.version === "" ? "0.0.0" : buildInfo.version,
    "service.instance.id": instanceId(`${machineId() ?? name}\n${command}\n${instance}`),
    ...extra,
  });
}

function machineId(): string | undefined {
  try {
    return readFileSync("/etc/machine-id", "utf8").trim();
  } catch {
    return undefined; // Containers often have none; the host name stands in.
  }
}

/** A version 5 UUID (RFC 9562) in a namespace of our own; the machine ID itself must not be published, see machine-id(5). */
function instanceId(text: string): string {
  const namespace = Buffer.from("5b2cbd5a8e6c5b7c9f3c2f9a1d3e4c50", "hex");
  const hash = createHash("sha1").update(namespace).update(text).digest();
  hash[6] = (hash[6]! & 0x0f) | 0x50;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  const hex = hash.toString("hex", 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
