import { checkPatterns, duration } from "@tracecore/core/config";
import * as z from "zod";
import { metrics } from "./metrics.ts";

/** Names to match by list or by regular expression. */
export type Match<K extends string> = { readonly [key in K]: readonly string[] } & {
  readonly match_type: "strict" | "regexp";
};

/** What every scraper may be told. */
export interface ScraperOptions {
  /** Metrics by name; those that are not named are on. */
  readonly metrics?: Readonly<Record<string, { readonly enabled: boolean }>> | undefined;
}

/** The scrapers that are on, with their options. */
export interface Scrapers {
  readonly cpu?: ScraperOptions | undefined;
  readonly memory?: ScraperOptions | undefined;
  readonly load?: (ScraperOptions & { readonly cpu_average: boolean }) | undefined;
  readonly paging?: ScraperOptions | undefined;
  readonly pressure?: ScraperOptions | undefined;
  readonly system?: ScraperOptions | undefined;
  readonly processes?: ScraperOptions | undefined;
  readonly process?: ScraperOptions | undefined;
  readonly disk?:
    | (ScraperOptions & {
        readonly include?: Match<"devices"> | undefined;
        readonly exclude?: Match<"devices"> | undefined;
      })
    | undefined;
  readonly network?:
    | (ScraperOptions & {
        readonly include?: Match<"interfaces"> | undefined;
        readonly exclude?: Match<"interfaces"> | undefined;
      })
    | undefined;
  readonly filesystem?:
    | (ScraperOptions & {
        readonly include_virtual_filesystems: boolean;
        readonly include_mount_points?: Match<"mount_points"> | undefined;
        readonly exclude_mount_points?: Match<"mount_points"> | undefined;
        readonly include_fs_types?: Match<"fs_types"> | undefined;
        readonly exclude_fs_types?: Match<"fs_types"> | undefined;
        /** Milliseconds. */
        readonly timeout: number;
      })
    | undefined;
}

/** The checked config; times in milliseconds. */
export interface HostmetricsConfig {
  readonly collection_interval: number;
  readonly initial_delay: number;
  readonly root_path: string;
  readonly scrapers?: Scrapers | undefined;
}

/** Which names a list of strings or regular expressions picks. */
const matcher = <K extends string>(key: K, what: string): z.ZodType<Match<K>> =>
  z
    .strictObject({
      [key]: z.array(z.string()).min(1).describe(`${what} to match.`),
      match_type: z
        .enum(["strict", "regexp"])
        .default("strict")
        .describe("`strict` compares whole names, `regexp` searches with regular expressions."),
    })
    .superRefine((match: Record<string, unknown>, context) => {
      checkPatterns(match as Record<string, unknown> & { match_type: string }, context);
    }) as unknown as z.ZodType<Match<K>>;

/** The metrics that begin like `name`, so that one sees how they are called here. */
function alike(name: string): string {
  const all = Object.keys(metrics.definitions);
  const group = name.split(".").slice(0, 2).join(".");
  const near = all.filter((one) => one.startsWith(`${group}.`));
  return (near.length > 0 ? near : all).join(", ");
}

const onAndOff = z
  .record(z.string(), z.strictObject({ enabled: z.boolean().describe("Whether to emit it.") }))
  .superRefine((chosen, context) => {
    for (const name of Object.keys(chosen)) {
      if (Object.hasOwn(metrics.definitions, name)) continue;
      context.addIssue({
        code: "custom",
        path: [name],
        message: `this receiver has no metric of that name. It has ${alike(name)}`,
        input: name,
      });
    }
  })
  .optional()
  .describe("Metrics to leave out, by name: `system.cpu.time: { enabled: false }`.");

const none = (what: string): z.ZodType<ScraperOptions | undefined> =>
  z.strictObject({ metrics: onAndOff }).optional().describe(what);

/** What the Collector can be silent about where it reads processes of others. */
const muted = ["all_errors", "name_error", "exe_error", "io_error", "user_error", "cgroup_error"];
const ignored = z
  .boolean()
  .optional()
  .describe("Accepted as the Collector has it; without effect, since a process can always read itself.");

/** Options of the receiver; names are those of the OpenTelemetry Collector. */
export const config: z.ZodType<HostmetricsConfig> = z.strictObject({
  collection_interval: duration().prefault("10s").describe("Time between two reads."),
  initial_delay: duration({ zero: true }).prefault("1s").describe("Time before the first read."),
  root_path: z
    .string()
    .regex(/^\//, "expected an absolute path such as /hostfs")
    .default("/")
    .describe("Folder under which the file system of the host is mounted, for example /hostfs in a container."),
  scrapers: z
    .strictObject({
      cpu: none("CPU time by mode."),
      memory: none("Memory by state."),
      load: z
        .strictObject({
          cpu_average: z.boolean().default(false).describe("Divide by the number of logical CPUs."),
          metrics: onAndOff,
        })
        .optional()
        .describe("Load averages."),
      paging: none("Swap and page faults."),
      pressure: none("Pressure stall information (PSI)."),
      system: none("Uptime."),
      processes: none("How many processes were created, run or are blocked."),
      process: z
        .strictObject({
          metrics: onAndOff,
          ...Object.fromEntries(muted.map((what) => [`mute_process_${what}`, ignored])),
        })
        .optional()
        .describe("CPU, memory, I/O and threads of the collector itself."),
      disk: z
        .strictObject({
          metrics: onAndOff,
          include: matcher("devices", "Device names").optional().describe("Only these devices."),
          exclude: matcher("devices", "Device names").optional().describe("Not these devices."),
        })
        .optional()
        .describe("I/O of block devices."),
      network: z
        .strictObject({
          metrics: onAndOff,
          include: matcher("interfaces", "Interface names").optional().describe("Only these interfaces."),
          exclude: matcher("interfaces", "Interface names").optional().describe("Not these interfaces."),
        })
        .optional()
        .describe("Bytes, packets, errors and drops of network interfaces."),
      filesystem: z
        .strictObject({
          metrics: onAndOff,
          include_virtual_filesystems: z
            .boolean()
            .default(false)
            .describe("Also report file systems without a device, such as tmpfs and overlay."),
          include_mount_points: matcher("mount_points", "Mount points").optional().describe("Only these mount points."),
          exclude_mount_points: matcher("mount_points", "Mount points").optional().describe("Not these mount points."),
          include_fs_types: matcher("fs_types", "File system types").optional().describe("Only these types."),
          exclude_fs_types: matcher("fs_types", "File system types").optional().describe("Not these types."),
          timeout: duration()
            .prefault("5s")
            .describe("How long one file system may take to answer; one that does not is left out until it does."),
        })
        .optional()
        .describe("Space and inodes of mounted file systems."),
    })
    .optional()
    .describe("What to read. Without it all of them with their defaults."),
});
