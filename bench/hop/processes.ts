import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import type { LoadOrder, LoadReport, SinkReport } from "./protocol.ts";

const node = ["--no-warnings", "--conditions=@tracecore/source"];

/** Where what is sent arrives. */
export interface Sink extends AsyncDisposable {
  report(): Promise<SinkReport>;
}

function command(file: string, args: readonly string[], cores: string | undefined): [string, string[]] {
  const all = [process.execPath, ...node, join(import.meta.dirname, file), ...args];
  return cores === undefined ? [all[0]!, all.slice(1)] : ["taskset", ["-c", cores, ...all]];
}

/** Starts a sink of both protocols. */
export async function startSink(http: number, grpc: number, cores?: string): Promise<Sink> {
  const child = spawn(...command("sink.ts", [String(http), String(grpc)], cores), {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  await lines.next();
  return {
    async report() {
      child.stdin.write("\n");
      return JSON.parse((await lines.next()).value as string) as SinkReport;
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** Sends, and says what became of it. */
export async function load(order: LoadOrder, cores?: string): Promise<LoadReport> {
  const child = spawn(...command("load.ts", [], cores), { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(JSON.stringify(order));
  return JSON.parse(await text(child.stdout)) as LoadReport;
}
