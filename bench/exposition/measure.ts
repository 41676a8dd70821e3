import { Agent, request } from "node:http";
import { cpuMs } from "../process-cpu.ts";
import type { ServerProcess } from "./child.ts";

/** What scrapes cost a server. */
export interface Cost {
  /** Milliseconds of CPU of the server process for one scrape. */
  readonly cpuMs: number;
  readonly wireBytes: number;
}

export interface Scrape {
  readonly gzip: boolean;
  readonly tenth: boolean;
}

/** Longest warm-up and shortest measurement, in wall milliseconds. */
const WARM_MS = 1000;
const MEASURE_MS = 1500;
const FEWEST = 4;

/** Scrapes one after the other over one connection and divides what the server process used by their number. */
export async function measure(server: ServerProcess, scrape: Scrape): Promise<Cost> {
  using agent = disposable(new Agent({ keepAlive: true, maxSockets: 1 }));
  const headers = {
    accept: "text/plain;version=0.0.4",
    ...(scrape.gzip && { "accept-encoding": "gzip" }),
    "x-changed": scrape.tenth ? "10" : "100",
  };
  const once = (): Promise<number> => get(server.url, agent.value, headers);
  const warmUntil = performance.now() + WARM_MS;
  for (let i = 0; i < FEWEST || performance.now() < warmUntil; i++) await once();
  const before = cpuMs(server.pid);
  const until = performance.now() + MEASURE_MS;
  let scrapes = 0;
  let wireBytes = 0;
  while (scrapes < FEWEST || performance.now() < until) {
    wireBytes = await once();
    scrapes++;
  }
  return { cpuMs: (cpuMs(server.pid) - before) / scrapes, wireBytes };
}

function get(url: string, agent: Agent, headers: Record<string, string>): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  request(url, { agent, headers }, (response) => {
    let bytes = 0;
    response.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
    });
    response.on("end", () =>
      response.statusCode === 200 ? resolve(bytes) : reject(new Error(`status ${response.statusCode}`)),
    );
    response.on("error", reject);
  })
    .on("error", reject)
    .end();
  return promise;
}

function disposable(value: Agent): { readonly value: Agent } & Disposable {
  return { value, [Symbol.dispose]: () => value.destroy() };
}
