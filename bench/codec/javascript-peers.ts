/** What other libraries make of a request of the codec suite. */
import { createFileRegistry, fromBinary, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { ProtobufMetricsSerializer } from "@opentelemetry/otlp-transformer";
import { DataPointType, type ResourceMetrics } from "@opentelemetry/sdk-metrics";
import { timeAt, type Metrics, type Series, type TimeColumn } from "@tracecore/core/pdata";
import { fileDescriptors } from "../../packages/otlp/test/otlp-proto.ts";

/** Decoding and encoding by protobuf-es, which reflects on its descriptors. */
export function bufbuild(typeName: string, bytes: Uint8Array): { decode(): unknown; encode(): Uint8Array } {
  const type = createFileRegistry(fromBinary(FileDescriptorSetSchema, fileDescriptors())).getMessage(typeName)!;
  const message = fromBinary(type, bytes);
  return { decode: () => fromBinary(type, bytes), encode: () => toBinary(type, message) };
}

/** Encoding by the SDK's own library, which decodes no requests. */
export function otlpTransformer({ numbers, histograms }: Metrics): () => Uint8Array {
  const metrics = new Map<string, { dataPoints: object[] }>();
  const add = ({ family, attributes }: Series, point: object): void => {
    const { name, description, unit, kind } = family.descriptor;
    let metric = metrics.get(name);
    if (metric === undefined) {
      const dataPointType = { gauge: DataPointType.GAUGE, sum: DataPointType.SUM }[kind as "sum"];
      metric = {
        descriptor: { name, description, unit, valueType: 1 },
        aggregationTemporality: 1,
        dataPointType: dataPointType ?? DataPointType.HISTOGRAM,
        isMonotonic: true,
        dataPoints: [],
      } as { dataPoints: object[] };
      metrics.set(name, metric);
    }
    metric.dataPoints.push({ attributes: Object.fromEntries(attributes), ...point });
  };
  for (let row = 0; row < numbers.length; row++) {
    add(numbers.series[row]!, { ...times(numbers, row), value: numbers.values[row] });
  }
  for (let row = 0; row < histograms.length; row++) {
    const counts = [
      ...histograms.bucketCounts.subarray(histograms.bucketStarts[row], histograms.bucketStarts[row + 1]),
    ];
    const buckets = { boundaries: histograms.bounds[row], counts };
    const value = { buckets, sum: histograms.sums[row], count: histograms.counts[row] };
    add(histograms.series[row]!, { ...times(histograms, row), value });
  }
  const [first] = [...numbers.series, ...histograms.series];
  const request = {
    resource: { attributes: Object.fromEntries(first!.resource.attributes) },
    scopeMetrics: [{ scope: { name: "bench", version: "1" }, metrics: [...metrics.values()] }],
  } as unknown as ResourceMetrics;
  return () => ProtobufMetricsSerializer.serializeRequest(request)!;
}

function times(points: { times: TimeColumn; startTimes: TimeColumn }, row: number): object {
  return { startTime: hrTime(points.startTimes, row), endTime: hrTime(points.times, row) };
}

/** Seconds and nanoseconds, as the SDK has them. */
function hrTime(column: TimeColumn, row: number): [number, number] {
  const ns = timeAt(column, row);
  return [Number(ns / 1_000_000_000n), Number(ns % 1_000_000_000n)];
}
