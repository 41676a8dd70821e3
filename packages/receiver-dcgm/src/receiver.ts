import { messageOf, defineReceiver, TracecoreError, type ReceiverContext, type ReceiverFactory } from "@tracecore/core";
import { resource as internedResource, scope as internedScope, type Resource } from "@tracecore/core/pdata";
import { config, tickMs, type DcgmConfig } from "./config.ts";
import { serveControl, type ControlOptions } from "./control/control-server.ts";
import { diagnose } from "./diagnose.ts";
import { KernelLog } from "./events/kernel-log.ts";
import { parseCountersFile, type CountersFile } from "./fields/counters-file.ts";
import { readCountersFile } from "./fields/read-counters-file.ts";
import { selectFields } from "./fields/select-fields.ts";
import { metrics } from "./metrics.ts";
import { OutputMaker } from "./naming/output-maker.ts";
import { EndpointPoller } from "./poll/endpoint-poller.ts";
import { Failures } from "./poll/failures.ts";
import { engineSources, type SourceAt } from "./sources.ts";
import { libraryVariant } from "./variant.ts";

/** Reads NVIDIA GPUs through DCGM: metrics, faults and health. */
export const dcgmReceiver: ReceiverFactory = defineReceiver({
  type: "dcgm",
  stability: { metrics: "alpha", logs: "alpha" },
  config,
  metrics,
  variant: libraryVariant,
  diagnose,
  async start(options, ctx) {
    const { logger } = ctx.settings.telemetry;
    const { counters, computed } = countersOf(options, logger.warn.bind(logger));
    const entries = options.fields ?? (options.counters_file === undefined ? ["default"] : []);
    const fields = selectFields(entries, counters, options.profiling === "off" ? "off" : "auto");
    const resource = resourceOf(options, ctx);
    const maker = new OutputMaker({
      namings: options.naming,
      resource,
      scope: ctx.scope,
      verbatimScope: internedScope({
        name: ctx.scope.name,
        version: ctx.scope.version,
        attributes: { "tracecore.prometheus.verbatim": true },
      }),
      hostname: hostnameOf(resource),
    });
    const failures = new Failures(ctx.telemetry, logger, ctx.host);
    const kernelLog = kernelLogOf(options, ctx, failures);
    const limit = { max: options.max_series, used: 0 };
    const sources = await engineSources(options, ctx);
    const pollers = sources.map(
      ({ source, sameClock }, index) =>
        new EndpointPoller({
          source,
          sameClock,
          config: options,
          tickMs: tickMs(options),
          ctx,
          failures,
          limit,
          maker,
          fields,
          computed,
          identity: {
            identifiers: options.identifiers,
            salt: options.identifier_salt?.reveal(),
            endpoint: sources.length > 1 ? source.name : undefined,
          },
          resource,
          scope: ctx.scope,
          // The kernel log is this machine's: of several engines, the first is taken to be here.
          kernelLog: index === 0 ? kernelLog : undefined,
        }),
    );
    const stopping = new AbortController();
    const signal = AbortSignal.any([ctx.signal, stopping.signal]);
    // Before anything is read: where the port is taken the receiver does not start, and nothing may go on behind it.
    const control = await controlOf(options, { pollers, simulated: simulatedOf(sources), ctx }).catch(
      (error: unknown) => {
        kernelLog?.[Symbol.dispose]();
        throw error;
      },
    );
    const loops = pollers.map((poller) =>
      ctx.clock.every(tickMs(options), () => poller.tick(signal), { initialDelayMs: options.initial_delay }),
    );
    return {
      async [Symbol.asyncDispose]() {
        await control?.[Symbol.asyncDispose]();
        stopping.abort();
        // Together: a tick may wait for a call that ends only with its session.
        await Promise.all([...loops, ...pollers].map((one) => one[Symbol.asyncDispose]()));
        await Promise.all(pollers.map((poller) => poller.end()));
        kernelLog?.[Symbol.dispose]();
      },
    };
  },
});

/** The counters file, whose problems were told with the config where it was there then. */
function countersOf(
  { counters_file: file, naming }: DcgmConfig,
  warn: (message: string) => void,
): Pick<CountersFile, "counters" | "computed"> {
  if (file === undefined) return { counters: [], computed: [] };
  const { counters, computed, problems, ignored } = parseCountersFile(readCountersFile(file), file);
  if (problems.length > 0) throw new TracecoreError("dcgm-counters-file", problems.join("; "));
  for (const line of ignored) warn(line);
  if (computed.length > 0 && naming.every((one) => one === "otel")) {
    const names = computed.map(({ name }) => name).join(", ");
    warn(
      `${file}: ${names}: these are shown with a naming of dcgm-exporter only; nvidia.gpu.xid.errors and nvidia.gpu.clock.event tell the same`,
    );
  }
  return { counters, computed };
}

/** Made-up values say on their resource that they are. */
function resourceOf({ mode }: DcgmConfig, { settings }: ReceiverContext): Resource {
  const { resource } = settings.telemetry;
  if (mode !== "simulated") return resource;
  return internedResource(resource.attributes.with({ "tracecore.simulated": true }), resource.schemaUrl);
}

/** The node as Kubernetes calls it, or the name of the host: not that of a pod. */
function hostnameOf({ attributes }: Resource): string {
  const name = process.env["NODE_NAME"] ?? attributes.get("k8s.node.name") ?? attributes.get("host.name");
  return typeof name === "string" ? name : "";
}

function kernelLogOf(
  { kernel_log: path }: DcgmConfig,
  ctx: ReceiverContext,
  failures: Failures,
): KernelLog | undefined {
  if (path === undefined) return undefined;
  try {
    return new KernelLog(path, () => ctx.clock.nowMs());
  } catch (cause) {
    failures.fail(
      "kernel log",
      "kernel_log",
      new TracecoreError("dcgm-kernel-log", `cannot read ${path}: ${messageOf(cause)}`, {
        remedy: "Give the process CAP_SYSLOG, or leave kernel_log out: DCGM reports XIDs too",
      }),
    );
    return undefined;
  }
}

async function controlOf(
  { control, profiling }: DcgmConfig,
  rest: Pick<ControlOptions, "pollers" | "simulated" | "ctx">,
): Promise<AsyncDisposable | undefined> {
  if (control === undefined) return undefined;
  return serveControl({ ...control, ...rest, pausedByConfig: profiling === "pause" });
}

function simulatedOf(sources: readonly SourceAt[]): SourceAt["simulated"] {
  return sources[0]?.simulated;
}
