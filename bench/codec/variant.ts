/** One variant in a process of its own: prints CPU nanoseconds per item. */
import { encodedBatch, filterLogs, filterTraces, resource, type Metrics } from "@tracecore/core/pdata";
import { countItems, decodeProtobuf, encodeProtobuf } from "@tracecore/otlp";
import { bufbuild, otlpTransformer } from "./javascript-peers.ts";
import { requestType } from "../../packages/otlp/test/otlp-proto.ts";
import { forgetSeries } from "../../packages/otlp/src/proto/decode-metrics.ts";
import { ITEMS, requestOf, type Kind } from "./requests.ts";

/** Runs before any is measured, so that the compiler has seen everything. */
const WARM_UP_MS = 1500;
const MEASURED_MS = 3000;

const [kind, what] = process.argv.slice(2) as [Kind, string];
const signal = kind === "logs" ? "logs" : kind === "spans" ? "traces" : "metrics";
const bytes = requestOf(kind);
const type = requestType(signal);

/** Makes all columns; a decoded batch makes those that somebody reads. */
function decode(): object {
  const batch = decodeProtobuf(signal, bytes);
  return batch.signal === "metrics" ? batch.numbers : { ...batch };
}

/** Looks at a number of each record or span. */
function dropEverySecond(): object {
  const batch = decodeProtobuf(signal, bytes);
  if (batch.signal === "logs") {
    return encodeProtobuf(filterLogs(batch, (row) => batch.severityNumbers[row] !== 9 || row % 2 === 0));
  }
  if (batch.signal === "traces") {
    return encodeProtobuf(filterTraces(batch, (row) => batch.kinds[row] !== 2 || row % 2 === 0));
  }
  throw new Error("only records and spans are dropped");
}

const decoded = { ...decodeProtobuf(signal, bytes) };

// Made for their own processes alone: what they hold would cost the others, whose collector has to walk it.
const message = what === "protobufjs encode" ? type.decode(bytes) : undefined;
const reflected = what.startsWith("@bufbuild") ? bufbuild(type.name, bytes) : undefined;
const sdk = what.startsWith("otlp-transformer") ? otlpTransformer(decoded as Metrics) : undefined;
if (sdk !== undefined && decodeProtobuf("metrics", sdk()).itemCount !== ITEMS)
  throw new Error("otlp-transformer lost items");

const works: Readonly<Record<string, () => unknown>> = {
  check: () => countItems(signal, bytes),
  decode,
  "decode, every attribute set new": () => {
    forgetSeries();
    return decode();
  },
  // A copy of the columns knows nothing of the bytes that they came from.
  "drop every second": dropEverySecond,
  encode: () => encodeProtobuf({ ...decoded }),
  "pass on": () => encodeProtobuf(decodeProtobuf(signal, bytes)),
  "insert a resource attribute": () =>
    encodedBatch(decodeProtobuf(signal, bytes))!.mapResources((one) =>
      resource(one.attributes.with({ "deployment.environment.name": "production" }), one.schemaUrl),
    ),
  "protobufjs decode": () => type.decode(bytes),
  "protobufjs encode": () => type.encode(message!).finish(),
  "@bufbuild/protobuf decode": () => reflected?.decode(),
  "@bufbuild/protobuf encode": () => reflected?.encode(),
  "otlp-transformer encode": () => sdk?.(),
  memcpy: () => Buffer.from(bytes),
};

const work = works[what]!;
let kept: unknown;
run(WARM_UP_MS);
process.stdout.write(String(run(MEASURED_MS)));
if (kept === undefined) throw new Error("nothing was done");

/** CPU nanoseconds per item, garbage collection included, over at least `ms` of CPU. */
function run(ms: number): number {
  const before = process.cpuUsage();
  for (let times = 1; ; times++) {
    kept = work();
    const { user, system } = process.cpuUsage(before);
    if (user + system >= ms * 1000) return ((user + system) * 1000) / (times * ITEMS);
  }
}
