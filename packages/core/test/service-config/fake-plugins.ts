import * as z from "zod";
import {
  defineConnector,
  defineExporter,
  defineExtension,
  defineProcessor,
  defineReceiver,
  type ComponentFactory,
  type ComponentKind,
} from "../../src/core.ts";
import { byteSize, duration, extensionId, listenEndpoint, secret, tlsClient } from "../../src/config/config.ts";
import {
  loadConfig,
  type CheckOptions,
  type LoadRequest,
  type Problem,
  type ResolvePlugin,
  formatProblem,
} from "../../src/service/config/load-config.ts";

const nothing = { [Symbol.asyncDispose]: () => Promise.resolve() };
const start = () => nothing;

const clock = defineReceiver({
  type: "clock",
  stability: { metrics: "stable" },
  config: z.strictObject({
    interval: duration().prefault("1s").describe("Time between two readings."),
    subsystems: z
      .array(z.enum(["cpu", "io", "memory"]))
      .min(1)
      .default(["cpu", "io", "memory"])
      .describe("Subsystems to report."),
    labels: z.record(z.string(), z.string()).default({}).describe("Labels."),
  }),
  start,
});
const everything = defineReceiver({
  type: "otlp",
  stability: { metrics: "stable", logs: "stable", traces: "stable" },
  config: z.strictObject({
    protocols: z
      .strictObject({
        grpc: z
          .strictObject({ endpoint: listenEndpoint().prefault("localhost:4317").describe("Address.") })
          .nullable()
          .optional()
          .describe("gRPC."),
        http: z
          .strictObject({ endpoint: listenEndpoint().prefault("localhost:4318").describe("Address.") })
          .nullable()
          .optional()
          .describe("HTTP."),
      })
      .prefault({})
      .describe("Protocols."),
  }),
  start,
});
const limiter = defineProcessor({
  type: "memory_limiter",
  stability: { metrics: "stable", logs: "stable", traces: "stable" },
  config: z.strictObject({
    check_interval: duration().prefault("1s").describe("Time between two checks."),
    limit_mib: z.int().min(1).max(1_000_000).describe("Resident memory, in MiB, above which data is refused."),
  }),
  start,
});
const batch = defineProcessor({
  type: "batch",
  stability: { metrics: "stable", logs: "stable", traces: "stable" },
  config: z.strictObject({
    timeout: duration({ zero: true }).prefault("200ms").describe("Time."),
    send_batch_size: z.int().min(0).default(8192).describe("Items."),
  }),
  start,
});
const http = defineExporter({
  type: "otlp_http",
  stability: { metrics: "stable", logs: "stable", traces: "stable" },
  config: z.strictObject({
    endpoint: z.url().describe("URL of the other side."),
    headers: z.record(z.string(), secret()).default({}).describe("Headers to send."),
    password: secret().optional().describe("Password."),
    user: z.string().optional().describe("User."),
    max_size: byteSize().prefault("4MiB").describe("Largest request."),
    compression: z.enum(["gzip", "zstd", "none"]).default("gzip").describe("Compression."),
    tls: tlsClient().prefault({}).describe("TLS."),
    signers: z
      .array(z.strictObject({ extension: extensionId() }))
      .optional()
      .describe("Who signs."),
    queue: z
      .union([
        z.strictObject({ size: z.number().describe("Items.") }),
        z.strictObject({ storage: z.string().describe("Where.") }),
        z.literal("none"),
      ])
      .optional()
      .describe("Queue."),
    auth: z
      .discriminatedUnion("type", [
        z.strictObject({ type: z.literal("basic").describe("Type."), user: z.string().describe("Who.") }),
        z.strictObject({ type: z.literal("token").describe("Type."), token: secret().describe("Token.") }),
      ])
      .optional()
      .describe("Authentication."),
  }),
  start,
});
const debug = defineExporter({
  type: "debug",
  stability: { metrics: "stable", logs: "stable", traces: "stable" },
  config: z.strictObject({ verbosity: z.enum(["basic", "normal", "detailed"]).default("basic").describe("How much.") }),
  start,
});
const prom = defineExporter({
  type: "prom",
  stability: { metrics: "stable" },
  config: z.strictObject({ endpoint: listenEndpoint().prefault("localhost:9400").describe("Where it listens.") }),
  start,
});
const forward = defineConnector({
  type: "forward",
  routes: (["metrics", "logs", "traces"] as const).map((signal) => ({ from: signal, to: signal, stability: "stable" })),
  config: z.strictObject({}),
  start,
});
const count = defineConnector({
  type: "count",
  routes: [
    { from: "logs", to: "metrics", stability: "stable" },
    { from: "traces", to: "metrics", stability: "stable" },
  ],
  config: z.strictObject({}),
  start,
});
const health = defineExtension({
  type: "health_check",
  stability: "stable",
  config: z.strictObject({ endpoint: listenEndpoint().prefault("localhost:13133").describe("Where it listens.") }),
  start,
});
const zpages = defineExtension({
  type: "zpages",
  stability: "stable",
  config: z.strictObject({ endpoint: listenEndpoint().prefault("localhost:55679").describe("Where it listens.") }),
  start,
});

const factories: readonly ComponentFactory[] = [
  clock,
  everything,
  limiter,
  batch,
  http,
  debug,
  prom,
  forward,
  count,
  health,
  zpages,
];

export const plugins = factories.map((factory) => ({
  factory,
  packageName: `@tracecore/${factory.kind}-${factory.type}`,
  version: "1.2.3",
  file: `/plugins/${factory.type}.js`,
}));

/** Finds the plugins above. */
export const resolve: ResolvePlugin = (kind: ComponentKind, type: string) =>
  Promise.resolve(
    plugins.find(({ factory }) => factory.type === type && (factory.kind === kind || type === "prom")) ?? {
      problem: {
        code: "plugin-not-found",
        message: `the ${kind} "${type}" is not installed`,
        remedy: `Run "pnpm add @tracecore/${kind}-${type}".`,
      },
    },
  );

/** As the runtime's: a disabled block is neither defaulted nor checked. */
export const telemetrySchema = z.union([
  z.looseObject({ enabled: z.literal(false).default(false) }).transform(() => ({ enabled: false })),
  z.strictObject({
    enabled: z.literal(true).describe("Whether it is served."),
    listen: listenEndpoint().prefault("localhost:8888").describe("Where."),
    metrics: z.strictObject({ level: z.string() }).optional().describe("How much."),
  }),
]);

export const options: CheckOptions = { resolve, telemetrySchema };

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Loads texts as config.yaml, or as one file for each. */
export function load(
  text: string | Record<string, string>,
  more: Partial<LoadRequest> = {},
): ReturnType<typeof loadConfig> {
  const files = typeof text === "string" ? { "config.yaml": text } : text;
  const sources = Object.entries(files).map(([file, content]) => ({ file, bytes: bytes(content) }));
  return loadConfig({ sources, env: {}, ...more }, options);
}

/** The lines that a user would see. */
export async function problemsOf(
  text: string | Record<string, string>,
  more?: Partial<LoadRequest>,
): Promise<string[]> {
  const { config, problems } = await load(text, more);
  if (config === undefined && !problems.some(({ severity }) => severity === "error"))
    throw new Error("no config and no error");
  if (config !== undefined && problems.some(({ severity }) => severity === "error"))
    throw new Error("a config and an error");
  return problems.map((problem: Problem) => formatProblem(problem));
}

/** A pipeline to put after components under test. */
export const pipeline = `pipelines:
  metrics:
    receivers: [clock]
    exporters: [debug]
`;
