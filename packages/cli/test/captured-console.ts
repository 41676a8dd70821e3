import { main, type Console, type HeldPlugins } from "../src/cli.ts";

/** What a command wrote, and how it ended. */
export interface Result {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions extends Partial<Pick<Console, "colors" | "cwd" | "env">> {
  readonly held?: HeldPlugins;
}

/** Runs the command in this process, on a console of its own: no colours, an empty environment, the root folder. */
export async function tracecore(
  args: readonly string[],
  { colors = false, cwd = "/", env = {}, held = {} }: RunOptions = {},
): Promise<Result> {
  let out = "";
  let err = "";
  const console: Console = {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    colors,
    cwd,
    env,
  };
  const status = await main(args, { console, held });
  return { status, out, err };
}
