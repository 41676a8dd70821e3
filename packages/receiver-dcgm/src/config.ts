import { messageOf } from "@tracecore/core";
import { duration, listenEndpoint, parseEndpoint, secret, type Endpoint, type Secret } from "@tracecore/core/config";
import * as z from "zod";
import { families, type Family } from "./fields/catalogue.ts";
import { parseCountersFile } from "./fields/counters-file.ts";
import { readCountersFile } from "./fields/read-counters-file.ts";
import { fieldProblem, presets } from "./fields/select-fields.ts";
import { namings, type Naming } from "./naming/namings.ts";
import { faultKinds, type Fault } from "./simulated/faults.ts";

/** The checked config; times in milliseconds. */
export interface DcgmConfig {
  readonly mode: "standalone" | "embedded" | "simulated";
  readonly endpoint: readonly Endpoint[];
  readonly collection_interval: number;
  readonly intervals: Readonly<{ [F in Family]?: number | undefined }>;
  readonly initial_delay: number;
  readonly fields?: readonly (string | number)[] | undefined;
  readonly counters_file?: string | undefined;
  readonly naming: readonly Naming[];
  readonly library?: string | undefined;
  readonly profiling: "auto" | "pause" | "off";
  readonly max_series: number;
  readonly isolation: "auto" | "process" | "none";
  readonly call_timeout: number;
  readonly health: boolean;
  readonly identifiers: "plain" | "hashed" | "index";
  readonly identifier_salt?: Secret | undefined;
  readonly serial_numbers: boolean;
  readonly xid_window: number;
  readonly clock_events_window: number;
  readonly kernel_log?: string | undefined;
  readonly control?: { readonly endpoint: Endpoint; readonly max_pause: number } | undefined;
  readonly simulated: {
    readonly gpus: number;
    readonly model: string;
    readonly seed: number;
    readonly mig: boolean;
    readonly faults: readonly Fault[];
  };
}

const faultSchema = z
  .strictObject({
    kind: z.enum(faultKinds).describe("What goes wrong."),
    gpu: z.int().min(0).default(0).describe("Index of the GPU."),
    after: duration({ zero: true }).prefault("0s").describe("Time from the start to the fault."),
    for: duration().optional().describe("How long it lasts. Without it, to the end."),
    code: z.int().min(1).max(99_999).default(79).describe("XID or SXID of the faults `xid` and `sxid`."),
  })
  .describe("A fault of a simulated GPU.");

