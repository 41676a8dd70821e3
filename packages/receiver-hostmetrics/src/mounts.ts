import { linesOf } from "./host-files.ts";

/** A mounted file system. */
export interface Mount {
  readonly device: string;
  readonly mountPoint: string;
  readonly type: string;
  readonly mode: "rw" | "ro";
}

/** Reads /proc/PID/mountinfo (proc(5)). A device that is mounted in several places is given once, at its first. */
export function parseMounts(text: string): Mount[] {
  const seen = new Set<string>();
  const mounts = new Map<string, Mount>();
  for (const line of linesOf(text)) {
    const [left, right] = line.split(" - ");
    const [, , majorMinor, , mountPoint, options] = left?.split(" ") ?? [];
    const [type, device] = right?.split(" ") ?? [];
    if (mountPoint === undefined || options === undefined || type === undefined || device === undefined) {
      throw new Error(`cannot read the line ${JSON.stringify(line)} of mountinfo`);
    }
    const key = `${majorMinor} ${device}`;
    const path = unescaped(mountPoint);
    const known = mounts.get(path);
    if (seen.has(key) && known === undefined) continue; // A bind mount of a device that is listed already.
    seen.add(key);
    // A later mount at the same place hides the earlier one.
    mounts.set(path, {
      device: unescaped(device),
      mountPoint: path,
      type,
      mode: options.split(",").includes("ro") ? "ro" : "rw",
    });
  }
  return [...mounts.values()];
}

/** The kernel writes space, tab, newline and backslash as octal. */
function unescaped(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_match, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
