/** Removes the Unix socket of a process that was killed, when `error` says that one is in the way and nobody listens on it. */
export async function removeLeftSocket(path: string, error: unknown): Promise<boolean> {
  if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") return false;
  const fs = process.getBuiltinModule("node:fs/promises");
  const isSocket = await fs.lstat(path).then(
    (file) => file.isSocket(),
    () => false,
  );
  if (!isSocket || !(await refuses(path))) return false;
  await fs.rm(path, { force: true });
  return true;
}

async function refuses(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = process.getBuiltinModule("node:net").connect({ path });
  socket.once("connect", () => resolve(false));
  socket.once("error", ({ code }: NodeJS.ErrnoException) => resolve(code === "ECONNREFUSED"));
  const refused = await promise;
  socket.destroy();
  return refused;
}
