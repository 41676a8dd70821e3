import type { Socket } from "node:net";
import { TracecoreError } from "@tracecore/core";
import { lineOf, PROTOCOL, readFrames, type AdminRequest, type WhoFrame } from "../admin/frames.ts";
import { knock, removeLeftover, socketsIn } from "../admin/listen-private.ts";
import { socketFolders } from "../admin/socket-folders.ts";
import type { Console } from "../console.ts";

/** How long a collector has to say who it is, ms; one that is stopped never does. */
const ANSWER_MS = 2_000;

/** The socket of the one collector that runs here, or of the one that `named` says. */
export async function findCollector(named: string | undefined, { env, cwd }: Console): Promise<string> {
  if (named !== undefined) {
    const path = process.getBuiltinModule("node:path").resolve(cwd, named);
    const state = await knock(path);
    if (state !== "answers") throw missing(`nobody can be reached on ${path}`, state);
    return path;
  }
  const folders = socketFolders(env);
  const paths = folders.flatMap(socketsIn);
  const states = await Promise.all(paths.map(knock));
  await Promise.all(paths.filter((_path, i) => states[i] === "refused").map(removeLeftover));
  const alive = paths.filter((_path, i) => states[i] === "answers");
  if (alive.length === 1) return alive[0]!;
  if (alive.length === 0) {
    const denied = states.includes("denied") ? "denied" : "missing";
    throw missing(`no running collector was found in ${folders.join(", ")}`, denied);
  }
  const lines = await Promise.all(alive.map(async (path) => `${path} (${await describe(path)})`));
  throw new TracecoreError("admin-socket-ambiguous", `${alive.length} collectors run here: ${lines.join(", ")}`, {
    remedy: "Name one of them with --admin-socket",
  });
}

/** Connects, and writes the request. */
export function ask(path: string, request: AdminRequest): Socket {
  const socket = process.getBuiltinModule("node:net").connect({ path });
  socket.on("error", () => {}); // Reading ends with it as well.
  socket.write(lineOf(request));
  return socket;
}

async function describe(path: string): Promise<string> {
  const socket = ask(path, { tracecore: PROTOCOL, ask: "who" });
  socket.setTimeout(ANSWER_MS, () => socket.destroy());
  try {
    for await (const { frame } of readFrames(socket)) {
      if (frame.frame === "who") return describeWho(frame);
    }
  } catch {
    // Closed in between: it is described as one that does not answer.
  }
  return "does not answer";
}

function describeWho({ pid, version, config }: WhoFrame): string {
  return `process ${pid}, version ${version}, ${config.join(", ")}`;
}

function missing(message: string, state: "refused" | "missing" | "denied"): TracecoreError {
  const remedies = {
    denied: "It belongs to another user: run the command as that user, or with sudo",
    refused: "Its process is gone: start the collector",
    missing:
      "Is it running, as this user, and not with runtime.admin_socket: off? Try sudo for one of root, or name its socket with --admin-socket",
  };
  return new TracecoreError("admin-socket-missing", message, { remedy: remedies[state] });
}
