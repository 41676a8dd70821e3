import { countItems, decodeProtobuf } from "@tracecore/otlp";
import { logRecordAt } from "@tracecore/core/pdata";
import { TracecoreError } from "@tracecore/core";
import { describe, expect, test } from "vitest";

const field = (tag: number, ...content: readonly number[]): number[] => [tag, content.length, ...content];

/** A request with one point of an exponential histogram, whose packed bucket counts are these bytes, the last of all. */
function packedCounts(...packed: readonly number[]): Uint8Array {
  const point = field(0x0a, ...field(0x42, ...field(0x12, ...packed)));
  return Uint8Array.from(field(0x0a, ...field(0x12, ...field(0x12, ...field(0x52, ...point)))));
}

/** A request with one record or span that has only these bytes. */
function row(...content: readonly number[]): Uint8Array {
  return Uint8Array.from(field(0x0a, ...field(0x12, ...field(0x12, ...content))));
}

function refusal(signal: "metrics" | "logs" | "traces", bytes: Uint8Array): string {
  try {
    countItems(signal, bytes);
  } catch (error) {
    return (error as TracecoreError).message;
  }
  return "taken";
}

describe("packed numbers", () => {
  test("that stop in the middle of one are refused, and not read on behind the request", () => {
    expect(refusal("metrics", packedCounts(1, 0x80))).toBe(
      "not OTLP: the packed numbers at byte 14 do not end where they say",
    );
  });

  test("of more than ten bytes each are refused", () => {
    const nine = Array.from({ length: 9 }, () => 0x80);
    expect(refusal("metrics", packedCounts(...nine, 1))).toBe("taken");
    expect(refusal("metrics", packedCounts(...nine, 0x80, 1))).toBe("not OTLP: the number at byte 23 is too long");
  });

  test("are read to the last one, written short or long", () => {
    const { positive } = decodeProtobuf("metrics", packedCounts(1, 0x82, 0x00, 0x80, 0x01)).exponentialHistograms;
    expect(positive).toEqual([{ offset: 0, counts: [1, 2, 128] }]);
  });
});

describe("packed numbers of eight bytes", () => {
  const histogram = (...fields: readonly number[]): Uint8Array =>
    Uint8Array.from(field(0x0a, ...field(0x12, ...field(0x12, ...field(0x4a, ...field(0x0a, ...fields))))));
  const eight = [1, 0, 0, 0, 0, 0, 0, 0];

  // A backend that is strict refuses all that has been joined with it.
  test.each([
    ["counts", 0x32],
    ["bounds", 0x3a],
  ])("that stop in the middle of one are refused: %s", (_, tag) => {
    expect(refusal("metrics", histogram(...field(tag, ...eight)))).toBe("taken");
    expect(refusal("metrics", histogram(...field(tag)))).toBe("taken");
    expect(refusal("metrics", histogram(...field(tag, ...eight, 0)))).toBe(
      "not OTLP: the packed numbers at byte 12 do not end where they say",
    );
  });
});

test("a bool of more than 32 bits is true, as every number but 0", () => {
  const large = [0x80, 0x80, 0x80, 0x80, 0x80, 0x01];
  const body = (...value: readonly number[]): number[] => field(0x2a, 0x10, ...value);
  expect(logRecordAt(decodeProtobuf("logs", row(...body(...large))), 0).body).toBe(true);
  expect(logRecordAt(decodeProtobuf("logs", row(...body(0x80, 0x80, 0x00))), 0).body).toBe(false);
});

describe("a tag in a second spelling", () => {
  // Of attributes; the decoders look at its first byte.
  test.each([
    ["traces", [0xc9, 0x80, 0x00]],
    ["traces", [0xca, 0x00]],
    ["logs", [0xb2, 0x00]],
    ["logs", [0xb2, 0x80, 0x80, 0x80, 0x10]],
  ] as const)("in %s, %j, is refused: what is behind it would be passed by unread", (signal, tag) => {
    const attribute = field(0x0a, 0x61);
    expect(refusal(signal, row(...tag, attribute.length, ...attribute))).toBe(
      `not OTLP: the tag at byte ${5 + tag.length} is no field number`,
    );
  });

  test("is none where the number needs both bytes", () => {
    expect(decodeProtobuf("traces", row(0x85, 0x01, 1, 0, 0, 0)).flags[0]).toBe(1);
  });
});

describe("a number of an enum that is not known", () => {
  test.each([
    ["beyond a byte", [0x89, 0x02]],
    ["negative", [0xf7, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]],
  ])("and is %s does not become one that is", (_, number) => {
    expect(decodeProtobuf("logs", row(0x10, ...number)).severityNumbers[0]).toBe(0);
    const { kinds, statusCodes } = decodeProtobuf("traces", row(0x30, ...number, ...field(0x7a, 0x18, ...number)));
    expect([kinds[0], statusCodes[0]]).toEqual([0, 0]);
  });

  test("and fits a byte stays what it is", () => {
    expect(decodeProtobuf("logs", row(0x10, 0xfa, 0x01)).severityNumbers[0]).toBe(250);
  });
});
