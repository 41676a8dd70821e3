import { spawn } from "node:child_process";
import { once } from "node:events";
import { freePort } from "@tracecore/testkit";
import { folderWith, poll } from "./collector.ts";

/** One series of an answer. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A running Prometheus server. */
export interface Prometheus extends AsyncDisposable {
  /** What `expression` gives now; rejects when Prometheus refuses it. */
  query(expression: string): Promise<readonly Sample[]>;
  /** Asks again until `good` says yes. */
  until(expression: string, good: (samples: readonly Sample[]) => boolean): Promise<readonly Sample[]>;
  /** An answer of its HTTP API, under `data`. */
  api(path: string): Promise<unknown>;
}

/** Milliseconds to wait for an answer; scrapes and rules run each second. */
const DEADLINE_MS = 60_000;

/** Starts Prometheus with this config, on a port and with a storage of its own. */
export async function startPrometheus(program: string, config: string): Promise<Prometheus> {
  const folder = await folderWith({ "prometheus.yml": config });
  const port = await freePort();
  const child = spawn(
    program,
    [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  await once(child, "spawn");
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    log += text;
  });
  const ended = once(child, "close");
  const base = `http://127.0.0.1:${port}`;
  try {
    await poll(`${base}/-/ready`, (_text, status) => status === 200);
  } catch (error) {
    child.kill("SIGKILL");
    throw new Error(`prometheus did not start:\n${log}`, { cause: error });
  }

  const api = async (path: string): Promise<unknown> => {
    const response = await fetch(`${base}/api/v1/${path}`);
    const answer = (await response.json()) as { status: string; error?: string; data?: unknown };
    if (answer.status !== "success") throw new Error(`prometheus refuses ${path}: ${answer.error}`);
    return answer.data;
  };
  const query = async (expression: string): Promise<readonly Sample[]> => {
    const { result } = (await api(`query?query=${encodeURIComponent(expression)}`)) as {
      result: readonly { metric: Readonly<Record<string, string>>; value: [number, string] }[];
    };
    return result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
  };
  return {
    api,
    query,
    async until(expression, good) {
      const deadline = performance.now() + DEADLINE_MS;
      for (;;) {
        const samples = await query(expression);
        if (good(samples)) return samples;
        if (performance.now() > deadline) {
          throw new Error(
            `${expression} did not become as wanted: ${JSON.stringify(samples).slice(0, 2000)}\n${log.slice(-2000)}`,
          );
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
