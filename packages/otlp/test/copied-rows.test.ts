import {
  encodedRows,
  filterLogs,
  filterTraces,
  mapResources,
  mapRowAttributes,
  resource,
  type AttributeValue,
  type Logs,
  type Traces,
} from "@tracecore/core/pdata";
import { decodeProtobuf, encodeProtobuf } from "@tracecore/otlp";
import { describe, expect, test } from "vitest";
import { readIndependently, requestType } from "./otlp-proto.ts";

const text = (stringValue: string): object => ({ stringValue });
const attribute = (key: string, value: object): object => ({ key, value });
const id = (byte: number, length: number): Uint8Array => new Uint8Array(length).fill(byte);

/** Records of every shape, under two resources that take turns and scopes with a schema. */
function logRequest(): Uint8Array {
  const record = (i: number): object => ({
    timeUnixNano: String(i * 1000),
    ...(i % 2 === 0 && { observedTimeUnixNano: String(i) }),
    severityNumber: i % 5,
    ...(i % 3 === 0 && { severityText: `S${i % 4}`, body: text(`body ${i} ä`) }),
    ...(i % 3 === 1 && { body: { kvlistValue: { values: [attribute("k", { intValue: String(i) })] } } }),
    attributes: Array.from({ length: i % 4 }, (_, n) =>
      attribute(`k${n}`, n === 2 ? { intValue: "7" } : text(`v${i}`)),
    ),
    ...(i % 2 === 1 && { traceId: id(i, 16), spanId: id(i, 8), flags: 1, eventName: `event ${i}` }),
    droppedAttributesCount: i % 3,
  });
  const type = requestType("logs");
  const resourceLogs = Array.from({ length: 4 }, (_, r) => ({
    resource: { attributes: [attribute("r", text(String(r % 2)))] },
    schemaUrl: r % 2 === 0 ? "https://schema" : "",
    scopeLogs: [0, 1].map((s) => ({
      scope: { name: `scope ${s}` },
      logRecords: Array.from({ length: 9 }, (_own, i) => record(r * 20 + s * 9 + i)),
    })),
  }));
  return type.encode(type.fromObject({ resourceLogs })).finish();
}

function spanRequest(): Uint8Array {
  const span = (i: number): object => ({
    traceId: id(i, 16),
    spanId: id(i, 8),
    ...(i % 2 === 0 && { parentSpanId: id(9, 8), traceState: `a=${i}`, flags: 257 }),
    name: `span ${i}`,
    kind: i % 6,
    startTimeUnixNano: String(i),
    endTimeUnixNano: String(i + 1),
    attributes: Array.from({ length: i % 3 }, (_, n) => attribute(`k${n}`, text(`v${i % 2}`))),
    ...(i % 4 === 0 && { events: [{ name: "e", timeUnixNano: "5", attributes: [attribute("a", text("b"))] }] }),
    ...(i % 4 === 1 && { links: [{ traceId: id(1, 16), spanId: id(2, 8) }], droppedLinksCount: 2 }),
    ...(i % 3 === 0 && { status: { code: 2, message: `failed ${i}` } }),
  });
  const type = requestType("traces");
  const resourceSpans = Array.from({ length: 3 }, (_, r) => ({
    resource: { attributes: [attribute("r", text(String(r)))] },
    scopeSpans: [{ spans: Array.from({ length: 12 }, (_own, i) => span(r * 12 + i)) }],
  }));
  return type.encode(type.fromObject({ resourceSpans })).finish();
}

const choices: readonly [string, (row: number) => boolean][] = [
  ["every second", (row) => row % 2 === 0],
  ["a stretch", (row) => row > 3 && row < 20],
  ["all but the first", (row) => row > 0],
  ["all but the last of a scope", (row) => row % 9 !== 8],
  ["one", (row) => row === 17],
  ["few, scattered", (row) => (row * 7919) % 5 === 1],
];

type Edit = (attributes: Map<string, AttributeValue>, row: number) => boolean;
const edits: readonly [string, Edit][] = [
  ["one more", (map) => Boolean(map.set("more", "text"))],
  ["one less", (map) => map.delete("k0")],
  ["none left", (map) => map.size > 0 && (map.clear(), true)],
  ["long ones", (map) => Boolean(map.set("long", "ä".repeat(500)))],
  ["one row", (map, row) => row === 7 && Boolean(map.set("more", true))],
];

