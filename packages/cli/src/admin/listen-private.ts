import type { Server, Socket } from "node:net";
import { messageOf, TracecoreError } from "@tracecore/core";

/** Nobody but the user of the process. */
const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;
const OTHERS_WRITE = 0o022;
const JUST_MADE_MS = 10_000;

/** Listens on `path`, for this user only. A socket that a process left behind there is replaced; anything else is not. */
export async function listenPrivate(path: string, accept: (socket: Socket) => void): Promise<Server> {
  try {
    return await bind(path, accept);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw unusable(path, error);
    const file = await fs().lstat(path);
    if (!file.isSocket()) throw unusable(path, new Error("a file that is not a socket lies there"));
    if ((await knock(path)) !== "refused") throw unusable(path, new Error("another process listens there"));
    await fs().rm(path, { force: true });
    return await bind(path, accept).catch((again: unknown) => {
      throw unusable(path, again);
    });
  }
}

/** Makes a folder that only this user can write to, or checks one that is there. */
export async function privateFolder(folder: string): Promise<void> {
  try {
    await fs().mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER });
    // With DynamicUser= systemd makes the runtime folder a link of root's; one of anybody else's may lead anywhere.
    const itself = await fs().lstat(folder);
    const found = itself.isSymbolicLink() && itself.uid === 0 ? await fs().stat(folder) : itself;
    if (!found.isDirectory()) throw new Error("it is not a folder");
    if (found.uid !== process.getuid?.()) throw new Error("it belongs to another user");
    if ((found.mode & OTHERS_WRITE) !== 0) throw new Error("other users may write to it");
  } catch (error) {
    throw unusable(folder, error);
  }
}

/** Whether somebody listens on a socket: `refused` means that its process is gone. */
export function knock(path: string): Promise<"answers" | "refused" | "missing" | "denied"> {
  const { promise, resolve } = Promise.withResolvers<"answers" | "refused" | "missing" | "denied">();
  const socket = process.getBuiltinModule("node:net").connect({ path });
  socket.once("connect", () => {
    socket.destroy();
    resolve("answers");
  });
  socket.once("error", ({ code }: NodeJS.ErrnoException) => {
    if (code === "EACCES" || code === "EPERM") resolve("denied");
    else resolve(code === "ECONNREFUSED" ? "refused" : "missing");
  });
  return promise;
}

/** Sockets in a folder, by path. */
export function socketsIn(folder: string): string[] {
  try {
    const names = process.getBuiltinModule("node:fs").readdirSync(folder);
    return names
      .filter((name) => name.endsWith(".sock"))
      .sort()
      .map((name) => `${folder}/${name}`);
  } catch {
    return []; // Most of the folders in which one may look are not there.
  }
}

/** Removes the socket of a process that was killed. One that was only just made may be about to listen. */
export async function removeLeftover(path: string): Promise<void> {
  try {
    const { mtimeMs } = await fs().lstat(path);
    if (Date.now() - mtimeMs > JUST_MADE_MS) await fs().unlink(path);
  } catch {
    // Somebody else's, or gone already.
  }
}

async function bind(path: string, accept: (socket: Socket) => void): Promise<Server> {
  const server = process.getBuiltinModule("node:net").createServer(accept);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  // The file must never be open to others, not even until its mode is changed; it is made within this call.
  const before = process.umask(0o177);
  try {
    server.listen({ path }, resolve);
  } finally {
    process.umask(before);
  }
  await promise;
  server.removeListener("error", reject);
  await fs().chmod(path, PRIVATE_FILE);
  return server;
}

function unusable(path: string, error: unknown): TracecoreError {
  const folder = path.slice(0, path.lastIndexOf("/")) || "/";
  // The system says "permission denied" of it where it means that there is nothing.
  const isThere = process.getBuiltinModule("node:fs").existsSync(folder);
  const why = isThere ? messageOf(error) : `there is no folder ${folder}`;
  return new TracecoreError("admin-socket-unusable", `cannot use ${path} for the admin socket: ${why}`, {
    remedy: `${isThere ? "Set" : "Make the folder, or set"} runtime.admin_socket to another path, or to off`,
  });
}

function fs(): typeof import("node:fs/promises") {
  return process.getBuiltinModule("node:fs/promises");
}
