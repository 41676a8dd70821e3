import { countItems } from "@tracecore/otlp";
import protobuf from "protobufjs";
import { describe, expect, test } from "vitest";
import { requestType } from "./otlp-proto.ts";

/** An empty value of each wire type. */
const values = new Map([
  [0, [0]],
  [1, [0, 0, 0, 0, 0, 0, 0, 0]],
  [2, [0]],
  [5, [0, 0, 0, 0]],
]);

/** The wire types that a field of the schema can have: numbers of a list come packed or by themselves. */
function allowed({ type, resolvedType, repeated }: protobuf.Field): readonly number[] {
  const own = resolvedType === null ? (protobuf.types.basic as Readonly<Record<string, number>>)[type]! : 2;
  return repeated && own !== 2 ? [own, 2] : [own];
}

function tagged(tag: number, content: readonly number[]): number[] {
  return tag < 128 ? [tag, ...content] : [(tag & 0x7f) | 0x80, tag >> 7, ...content];
}

interface Case {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly fits: boolean;
}

/** Each field of each message in a request, in each wire type. */
function* casesOf(
  type: protobuf.Type,
  wrap: (content: number[]) => number[] = (content) => content,
  seen: Set<string> = new Set(),
): Generator<Case> {
  if (seen.has(type.name)) return;
  seen.add(type.name);
  for (const field of type.fieldsArray) {
    field.resolve();
    for (const [wire, value] of values) {
      const bytes = Uint8Array.from(wrap(tagged(field.id * 8 + wire, value)));
      yield { name: `${type.name}.${field.name} in ${wire}`, bytes, fits: allowed(field).includes(wire) };
    }
    if (!(field.resolvedType instanceof protobuf.Type)) continue;
    const inside = (content: number[]): number[] => wrap(tagged(field.id * 8 + 2, [content.length, ...content]));
    yield* casesOf(field.resolvedType, inside, seen);
  }
}

function refusal(signal: "metrics" | "logs" | "traces", bytes: Uint8Array): string | undefined {
  try {
    countItems(signal, bytes);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

describe.each(["metrics", "logs", "traces"] as const)("of %s", (signal) => {
  test("F25: known fields in a wire type that they cannot have are refused with their place", () => {
    const all = [...casesOf(requestType(signal))];
    expect(all.length).toBeGreaterThan(100);
    const wrong = all.filter(({ bytes, fits }) => (refusal(signal, bytes) === undefined) !== fits);
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });
});

test("fields that are not known are passed by, whatever they hold", () => {
  for (const [wire, value] of values) {
    expect(refusal("logs", Uint8Array.from(tagged(20 * 8 + wire, value)))).toBeUndefined();
    expect(refusal("logs", Uint8Array.from(tagged(40 * 8 + wire, value)))).toBeUndefined();
  }
  expect(refusal("logs", Uint8Array.of(0x08, 1))).toBe("not OTLP: field 1 at byte 0 cannot have the wire type 0");
});
