import {
  logs,
  metricFamily,
  MetricsBuilder,
  resource,
  scope,
  series,
  traces,
  type MetricKind,
} from "@tracecore/core/pdata";
import { encodeProtobuf } from "@tracecore/otlp";

/** Items of a request of the codec suite. */
export const ITEMS = 10_000;
const FAMILIES = 100;
const NOW = 1_795_237_565_078_000_000n;

const node = resource({ "service.name": "training", "host.name": "gpu-node-17", "k8s.pod.name": "job-abc-0" });
const own = scope({ name: "bench", version: "1" });

/** Eight text attributes, about 200 bytes encoded. */
function attributesOf(family: number, point: number): Record<string, string> {
  return {
    "hw.id": `GPU-8f2a-${family}-${point}`,
    "hw.name": "NVIDIA H100 80GB HBM3",
    "hw.type": "gpu",
    "pci.bdf": `0000:0${point % 8}:00.0`,
    "gpu.index": String(point),
    "k8s.namespace.name": "ml-training",
    "k8s.node.name": "node-17.cluster.local",
    "driver.version": "550.54.15",
  };
}

function metricRequest(items: number, kindOf: (family: number) => MetricKind): Uint8Array {
  const builder = new MetricsBuilder(NOW, items);
  for (let family = 0; family < FAMILIES; family++) {
    const kind = kindOf(family);
    const of = metricFamily(node, own, {
      name: `nvidia.gpu.metric_${family}`,
      description: "What it measures, in a few words.",
      unit: "1",
      kind,
      monotonic: kind === "sum",
      temporality: kind === "gauge" ? "unspecified" : "cumulative",
    });
    for (let point = 0; point < items / FAMILIES; point++) {
      const one = series(of, attributesOf(family, point));
      const options = { startTimeUnixNano: NOW - 60_000_000_000n };
      if (kind === "histogram") {
        const bounds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 50, 100];
        const bucketCounts = [...bounds, 0].map((_, i) => (point * i) % 97);
        const count = bucketCounts.reduce((sum, own_) => sum + own_, 0);
        builder.addHistogram(one, { count, sum: count * 0.7, bounds, bucketCounts }, options);
      } else builder.addNumber(one, kind === "sum" ? BigInt(family * point) : family + point + 0.5, options);
    }
  }
  return encodeProtobuf(builder.build());
}

function logRequest(items: number): Uint8Array {
  return encodeProtobuf(
    logs(
      Array.from({ length: items }, (_, i) => ({
        resource: node,
        scope: own,
        timeUnixNano: NOW + BigInt(i),
        observedTimeUnixNano: NOW,
        severityNumber: 9,
        severityText: "INFO",
        body: `request ${i} handled by worker ${i % 7} in ${(i * 3) % 1000} ms`,
        attributes: {
          "http.request.method": "GET",
          "http.route": "/api/v1/items",
          "http.response.status_code": 200,
          "user.id": `u-${i}`,
          duration_ms: i * 0.37,
        },
        traceId: "0af7651916cd43dd8448eb211c80319c",
        spanId: "b7ad6b7169203331",
      })),
    ),
  );
}

function traceRequest(items: number): Uint8Array {
  return encodeProtobuf(
    traces(
      Array.from({ length: items }, (_, i) => ({
        resource: node,
        scope: own,
        traceId: (BigInt(i) + (1n << 120n)).toString(16).padStart(32, "0"),
        spanId: (BigInt(i) + (1n << 60n)).toString(16),
        parentSpanId: "b7ad6b7169203331",
        name: `GET /api/v1/items/${i % 20}`,
        kind: "server" as const,
        startTimeUnixNano: NOW,
        endTimeUnixNano: NOW + BigInt(i * 1000),
        attributes: {
          "http.request.method": "GET",
          "http.route": "/api/v1/items",
          "http.response.status_code": 200,
          "server.address": "node-17.cluster.local",
          "user.id": `u-${i}`,
        },
      })),
    ),
  );
}

export type Kind = "numbers" | "histograms" | "logs" | "spans";

/** A request of so many items, a multiple of 100. */
export function requestOf(kind: Kind, items: number = ITEMS): Uint8Array {
  switch (kind) {
    case "numbers":
      return metricRequest(items, (family) => (family % 2 === 0 ? "sum" : "gauge"));
    case "histograms":
      return metricRequest(items, () => "histogram");
    case "logs":
      return logRequest(items);
    case "spans":
      return traceRequest(items);
  }
}
