/** Runs this very Node.js with `args` and waits for it; a failure carries what it wrote to its error stream. */
export async function runNode(args: readonly string[]): Promise<void> {
  // Loaded here and not above: every start of the command would pay 4 ms for it.
  const { execFile } = process.getBuiltinModule("node:child_process");
  const { promisify } = process.getBuiltinModule("node:util");
  await promisify(execFile)(process.execPath, args);
}
