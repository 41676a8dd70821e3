import type { ComponentKind } from "@tracecore/core";

const OTLP_IN = 'Have its clients send OTLP, and use the receiver "otlp"';
const NO_LOGS =
  'Leave it out: tracecore reads no logs of others. An agent that does can send OTLP to the receiver "otlp"';
const NO_KUBERNETES = 'Leave it out, or let a Collector that has it send OTLP to the receiver "otlp"';
const TRANSFORM = 'Use the processor "transform"';
const RESOURCE = 'Use the processor "resource" with values of the environment, such as ${env:NODE_NAME}';
const NO_OBSERVER = "Leave it out: no receiver here follows what it would find";
const NO_STORAGE = "Leave it out, and sending_queue.storage with it: what waits is kept in memory";

/** What to do about components of the Collector that are often in its configs and that nobody has made for tracecore. */
const advice: Readonly<Record<ComponentKind, Readonly<Record<string, string>>>> = {
  receiver: {
    jaeger: OTLP_IN,
    opencensus: OTLP_IN,
    skywalking: OTLP_IN,
    zipkin: OTLP_IN,
    filelog: NO_LOGS,
    fluentforward: NO_LOGS,
    journald: NO_LOGS,
    syslog: NO_LOGS,
    k8s_cluster: NO_KUBERNETES,
    k8s_events: NO_KUBERNETES,
    k8sobjects: NO_KUBERNETES,
    kubeletstats: NO_KUBERNETES,
    prometheus:
      "Leave it out: tracecore scrapes nothing. What it says of itself stands on telemetry.listen, for Prometheus to read",
  },
  processor: {
    groupbytrace: 'Leave it out; "batch" joins small batches',
    k8sattributes: RESOURCE,
    logstransform: TRANSFORM,
    metricstransform: TRANSFORM,
    resourcedetection: RESOURCE,
    span: TRANSFORM,
    tail_sampling: 'Use the processor "probabilistic_sampler", which decides by the trace ID alone',
  },
  exporter: {
    file: 'Use the exporter "stdout" with "format: json", and send the output to a file',
    jaeger: 'Use the exporter "otlp": Jaeger takes OTLP',
    loadbalancing: 'Use the exporter "otlp", which spreads its calls over all addresses of a name',
    logging: 'Use the exporter "debug", as the Collector calls it today',
    loki: 'Use the exporter "otlphttp": Loki takes OTLP under /otlp',
    prometheusremotewrite:
      'Use the exporter "otlphttp": Prometheus takes OTLP under /api/v1/otlp. Or let it scrape the exporter "prometheus"',
    zipkin: 'Use the exporter "otlphttp" with a backend that takes OTLP',
  },
  connector: {
    routing: 'Use the connector "forward", and a processor "filter" in each pipeline behind it',
    spanmetrics: 'Use the connector "count" for numbers of spans; durations are not measured here',
  },
  extension: {
    db_storage: NO_STORAGE,
    docker_observer: NO_OBSERVER,
    file_storage: NO_STORAGE,
    host_observer: NO_OBSERVER,
    k8s_observer: NO_OBSERVER,
    memory_ballast: "Leave it out: it has no use here",
    pprof: "Leave it out, also of service.extensions: it profiles programs in Go. Node.js has --cpu-prof",
    remotetap: 'Leave it out: "tracecore tap" shows what passes',
  },
};

/** What to do in place of installing a package for a component of the Collector; undefined where there may be one. */
export function collectorAdvice(kind: ComponentKind, type: string): string | undefined {
  return Object.hasOwn(advice[kind], type) ? advice[kind][type] : undefined;
}
