import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Row } from "../compare.ts";
import { missingCompiler } from "../../packages/receiver-dcgm/double/compile.ts";
import { spread } from "../statistics.ts";
import { agentForms, agentTable, soakTable } from "./agent-figures.ts";
import type { Suite, SuiteOptions, SuiteResult } from "../suite.ts";

const run = promisify(execFile);

const variants = {
  call: "the library's own call, nothing read",
  table: "reading each row of the buffer: condition, value, time",
  batch: "reading, and the batch that is emitted: freshness, ranges, series",
  receiver: "`isolation: none`: call on a worker thread, reading, and the batch",
  tick: "`isolation: none`: call on a worker thread with its deadline, and reading",
  child: "`isolation: process`: the same through the engine process, both processes together",
  structs: "call, and koffi decodes a struct per row",
  callbacks: "call with a callback per value, as other bindings have it",
} as const;
type Variant = keyof typeof variants;

/** A process that takes longer hangs, milliseconds. */
const LONGEST_MS = 120_000;

/** An agent takes a minute to measure. */
const AGENT_ROUNDS = 3;

const sizes = [
  ["8", "60"],
  ["8", "100"],
  ["16", "200"],
] as const;

/** Our share of a tick of the GPU receiver, against the test double of libdcgm. */
export const dcgmSuite: Suite = {
  name: "dcgm",
  describe: "CPU and heap of reading GPU values from the test double of libdcgm, and timers while a call hangs",
  async run({ rounds, quick, soakMinutes, log }: SuiteOptions): Promise<SuiteResult> {
    const reason = missingCompiler();
    if (reason !== undefined) return { rows: [], markdown: reason };
    const cpu = new Map<string, number[]>();
    const heap = new Map<string, number[]>();
    const delays = new Map<string, number[]>();
    for (let round = 1; round <= rounds; round++) {
      for (const [gpus, fields] of sizes) {
        for (const variant of Object.keys(variants)) {
          const { cpuUs, heapBytes } = await json("variant.ts", [variant, gpus, fields]);
          push(cpu, `${variant} ${gpus}×${fields}`, cpuUs!);
          push(heap, `${variant} ${gpus}×${fields}`, heapBytes!);
          log(`round ${round}/${rounds} ${variant} ${gpus}×${fields}: ${cpuUs} µs`);
        }
      }
      for (const variant of ["idle", "hang", "child"]) {
        const { p50Ms, p99Ms } = await json("delay.ts", [variant]);
        push(delays, `${variant} p50`, p50Ms!);
        push(delays, `${variant} p99`, p99Ms!);
      }
    }
    const tables = [table(cpu, heap), delayTable(delays)];
    if (!quick || soakMinutes > 0) {
      const forms = agentForms();
      if (!quick) tables.push(await agentTable(forms, Math.min(rounds, AGENT_ROUNDS), log));
      if (soakMinutes > 0) tables.push(await soakTable(forms, soakMinutes, log));
    }
    return { rows: rowsOf(cpu), markdown: tables.join("\n\n") };
  },
};

async function json(file: string, args: readonly string[]): Promise<Record<string, number>> {
  const flags = ["--conditions=@tracecore/source", "--no-warnings", "--expose-gc", "--max-semi-space-size=256"];
  const { stdout } = await run(process.execPath, [...flags, join(import.meta.dirname, file), ...args], {
    timeout: LONGEST_MS,
  });
  return JSON.parse(stdout) as Record<string, number>;
}

function push(into: Map<string, number[]>, key: string, value: number): void {
  into.set(key, [...(into.get(key) ?? []), value]);
}

/** Without what the library's call takes, of the best rounds: what else the machine does only ever adds. */
function own(cpu: ReadonlyMap<string, number[]>, variant: Variant, size: string): number {
  const best = (name: Variant): number => Math.min(...cpu.get(`${name} ${size}`)!);
  return variant === "table" || variant === "batch" || variant === "call"
    ? best(variant)
    : Math.max(0, best(variant) - best("call"));
}

function rowsOf(cpu: ReadonlyMap<string, number[]>): Row[] {
  return sizes.flatMap(([gpus, fields]) =>
    (["structs", "callbacks"] as const).map((peer) => ({
      name: `dcgm/${gpus}x${fields}-tick/${peer}`,
      ratio: own(cpu, "tick", `${gpus}×${fields}`) / own(cpu, peer, `${gpus}×${fields}`),
    })),
  );
}

function table(cpu: ReadonlyMap<string, number[]>, heap: ReadonlyMap<string, number[]>): string {
  const names = sizes.map(([gpus, fields]) => `${gpus}×${fields}`);
  const lines = [
    "CPU microseconds per tick, all threads: median [range] of the rounds; own: of the best rounds, without the library's call; bytes of heap per tick.",
    "",
    `| way | ${names.flatMap((size) => [`${size} µs`, "own", "heap B"]).join(" | ")} |`,
    `|---|${names.map(() => "---|---|---|").join("")}`,
  ];
  for (const variant of Object.keys(variants) as Variant[]) {
    const cells = names.flatMap((size) => [
      spread(cpu.get(`${variant} ${size}`)!),
      `${Math.round(own(cpu, variant, size))}`,
      `${Math.round(Math.min(...heap.get(`${variant} ${size}`)!))}`,
    ]);
    lines.push(`| ${variants[variant]} | ${cells.join(" | ")} |`);
  }
  return lines.join("\n");
}

function delayTable(delays: ReadonlyMap<string, number[]>): string {
  const label = {
    idle: "nothing hangs",
    hang: "a call hangs, `isolation: none`",
    child: "a call hangs, `isolation: process`",
  };
  return [
    "Lateness of timers in the collector, ms (a timer each millisecond):",
    "",
    "| | p50 | p99 |",
    "|---|---|---|",
    ...Object.entries(label).map(
      ([name, text]) => `| ${text} | ${spread(delays.get(`${name} p50`)!)} | ${spread(delays.get(`${name} p99`)!)} |`,
    ),
  ].join("\n");
}
