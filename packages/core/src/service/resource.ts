import { hostname } from "node:os";
import type { AttributesInput } from "../pdata/attribute-value.ts";
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
    "service.instance.id": instanceId(`${name}\n${command}\n${instance}`),
    ...extra,
  });
}

/**
 * A UUID of version 8 (RFC 9562: its bits are the maker's business) over the FNV-1a hash of `text`, 128 bits. Nothing secret
 * goes in, so it need not be a cryptographic hash, whose module costs 10 ms at start.
 */
function instanceId(text: string): string {
  let hash = 0x6c62272e07bb014262b821756295c58dn;
  for (const byte of new TextEncoder().encode(text)) {
    hash = BigInt.asUintN(128, (hash ^ BigInt(byte)) * 0x0000000001000000000000000000013bn);
  }
  const hex = hash.toString(16).padStart(32, "0");
  const variant = ((Number.parseInt(hex[16]!, 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}
