import type { Console } from "../console.ts";

type Env = Console["env"];

/** Instead of every other folder, for collectors and for those who look for them. */
const CHOSEN = "TRACECORE_RUNTIME_DIR";

/** The folder in which a collector of this user puts its socket; `RUNTIME_DIRECTORY` is set by systemd's `RuntimeDirectory=`. */
export function ownSocketFolder(env: Env): string {
  const chosen = env[CHOSEN] ?? "";
  if (chosen !== "") return chosen;
  const [systemd = ""] = (env["RUNTIME_DIRECTORY"] ?? "").split(":", 1);
  if (systemd !== "") return systemd;
  const user = env["XDG_RUNTIME_DIR"] ?? "";
  if (user !== "") return `${user}/tracecore`;
  return uid() === 0 ? SYSTEM : temporary();
}

/** Where collectors that this user may look at have their sockets, each folder once. */
export function socketFolders(env: Env): string[] {
  if ((env[CHOSEN] ?? "") !== "") return [ownSocketFolder(env)];
  const folders = new Set([ownSocketFolder(env), SYSTEM, `/run/user/${uid()}/tracecore`, temporary()]);
  return [...folders].filter((folder) => folder !== temporary() || !isForeign(folder));
}

/** Anybody may make a folder of this name among the temporary files, and answer there as if it were a collector. */
function isForeign(folder: string): boolean {
  return process.getBuiltinModule("node:fs").lstatSync(folder, { throwIfNoEntry: false })?.uid !== uid();
}

const SYSTEM = "/run/tracecore";

function temporary(): string {
  return `${process.getBuiltinModule("node:os").tmpdir()}/tracecore-${uid()}`;
}

function uid(): number {
  return process.getuid?.() ?? 0;
}
