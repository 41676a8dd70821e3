import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildExecutable, npmCommand } from "../executable.ts";
import { round, spread } from "../statistics.ts";
import { agent, engineScript, type Agent, type AgentOptions } from "./agent.ts";
import { gpuFieldIds } from "./gpu-batch.ts";

const GPUS = 8;
const FIELDS = 60;
/** Compiled code and heap settle for so long before anything is measured, in seconds. */
const SETTLE_S = 15;
const MEASURED_S = 30;
/** 86,400 in 10 minutes: a day at an interval of a second. */
const SOAK_INTERVAL_MS = 7;
const SOAK_SAMPLE_MS = 10_000;

const engines = {
  simulated: "`mode: simulated`, whose values cost CPU too",
  none: "the double, `isolation: none`",
  process: "the double, `isolation: process`",
} as const;
type Engine = keyof typeof engines;

/** How operators run it. */
export type Forms = Readonly<Record<"executable" | "npm command", readonly [string, ...string[]]>>;
type Form = keyof Forms;

/** Builds both forms of the collector. */
export function agentForms(): Forms {
  const executable = join(mkdtempSync(join(tmpdir(), "tracecore-agent-")), "tracecore");
  buildExecutable("examples/dcgm/tracecore.yaml", executable);
  return { executable: [executable], "npm command": [process.execPath, npmCommand] };
}

function options(command: Forms[Form], engine: Engine, intervalMs: number): AgentOptions {
  return { command, gpus: GPUS, fields: gpuFieldIds(FIELDS), intervalMs, engine };
}

/** CPU and memory of the whole agent, and how soon it has values of an engine that was restarted. */
export async function agentTable(forms: Forms, rounds: number, log: (line: string) => void): Promise<string> {
  const lines = [
    `The collector with ${GPUS} GPUs × ${FIELDS} fields each second and a scrape with gzip each second; all processes together, ${MEASURED_S} s after ${SETTLE_S} s. Values after a restart: from the return of an engine that was away for some seconds to the first scrape that shows its values.`,
    "",
    "| engine | run as | processes | CPU % of a core | RssAnon MiB | RSS MiB | values after a restart, s |",
    "|---|---|---|---|---|---|---|",
  ];
  for (const engine of Object.keys(engines) as Engine[]) {
    for (const [form, command] of Object.entries(forms) as [Form, Forms[Form]][]) {
      lines.push(await agentLine(engine, form, command, rounds, log));
    }
  }
  return lines.join("\n");
}

async function agentLine(
  engine: Engine,
  form: Form,
  command: Forms[Form],
  rounds: number,
  log: (line: string) => void,
): Promise<string> {
  const cpu: number[] = [];
  const anon: number[] = [];
  const resident: number[] = [];
  const back: number[] = [];
  let processes = 0;
  for (let number = 1; number <= rounds; number++) {
    await using one = await agent(options(command, engine, 1_000));
    await scrapeEachSecond(one, SETTLE_S);
    const beforeMs = one.cpuMs();
    const startedMs = performance.now();
    await scrapeEachSecond(one, MEASURED_S);
    cpu.push(((one.cpuMs() - beforeMs) / (performance.now() - startedMs)) * 100);
    anon.push(one.anonMib());
    resident.push(one.residentMib());
    processes = one.processes();
    if (engine !== "simulated") back.push(await restartSeconds(one));
    log(`agent ${engine} ${form} ${number}/${rounds}: ${round(cpu.at(-1)!)} %, ${round(anon.at(-1)!)} MiB`);
  }
  const restart = back.length === 0 ? "–" : spread(back);
  return `| ${engines[engine]} | ${form} | ${processes} | ${spread(cpu)} | ${spread(anon)} | ${spread(resident)} | ${restart} |`;
}

async function scrapeEachSecond(one: Agent, seconds: number): Promise<void> {
  for (let number = 0; number < seconds; number++) {
    one.script(...engineScript(GPUS));
    await one.scrape();
    await after(1_000);
  }
}

async function restartSeconds(one: Agent): Promise<number> {
  one.script("engine down 1");
  while (isUp(await one.scrape())) await after(50);
  await after(3_000);
  one.script(...engineScript(GPUS, 2));
  const startedMs = performance.now();
  while (!isUp(await one.scrape())) await after(20);
  return (performance.now() - startedMs) / 1000;
}

/** Values, and not only the receiver's word that the engine answers. */
function isUp(text: string): boolean {
  return /^tracecore_dcgm_up(\{.*\})? 1$/m.test(text) && /^(hw|nvidia)_.*hw_id="GPU-7"/m.test(text);
}

/** Many ticks in little time: what grows? */
export async function soakTable({ executable }: Forms, minutes: number, log: (line: string) => void): Promise<string> {
  await using one = await agent({ ...options(executable, "process", SOAK_INTERVAL_MS), canCollect: true });
  const samples: { readonly atMin: number; readonly live: number; readonly anon: number; handles: number }[] = [];
  const startedMs = performance.now();
  const untilMs = startedMs + minutes * 60_000;
  for (let number = 0; performance.now() < untilMs; number++) {
    one.script(...engineScript(GPUS));
    await one.scrape();
    const atMin = (performance.now() - startedMs) / 60_000;
    if (atMin * 60_000 >= samples.length * SOAK_SAMPLE_MS) {
      const live = await one.liveMib();
      samples.push({ atMin, live, anon: one.anonMib(), handles: one.handles() });
    }
    await after(SOAK_INTERVAL_MS);
  }
  const settled = samples.slice(Math.ceil(samples.length / 2));
  const first = settled[0]!;
  const last = settled.at(-1)!;
  const handles = settled.map((sample) => sample.handles);
  log(`soak: ${samples.length} samples`);
  return [
    `A soak of ${minutes} minutes, a tick and a scrape each ${SOAK_INTERVAL_MS} ms (at most ${Math.floor((minutes * 60_000) / SOAK_INTERVAL_MS)}), the executable with \`isolation: process\`; the second half, in which memory has settled. Memory is read after a collection of all garbage: between collections it says when V8 did the last one.`,
    "",
    "| | at its begin | at its end | slope per minute |",
    "|---|---|---|---|",
    `| alive in the heaps, MiB | ${round(first.live)} | ${round(last.live)} | ${slope(settled, "live").toFixed(2)} |`,
    `| RssAnon MiB | ${round(first.anon)} | ${round(last.anon)} | ${slope(settled, "anon").toFixed(2)} |`,
    `| file descriptors | ${first.handles} | ${last.handles} | ${Math.min(...handles)} to ${Math.max(...handles)} |`,
  ].join("\n");
}

/** Least squares, per minute. */
function slope(
  samples: readonly { readonly atMin: number; readonly anon: number; readonly live: number }[],
  key: "anon" | "live",
): number {
  const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const x = meanOf(samples.map(({ atMin }) => atMin));
  const y = meanOf(samples.map((sample) => sample[key]));
  let over = 0;
  let under = 0;
  for (const sample of samples) {
    over += (sample.atMin - x) * (sample[key] - y);
    under += (sample.atMin - x) ** 2;
  }
  return over / under;
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}