describe.each([
  ["logs", logRequest(), (batch: Logs | Traces, keep: (row: number) => boolean) => filterLogs(batch as Logs, keep)],
  [
    "traces",
    spanRequest(),
    (batch: Logs | Traces, keep: (row: number) => boolean) => filterTraces(batch as Traces, keep),
  ],
] as const)("rows of %s that nobody changed", (signal, bytes, filter) => {
  const decode = (): Logs | Traces => decodeProtobuf(signal, bytes);

  test.each(choices)("are copied as if they had been encoded anew: %s", (_name, keep) => {
    const kept = filter(decode(), keep);
    expect(encodedRows(kept)?.bytes).toBe(bytes);
    const copied = encodeProtobuf(kept);
    const anew = encodeProtobuf({ ...kept });
    expect(readIndependently(signal, copied)).toEqual(readIndependently(signal, anew));
    expect(encodedRows({ ...kept })).toBeUndefined();
  });

  test("are copied also when rows are picked of picked rows", () => {
    const kept = filter(
      filter(decode(), (row) => row % 3 !== 0),
      (row) => row % 2 === 1,
    );
    expect(readIndependently(signal, encodeProtobuf(kept))).toEqual(
      readIndependently(signal, encodeProtobuf({ ...kept })),
    );
  });

  test.each(edits)("are copied around their attributes when these change: %s", (_name, edit) => {
    const edited = mapRowAttributes(decode(), edit);
    expect(encodedRows(edited)).toMatchObject({ bytes, hasOtherAttributes: true });
    const spliced = readIndependently(signal, encodeProtobuf(edited));
    expect(spliced).toEqual(readIndependently(signal, encodeProtobuf({ ...edited })));
    expect(spliced).not.toEqual(readIndependently(signal, bytes));
  });

  test("are copied around their attributes also when they are picked, edited again and moved to other resources", () => {
    let batch = mapRowAttributes(decode(), (map) => Boolean(map.set("first", 1)));
    batch = filter(batch, (row) => row % 3 !== 0);
    batch = mapRowAttributes(batch, (map, row) => row % 2 === 0 && map.delete("k0"));
    batch = mapResources(batch, (one) => resource(one.attributes.with({ cluster: "a" }), one.schemaUrl));
    batch = filter(batch, (row) => row % 5 !== 1);
    expect(encodedRows(batch)?.bytes).toBe(bytes);
    const anew = { ...batch };
    expect(anew.attributeKeys.filter((key) => key === "first")).toHaveLength(batch.itemCount);
    expect(readIndependently(signal, encodeProtobuf(batch))).toEqual(readIndependently(signal, encodeProtobuf(anew)));
    expect(new Set(batch.resources.map(({ attributes }) => attributes.get("cluster")))).toEqual(new Set(["a"]));
  });

  test("come out under the resources that others gave them", () => {
    const kept = filter(decode(), (row) => row % 2 === 0);
    const moved = mapResources(kept, (one) => resource(one.attributes.with({ cluster: "a" }), one.schemaUrl));
    const again = decodeProtobuf(signal, encodeProtobuf(moved)) as Logs | Traces;
    expect(new Set(again.resources.map(({ attributes }) => attributes.get("cluster")))).toEqual(new Set(["a"]));
    expect(again.itemCount).toBe(kept.itemCount);
  });

  test("have the same columns whatever is read first", () => {
    const whole = { ...decode() };
    for (const name of Object.keys(whole).toReversed() as (keyof (Logs | Traces))[]) {
      expect([name, decode()[name]]).toEqual([name, whole[name]]);
    }
    const backwards = decode();
    for (const name of Object.keys(whole).toReversed() as (keyof (Logs | Traces))[]) {
      expect([name, backwards[name]]).toEqual([name, whole[name]]);
    }
  });
});

const record = (fields: readonly number[]): number[] => [0x12, fields.length, ...fields];

// A field of a later protocol, a body in two pieces, attributes between the other fields, and no attributes at all.
test("what a row has that nobody knows stays when its attributes change", () => {
  const [time, unknown] = [
    [0x09, 1, 0, 0, 0, 0, 0, 0, 0],
    [0xfa, 0x3e, 2, 0x68, 0x69],
  ];
  const keyValue = [0x32, 8, 0x0a, 1, 0x6b, 0x12, 3, 0x0a, 1, 0x76];
  const body = [0x2a, 3, 0x0a, 1, 0x62];
  const rows = [
    [...time, ...keyValue, ...unknown],
    [...keyValue, ...body, ...keyValue, ...time],
    [...unknown, ...body],
    [],
  ];
  const scope = rows.flatMap((row) => record(row));
  const bytes = Uint8Array.from([0x0a, scope.length + 2, 0x12, scope.length, ...scope]);
  const edited = mapRowAttributes(decodeProtobuf("logs", bytes), (map) => {
    map.clear();
    return Boolean(map.set("n", "w"));
  });
  const other = [0x32, 8, 0x0a, 1, 0x6e, 0x12, 3, 0x0a, 1, 0x77];
  const out = Buffer.from(encodeProtobuf(edited)).toString("hex");
  for (const row of [
    [...time, ...other, ...unknown],
    [...other, ...body, ...time],
    [...unknown, ...body, ...other],
    other,
  ]) {
    expect(out).toContain(Buffer.from(record(row)).toString("hex"));
  }
});
