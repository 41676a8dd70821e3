import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { workload } from "./workload.ts";

/** A server process that answers scrapes. */
export interface ServerProcess extends AsyncDisposable {
  readonly pid: number;
  readonly url: string;
}

/** Starts one of our variants of server.ts. */
export async function startVariant(variant: string, count: number): Promise<ServerProcess> {
  const child = spawn(
    process.execPath,
    ["--conditions=@tracecore/source", "--no-warnings", join(import.meta.dirname, "server.ts"), variant, String(count)],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => {
    text += chunk.toString();
    if (text.includes("\n")) resolve(text.trim());
  });
  child.once("exit", (code) => reject(new Error(`the ${variant} server ended with status ${code}`)));
  return { ...stoppable(child), url: await promise };
}

/** The first of these programs that is installed. */
export function installed(...names: readonly string[]): string | undefined {
  return names.find((name) => spawnSync(name, ["--version"]).error === undefined);
}

/** Starts Debian's pushgateway and pushes the workload once: scraping it costs client_golang's gathering and encoding alone. */
export async function startPushgateway(program: string, count: number, port: number): Promise<ServerProcess> {
  const child = spawn(program, [`--web.listen-address=127.0.0.1:${port}`, "--log.level=error"], { stdio: "ignore" });
  const base = `http://127.0.0.1:${port}`;
  await answering(`${base}/-/ready`);
  const load = workload(count);
  const { families } = load;
  const values = load.next(false);
  let text = "";
  for (const [family, { name, labels }] of families.entries()) {
    text += `# HELP ${name} About ${name}.\n# TYPE ${name} gauge\n`;
    for (const [entity, set] of labels.entries()) {
      const pairs = Object.entries(set).map(([label, value]) => `${label}="${value}"`);
      text += `${name}{${pairs.join(",")}} ${values[entity * families.length + family]}\n`;
    }
  }
  const answer = await fetch(`${base}/metrics/job/bench`, { method: "PUT", body: text });
  if (!answer.ok) throw new Error(`pushgateway answered ${answer.status}: ${await answer.text()}`);
  await shows(`${base}/metrics`, `${families.at(-1)!.name}{`);
  return { ...stoppable(child), url: `${base}/metrics` };
}

/** Starts Debian's node_exporter, which shows what it finds on this machine. */
export async function startNodeExporter(program: string, port: number): Promise<ServerProcess> {
  const child = spawn(program, [`--web.listen-address=127.0.0.1:${port}`, "--log.level=error"], { stdio: "ignore" });
  const url = `http://127.0.0.1:${port}/metrics`;
  await answering(url);
  return { ...stoppable(child), url };
}

async function answering(url: string): Promise<void> {
  await retried(async () => (await fetch(url)).ok, url);
}

/** Pushgateway takes what was pushed in a moment later. */
async function shows(url: string, text: string): Promise<void> {
  await retried(async () => (await (await fetch(url)).text()).includes(text), url);
}

async function retried(attempt: () => Promise<boolean>, url: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (await attempt().catch(() => false)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    setTimeout(resolve, 100);
    await promise;
  }
  throw new Error(`no answer from ${url}`);
}

function stoppable(child: ChildProcess): { pid: number } & AsyncDisposable {
  return {
    pid: child.pid!,
    async [Symbol.asyncDispose]() {
      const { promise, resolve } = Promise.withResolvers<void>();
      child.removeAllListeners("exit");
      child.once("exit", () => resolve());
      child.kill("SIGKILL");
      await promise;
    },
  };
}
