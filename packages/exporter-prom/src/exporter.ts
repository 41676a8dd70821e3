import {
  defineExporter,
  inTurns,
  type EndpointCarrier,
  type ReloadListener,
  type ExporterFactory,
  type Sink,
} from "@tracecore/core";
import {
  collectorServerOptions,
  duration,
  listenEndpoint,
  httpLimits,
  tlsServer,
  unusedOption,
} from "@tracecore/core/config";
import { defaultHttpLimits, listenHttp } from "@tracecore/core/http";
import { eachPart } from "@tracecore/core/pdata";
import { PrometheusRegistry, translationStrategies, type RefusalReason } from "@tracecore/prometheus";
import * as z from "zod";
import { RefusalReport } from "./refusal-report.ts";
import { scrapeHandler } from "./scrape-handler.ts";

const config = z
  .strictObject({
    endpoint: listenEndpoint().prefault("localhost:9464").describe("Address to listen on. `:9464` is all interfaces."),
    path: z
      .string()
      .regex(/^\/[^\s?#\p{Cc}]*$/u, "expected an absolute path without query, such as /metrics")
      .default("/metrics")
      .describe("Path of the exposition."),
    namespace: z.string().default("").describe("Put before every metric name, with an underscore."),
    const_labels: z
      .record(
        z.string().regex(/^(?!__|le$|quantile$)[^\p{Cc}]+$/u, "expected a label name that Prometheus leaves free"),
        z.string(),
      )
      .default({})
      .describe("Labels of every series, unless the point has an attribute of that name."),
    send_timestamps: z
      .boolean()
      .default(false)
      .describe("Writes the time of each point. Prometheus then cannot mark a series as stale when it ends."),
    metric_expiration: duration().prefault("5m").describe("Time after which a series without a new value is left out."),
    enable_open_metrics: z
      .boolean()
      .default(true)
      .describe("Answers in OpenMetrics where the scraper asks for it. Exemplars are in OpenMetrics only."),
    add_metric_suffixes: z
      .boolean()
      .default(true)
      .describe("Adds unit and type to metric names, such as `_bytes_total`. Not used with `translation_strategy`."),
    translation_strategy: z
      .enum(translationStrategies)
      .optional()
      .describe(
        "How names are translated. Without it, as `add_metric_suffixes` says, with underscores for other characters.",
      ),
    resource_to_telemetry_conversion: z
      .strictObject({
        enabled: z.boolean().default(false).describe("Writes all resource attributes on every series."),
      })
      .prefault({})
      .describe("What becomes of resource attributes beside `target_info`."),
    without_scope_info: z.boolean().default(false).describe("Leaves the `otel_scope_…` labels out."),
    max_series: z
      .int()
      .min(1)
      .default(200_000)
      .describe("Most series to hold, 1 KiB of text each on average. A histogram takes one per bucket and two more."),
    tls: tlsServer().optional().describe("Serves HTTPS. Without it, plain text."),
    limits: httpLimits().prefault({}).describe("What a client may take of the listener."),
    sending_queue: unusedOption(z.looseObject({}).nullable(), "nothing waits; whoever scrapes reads the last values."),
    ...collectorServerOptions(),
  })
  .describe("Prometheus pull endpoint.");

/** Serves the last value of each series to Prometheus. */
export const promExporter: ExporterFactory = defineExporter({
  type: "prom",
  stability: { metrics: "beta" },
  config,
  async start(options, { settings, clock, dropped, telemetry }): Promise<Sink & EndpointCarrier & ReloadListener> {
    const { logger } = settings.telemetry;
    const registry = new PrometheusRegistry({
      strategy:
        options.translation_strategy ??
        (options.add_metric_suffixes ? "UnderscoreEscapingWithSuffixes" : "UnderscoreEscapingWithoutSuffixes"),
      namespace: options.namespace,
      constLabels: options.const_labels,
      scopeLabels: !options.without_scope_info,
      targetInfo: true,
      resourceToTelemetry: options.resource_to_telemetry_conversion.enabled,
      sendTimestamps: options.send_timestamps,
      maxSeries: options.max_series,
      metricExpirationMs: options.metric_expiration,
      clock,
    });
    const listener = await listenHttp({
      owner: `exporter "${settings.id}"`,
      endpoint: options.endpoint,
      configKey: `exporters.${settings.id}.endpoint`,
      tls: options.tls,
      limits: { ...defaultHttpLimits, ...options.limits },
      handler: scrapeHandler(registry, { path: options.path, openMetrics: options.enable_open_metrics }),
      logger,
      clock,
    });
    const report = new RefusalReport(settings, clock);
    const url = `${options.tls === undefined ? "http" : "https"}://${listener.address.text}${options.path}`;
    logger.info(`serves metrics at ${url}`);
    return {
      metrics: {
        async consume(batch) {
          let kind: RefusalReason | undefined;
          await eachPart(batch, async (part) => {
            const result = await inTurns(registry.updateInSteps(part));
            kind = report.take(result) ?? kind;
            // What could be shown is taken; sending the rest again would not help.
            if (result.refused > 0) dropped(result.refused);
          });
          if (kind === undefined) telemetry.incCallSuccess();
          else telemetry.incCallFailure(kind);
        },
      },
      endpoints: () => [url],
      configReloaded: async () => void (await listener.reloadTls()),
      [Symbol.asyncDispose]: () => listener.close(),
    };
  },
});
