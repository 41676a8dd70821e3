import { delimiter } from "node:path";

/** The npm package with a Node for this platform, where the Node of the shell is too old for the tests of a plugin. */
export function olderNodeOnPath(env: Readonly<Record<string, string | undefined>>): Record<string, string> | undefined {
  if (process.platform !== "linux" || (process.arch !== "x64" && process.arch !== "arm64")) return undefined;
  // What package managers put in front of PATH for their scripts is not what the shell has.
  const path = (env["PATH"] ?? "").split(delimiter).filter((entry) => !entry.includes("node_modules"));
  const { execFileSync } = process.getBuiltinModule("node:child_process");
  try {
    const version = execFileSync("node", ["--version"], { env: { PATH: path.join(delimiter) }, encoding: "utf8" });
    const [major = 0, minor = 0] = version.slice(1).split(".").map(Number);
    if (major > 24 || (major === 24 && minor >= 11)) return undefined;
  } catch {
    return undefined; // No Node at all: the package manager brings its own.
  }
  return { [`node-linux-${process.arch}`]: "26.10.0" };
}
