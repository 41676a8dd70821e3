/** One variant in a process of its own: prints CPU nanoseconds per item. */
import { promisify } from "node:util";
import {
  encodedBatch,
  filterLogs,
  filterTraces,
  mapRowAttributes,
  resource,
  type Metrics,
} from "@tracecore/core/pdata";
import { countItems, decodeProtobuf, encodeProtobuf } from "@tracecore/otlp";
import { garbageCollector, systemClock } from "@tracecore/core";
import { collectBuffers } from "../../packages/cli/src/heap-growth.ts";
import { bufbuild, otlpTransformer } from "./javascript-peers.ts";
import { requestType } from "../../packages/otlp/test/otlp-proto.ts";
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

/** Where the four characters stand that `renew` changes in an attribute of each point. */
const changing = what.endsWith("new") ? placesOf("GPU-8f2a") : [];
let renewed = 0;

/** Gives each point attributes that nobody has seen. */
function renew(): void {
  const digits = Buffer.from((renewed++).toString(36).padStart(4, "0"));
  for (const place of changing) bytes.set(digits, place + 4);
}

function placesOf(text: string): readonly number[] {
  const places: number[] = [];
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = buffer.indexOf(text); at !== -1; at = buffer.indexOf(text, at + 1)) places.push(at);
  if (places.length !== ITEMS) throw new Error(`${places.length} of ${ITEMS} attributes can be changed`);
  return places;
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

/** As the processor `attributes` does. */
function insertEach(): object {
  const batch = decodeProtobuf(signal, bytes);
  if (batch.signal === "metrics") throw new Error("series have attributes of their own");
  return encodeProtobuf(
    mapRowAttributes(batch, (map) => !map.has("cluster") && map.set("cluster", "training-7") !== undefined),
  );
}

const decoded = { ...decodeProtobuf(signal, bytes) };

// Made for their own processes alone: what they hold would cost the others, whose collector has to walk it.
const message = what === "protobufjs encode" ? type.decode(bytes) : undefined;
const reflected = what.startsWith("@bufbuild") ? bufbuild(type.name, bytes) : undefined;
const sdk = what.startsWith("otlp-transformer") ? otlpTransformer(decoded as Metrics) : undefined;
if (sdk !== undefined && decodeProtobuf("metrics", sdk()).itemCount !== ITEMS)
  throw new Error("otlp-transformer lost items");

const nextTurn = promisify(setImmediate);

const works: Readonly<Record<string, () => unknown>> = {
  check: () => countItems(signal, bytes),
  decode,
  "decode, every attribute set new": () => {
    renew();
    return decode();
  },
  // A copy of the columns knows nothing of the bytes that they came from.
  "drop every second": dropEverySecond,
  "insert an attribute into each": insertEach,
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
// As a collector has it that works hard; the heap may grow by an option of this process.
const end = new AbortController();
void collectBuffers(systemClock, end.signal, garbageCollector()!.young);
await run(WARM_UP_MS);
process.stdout.write(String(await run(MEASURED_MS)));
end.abort();
if (kept === undefined) throw new Error("nothing was done");

/** CPU nanoseconds per item, garbage collection included, over at least `ms` of CPU. */
async function run(ms: number): Promise<number> {
  const before = process.cpuUsage();
  for (let times = 1; ; times++) {
    kept = work();
    // As between requests: what was asked for lately is kept alive until the turn ends.
    await nextTurn();
    const { user, system } = process.cpuUsage(before);
    if (user + system >= ms * 1000) return ((user + system) * 1000) / (times * ITEMS);
  }
}
