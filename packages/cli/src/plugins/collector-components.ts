import type { ComponentKind } from "@tracecore/core";

const OTLP_IN = 'Have its clients send OTLP, and use the receiver "otlp"';
const NO_LOGS =
  'Leave it out: tracecore reads no logs of others. An agent that does can send OTLP to the receiver "otlp"';
const OTHER_IN = 'Leave it out, or let a Collector that has it send OTLP to the receiver "otlp"';
const OTHER_OUT = 'Use the exporter "otlp" or "otlphttp" with a backend, or a Collector, that takes OTLP';
const TRANSFORM = 'Use the processor "transform"';
const NO_AUTH = 'Use "bearertokenauth" or "basicauth", which read credentials from files again and again';
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
    tcplog: NO_LOGS,
    udplog: NO_LOGS,
    windowseventlog: NO_LOGS,
    awsxray: OTHER_IN,
    carbon: OTHER_IN,
    collectd: OTHER_IN,
    datadog: OTHER_IN,
    docker_stats: OTHER_IN,
    influxdb: OTHER_IN,
    kafka: OTHER_IN,
    splunk_hec: OTHER_IN,
    statsd: OTHER_IN,
    syslog: NO_LOGS,
    k8s_cluster: OTHER_IN,
    k8s_events: OTHER_IN,
    k8sobjects: OTHER_IN,
    kubeletstats: OTHER_IN,
    prometheus:
      "Leave it out: tracecore scrapes nothing. What it says of itself stands on telemetry.listen, for Prometheus to read",
  },
  processor: {
    groupbyattrs: "Leave it out: equal resources of a batch are one in any case",
    groupbytrace: 'Leave it out; "batch" joins small batches',
    k8sattributes: RESOURCE,
    logstransform: TRANSFORM,
    metricstransform: TRANSFORM,
    resourcedetection: RESOURCE,
    span: TRANSFORM,
    tail_sampling: 'Use the processor "probabilistic_sampler", which decides by the trace ID alone',
  },
  exporter: {
    awsemf: OTHER_OUT,
    awsxray: OTHER_OUT,
    azuremonitor: OTHER_OUT,
    clickhouse: OTHER_OUT,
    coralogix: OTHER_OUT,
    datadog: OTHER_OUT,
    elasticsearch: OTHER_OUT,
    googlecloud: OTHER_OUT,
    kafka: OTHER_OUT,
    opensearch: OTHER_OUT,
    signalfx: OTHER_OUT,
    splunk_hec: OTHER_OUT,
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
    asapclient: NO_AUTH,
    headers_setter: "Leave it out: what clients send beside the data is not passed on",
    oauth2client: NO_AUTH,
    oidc: NO_AUTH,
    sigv4auth: NO_AUTH,
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
  const name = [type, type.replaceAll("_", "")].find((one) => Object.hasOwn(advice[kind], one));
  return name === undefined ? undefined : advice[kind][name];
}