/** Options of the receiver. */
export const config: z.ZodType<DcgmConfig> = z
  .strictObject({
    mode: z
      .enum(["standalone", "embedded", "simulated"])
      .default("standalone")
      .describe(
        "`standalone` asks an nv-hostengine that runs as a service; `embedded` runs the engine in a process of its own; `simulated` shows made-up GPUs and says so on each series' resource.",
      ),
    endpoint: endpoints()
      .prefault("localhost:5555")
      .describe("Host engine to ask: host:port, `[::1]:5555`, `unix:///run/nv-hostengine.sock`, or a list of them."),
    collection_interval: duration().prefault("10s").describe("Time between two reads."),
    intervals: z
      .strictObject(
        Object.fromEntries(
          families.map((family) => [family, duration().optional().describe(`Of the family \`${family}\`.`)]),
        ) as Record<Family, z.ZodOptional<z.ZodType<number, string>>>,
      )
      .prefault({})
      .describe("Time between two reads of a family of fields, where it is another: `{ profiling: 1s, ecc: 1m }`."),
    initial_delay: duration({ zero: true })
      .prefault("0s")
      .describe("Time before the first read; it may be longer than the interval."),
    fields: z
      .array(z.union([z.int(), z.string()]))
      .min(1)
      .optional()
      .describe(
        `What to read: ids, names of any DCGM version, tags, families (${families.join(", ")}) and presets (${presets.join(", ")}). Without it \`default\`, or just what \`counters_file\` names.`,
      ),
    counters_file: z
      .string()
      .min(1)
      .optional()
      .describe("Counters file of dcgm-exporter, CSV; its fields are read beside those of `fields`."),
    naming: z
      .array(z.enum(namings))
      .min(1)
      .default(["otel"])
      .describe("Names to show values under. Several may be on at once, for example while dashboards are changed."),
    library: z
      .string()
      .min(1)
      .optional()
      .describe("Path of libdcgm.so.4 or .so.3, or of its folder. Without it the usual folders are searched."),
    profiling: z
      .enum(["auto", "pause", "off"])
      .default("auto")
      .describe(
        "`auto` reads profiling fields where the GPU has them; `pause` gives the counters up so that Nsight can have them; `off` never asks for them.",
      ),
    max_series: z
      .int()
      .min(1)
      .default(20_000)
      .describe("Most series to emit. Those beyond are left out, always the same ones, and counted as `cardinality`."),
    isolation: z
      .enum(["auto", "process", "none"])
      .default("auto")
      .describe(
        "Where libdcgm runs: in a process of its own or in this one. `auto` is `process` for `mode: embedded`.",
      ),
    call_timeout: duration()
      .prefault("5s")
      .describe("Time after which a call into libdcgm counts as stuck and the connection as lost."),
    health: z.boolean().default(true).describe("Has DCGM watch the health of the GPUs, for `hw.status`."),
    identifiers: z
      .enum(["plain", "hashed", "index"])
      .default("plain")
      .describe(
        "What stands for a GPU in `hw.id` and PCI addresses: the UUID, a salted hash of it, or the index on the node without any address.",
      ),
    identifier_salt: secret()
      .optional()
      .describe("Salt of `identifiers: hashed`; the same one on all nodes keeps them comparable."),
    serial_numbers: z.boolean().default(false).describe("Shows the serial number of the board in `nvidia.gpu.info`."),
    xid_window: duration()
      .prefault("5m")
      .describe(
        "Time after which `DCGM_FI_DEV_XID_ERRORS` under dcgm-exporter names falls back to 0, and for which `DCGM_EXP_XID_ERRORS_COUNT` counts.",
      ),
    clock_events_window: duration()
      .prefault("5m")
      .describe("Time for which `DCGM_EXP_CLOCK_EVENTS_COUNT` of a counters file counts."),
    kernel_log: z
      .string()
      .regex(/^\//, "expected an absolute path such as /dev/kmsg")
      .optional()
      .describe(
        "Kernel log to read XIDs from as well, `/dev/kmsg`: it knows links, sub-codes and processes, and needs CAP_SYSLOG. Events that both sources tell count once.",
      ),
    control: z
      .strictObject({
        endpoint: listenEndpoint().describe("Loopback address or Unix socket to listen on."),
        max_pause: duration().prefault("1h").describe("Longest time that a request may pause or release for."),
      })
      .optional()
      .describe("HTTP to pause profiling and to release the GPUs. Without it no port is opened."),
    simulated: z
      .strictObject({
        gpus: z.int().min(0).max(256).default(8).describe("How many."),
        model: z.string().min(1).default("NVIDIA H100 80GB HBM3").describe("Their model name."),
        seed: z.int().default(1).describe("Start of the random numbers: equal seeds give equal values."),
        mig: z.boolean().default(false).describe("Splits the last GPU into MIG instances."),
        faults: z.array(faultSchema).default([]).describe("What goes wrong, and when."),
      })
      .prefault({})
      .describe("The made-up GPUs of `mode: simulated`."),
  })
  .superRefine((input, ctx) => {
    for (const [index, entry] of (input.fields ?? []).entries()) {
      const message = fieldProblem(entry);
      if (message !== undefined) ctx.addIssue({ code: "custom", path: ["fields", index], message, input: entry });
    }
    if (input.counters_file !== undefined) {
      for (const message of counterProblems(input.counters_file)) {
        ctx.addIssue({ code: "custom", path: ["counters_file"], message, input: input.counters_file });
      }
    }
    if (input.identifiers === "hashed" && input.identifier_salt === undefined) {
      const message = "hashed identifiers need identifier_salt. Without a salt a hash can be undone by trying";
      ctx.addIssue({ code: "custom", path: ["identifiers"], message, input: input.identifiers });
    }
    if (input.identifier_salt?.reveal() === "") {
      const message = "the salt is empty. Write a long random text";
      ctx.addIssue({ code: "custom", path: ["identifier_salt"], message, input: "" });
    }
    for (const [index, naming] of input.naming.entries()) {
      if (input.naming.indexOf(naming) === index) continue;
      const message = `"${naming}" is in the list already, and would give every series twice`;
      ctx.addIssue({ code: "custom", path: ["naming", index], message, input: naming });
    }
    const same = input.naming.filter((naming) => naming === "dcgm-exporter" || naming === "dcgm-exporter-4.8.4");
    if (new Set(same).size > 1) {
      const message = `${same.join(" and ")} have the same names, and differ in a label and a type: sums would be doubled. Take one of them`;
      ctx.addIssue({ code: "custom", path: ["naming", input.naming.indexOf(same[1]!)], message, input: same[1] });
    }
    const intervalMessage = intervalProblem(input);
    if (intervalMessage !== undefined) {
      ctx.addIssue({ code: "custom", path: ["intervals"], message: intervalMessage, input: input.intervals });
    }
    if (input.control !== undefined && !isLoopback(input.control.endpoint)) {
      const message = `expected a loopback address such as "localhost:9401" or a Unix socket, got "${input.control.endpoint.text}"`;
      ctx.addIssue({ code: "custom", path: ["control", "endpoint"], message, input: input.control.endpoint.text });
    }
    for (const [index, { gpu }] of input.simulated.faults.entries()) {
      if (gpu < input.simulated.gpus) continue;
      const message = `there is no GPU ${gpu}; simulated.gpus is ${input.simulated.gpus}`;
      ctx.addIssue({ code: "custom", path: ["simulated", "faults", index, "gpu"], message, input: gpu });
    }
  });

/** One endpoint, or a list of them. Not a union: that would say of a wrong endpoint only that it is neither. */
function endpoints(): z.ZodType<readonly Endpoint[], string | readonly string[]> {
  return z
    .union([z.string(), z.array(z.string()).min(1)])
    .meta({ "x-type": "endpoint, or list of endpoint" })
    .transform((input, ctx) => {
      const parsed: Endpoint[] = [];
      for (const [index, text] of [input].flat().entries()) {
        const result = parseEndpoint(text);
        const message = typeof result === "string" ? result : engineProblem(result, parsed);
        if (typeof result !== "string" && message === undefined) parsed.push(result);
        else
          ctx.addIssue({ code: "custom", path: Array.isArray(input) ? [index] : [], message: message!, input: text });
      }
      return parsed;
    });
}

/** What is wrong with the address of an engine beside those before it. */
function engineProblem({ host, port, path, text }: Endpoint, before: readonly Endpoint[]): string | undefined {
  if (path === undefined && host === "") {
    return `"${text}" names no host, and an engine is asked at one address. Write "localhost:${port}"`;
  }
  if (path === undefined && port === 0) return `no engine can be at port 0 of "${host}". The usual port is 5555`;
  const isTwice = before.some((one) => one.host === host && one.port === port && one.path === path);
  return isTwice ? `"${text}" is in the list already, and would give every series twice` : undefined;
}

/** The longest tick, ms, that all intervals are multiples of. */
export function tickMs({
  collection_interval,
  intervals,
}: Pick<DcgmConfig, "collection_interval" | "intervals">): number {
  return allIntervals(collection_interval, intervals).reduce(greatestCommonDivisor);
}

/** Less than this, ms, is refused as the tick of intervals that are longer: each tick wakes the process. */
const SHORTEST_COMMON_TICK_MS = 100;

function intervalProblem({ collection_interval, intervals }: DcgmConfig): string | undefined {
  const all = allIntervals(collection_interval, intervals);
  const tick = tickMs({ collection_interval, intervals });
  if (tick >= Math.min(SHORTEST_COMMON_TICK_MS, ...all)) return undefined;
  return `with collection_interval they have no more than ${tick} ms in common, and the receiver would wake up that often. Make each a multiple of the shortest`;
}

function allIntervals(interval: number, intervals: DcgmConfig["intervals"]): number[] {
  return [interval, ...Object.values(intervals)].filter((one) => one !== undefined);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** What is wrong with a counters file that is there; one that is not is an error of the start, not of the config. */
function counterProblems(file: string): readonly string[] {
  if (!process.getBuiltinModule("node:fs").existsSync(file)) return [];
  try {
    return parseCountersFile(readCountersFile(file), file).problems;
  } catch (error) {
    return [messageOf(error)];
  }
}

function isLoopback({ host, path }: Endpoint): boolean {
  return path !== undefined || host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);
}
