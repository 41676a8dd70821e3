/** What the exit status of the command says; docs/configuration.md and `tracecore --help` list them. */
export const exitCodes = {
  /** It did what it was asked to, or was asked to stop and did. */
  ok: 0,
  /** It could not run: a component did not start, a port is taken, a file cannot be written. */
  failed: 1,
  /** The config or the command line is wrong. */
  usage: 2,
  /** It was told to stop a second time and left without finishing. */
  interrupted: 130,
} as const;
