import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, type Flavour } from "./places.ts";

/** How a process ended. */
export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** A running command. */
export interface Running extends AsyncDisposable {
  readonly pid: number;
  readonly out: string;
  readonly err: string;
  /** Resolves once `pattern` stands in what it has written to standard output or error. Rejects when it ends before. */
  saw(pattern: RegExp | string, deadlineMs?: number): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Milliseconds to wait for something that takes some hundred; long, so that a busy machine fails no test. */
const DEADLINE_MS = 30_000;

/** Starts the command. Disposing kills it. */
export function start(flavour: Flavour, args: readonly string[], { cwd = root, env = {} }: RunOptions = {}): Running {
  const [program, ...before] = flavour.command;
  const child = spawn(program, [...before, ...args], {
    cwd,
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: process.env["HOME"] ?? "/",
      NO_COLOR: "1",
      // Out of the way of collectors of the machine, and of those who look for them.
      TRACECORE_RUNTIME_DIR: join(tmpdir(), "tracecore-e2e-run"),
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let err = "";
  const listeners = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    for (const listener of listeners) listener();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
    for (const listener of listeners) listener();
  });
  const ended = once(child, "close").then(([status, signal]) => ({
    status: status as number | null,
    signal: signal as NodeJS.Signals | null,
    out,
    err,
  }));
  return {
    pid: child.pid!,
    get out() {
      return out;
    },
    get err() {
      return err;
    },
    ended,
    kill: (signal) => void child.kill(signal),
    async saw(pattern, deadlineMs = DEADLINE_MS) {
      const there = (): boolean =>
        typeof pattern === "string"
          ? out.includes(pattern) || err.includes(pattern)
          : pattern.test(out) || pattern.test(err);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const timer = setTimeout(() => reject(new Error(`did not see ${pattern}\n${out}\n${err}`)), deadlineMs);
      const look = (): void => {
        if (there()) resolve();
      };
      listeners.add(look);
      void ended.then(({ status }) =>
        there() ? resolve() : reject(new Error(`ended with ${status} before ${pattern}\n${out}\n${err}`)),
      );
      look();
      try {
        await promise;
      } finally {
        clearTimeout(timer);
        listeners.delete(look);
      }
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** Runs the command to its end. */
export async function run(flavour: Flavour, args: readonly string[], options?: RunOptions): Promise<Ended> {
  await using running = start(flavour, args, options);
  return await running.ended;
}

/** A folder of its own with these files. */
export async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "tracecore-e2e-"));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

/** Asks `url` until `good` says yes; gives the last text. */
export async function poll(
  url: string,
  good: (text: string, status: number) => boolean,
  deadlineMs = DEADLINE_MS,
): Promise<string> {
  const until = performance.now() + deadlineMs;
  let last = "";
  while (performance.now() < until) {
    try {
      const response = await fetch(url);
      last = await response.text();
      if (good(last, response.status)) return last;
    } catch (error) {
      last = String(error);
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`${url} did not become as wanted: ${last.slice(0, 2000)}`);
}
