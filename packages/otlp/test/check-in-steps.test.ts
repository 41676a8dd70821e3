import { countItems, countItemsInSteps, type RequestSize } from "@tracecore/otlp";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mutate, random } from "./mutate.ts";
import { corpus, encoded, signals, type Signal } from "./seed-requests.ts";

interface Checked {
  readonly size: RequestSize;
  /** How often the check let others have their turn. */
  readonly pauses: number;
}

function inSteps(signal: Signal, bytes: Uint8Array, mostItems?: number, stepBytes?: number): Checked {
  const steps = countItemsInSteps(signal, bytes, mostItems, stepBytes);
  for (let pauses = 0; ; pauses++) {
    const { done, value } = steps.next();
    if (done === true) return { size: value, pauses };
    // Each step reads something.
    if (pauses > bytes.length) throw new Error("the check does not end");
  }
}

/** The counts of a request, or what is wrong with it. */
function outcome(check: () => unknown): unknown {
  try {
    return check();
  } catch (error) {
    return (error as Error).message;
  }
}

/** Whether a request is sound, of which both checks must say the same. */
function sameInSteps(signal: Signal, bytes: Uint8Array, stepBytes: number): boolean {
  const whole = outcome(() => countItems(signal, bytes));
  expect(outcome(() => inSteps(signal, bytes, undefined, stepBytes).size.counts)).toEqual(whole);
  return typeof whole !== "string";
}

/** A field of bytes. */
function field(tag: number, content: Uint8Array): Buffer {
  const head = [tag];
  let rest = content.length;
  for (; rest >= 0x80; rest >>>= 7) head.push((rest & 0x7f) | 0x80);
  return Buffer.concat([Buffer.from([...head, rest]), content]);
}

const repeated = (bytes: Uint8Array, times: number): Buffer => Buffer.alloc(bytes.length * times, bytes);
const records = (count: number): Buffer => field(0x0a, field(0x12, repeated(Buffer.of(0x12, 0), count)));
/** A KeyValue. */
const entry = (value: Uint8Array): Buffer => Buffer.concat([field(0x0a, Buffer.from("a")), field(0x12, value)]);
/** A record whose body is a map with this AnyValue, in so many lists. */
function listed(value: Uint8Array, lists: number): Buffer {
  let body = field(0x32, field(0x0a, entry(value)));
  for (let i = 0; i < lists; i++) body = field(0x2a, field(0x0a, body));
  return field(0x0a, field(0x12, field(0x12, field(0x2a, body))));
}

describe("a check in steps finds what a check at once does", () => {
  test.each(signals)("in sound %s, whatever the steps", (signal) => {
    const seed = encoded(signal);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 3000 }), (times, stepBytes) => {
        // Requests behind one another are one request.
        expect(sameInSteps(signal, repeated(seed, times), stepBytes)).toBe(true);
      }),
    );
    expect(inSteps(signal, seed, undefined, 1).pauses).toBeGreaterThan(40);
  });

  test.each(signals)("in damaged %s", (signal) => {
    const next = random(3);
    const seed = encoded(signal);
    let taken = 0;
    const inputs = 3000;
    for (let i = 0; i < inputs; i++) {
      const bytes = mutate(seed, next);
      if (sameInSteps(signal, bytes, 1 + (i % 97))) taken++;
    }
    expect(taken).toBeGreaterThan(inputs / 100);
    expect(taken).toBeLessThan(inputs * 0.9);
  });

  test.each(corpus)("in %s from the corpus", (_, bytes) => {
    const sound = signals.filter((signal) => sameInSteps(signal, bytes, 1));
    for (const stepBytes of [2, 3, 50]) {
      expect(signals.filter((signal) => sameInSteps(signal, bytes, stepBytes))).toEqual(sound);
    }
  });

  test.each(signals)("in %s that are cut off at any byte", (signal) => {
    const seed = encoded(signal);
    for (let end = 1; end < seed.length; end++) {
      expect(sameInSteps(signal, seed.subarray(0, end), 1 + (end % 7))).toBe(false);
    }
  });
});

test("a check pauses every 64 KiB, and not in a small request", () => {
  expect(inSteps("logs", records(1000))).toEqual({
    size: { counts: [1000, 0, 0, 0], load: 1000, work: 1001 },
    pauses: 0,
  });
  expect(inSteps("logs", records(512 * 1024)).pauses).toBe(16);
});

describe("packed numbers are checked in steps too", () => {
  const counts = (packed: Uint8Array): Buffer =>
    field(0x0a, field(0x12, field(0x12, field(0x52, field(0x0a, field(0x42, field(0x12, packed)))))));
  const long = repeated(Buffer.of(1, 0x80, 0x01, 0x80, 0x80, 0x02), 50_000);

  test("of sound numbers", () => {
    const { size, pauses } = inSteps("metrics", counts(long));
    expect(size.counts).toEqual([0, 0, 1, 0]);
    expect(pauses).toBe(4);
    for (const stepBytes of [1, 2, 3, 4, 5])
      expect(sameInSteps("metrics", counts(long.subarray(0, 60)), stepBytes)).toBe(true);
  });

  test("of numbers that have no end, with the place where they begin", () => {
    const check = (): unknown => inSteps("metrics", counts(Buffer.concat([long, Buffer.of(0x80)])));
    expect(check).toThrow("not OTLP: the packed numbers at byte 28 do not end where they say");
    const tooLong = Buffer.concat([long, Buffer.alloc(10, 0x80), Buffer.of(1)]);
    expect(() => inSteps("metrics", counts(tooLong))).toThrow("not OTLP: the number at byte 300037 is too long");
  });
});

describe("a check that is told how many items are too many", () => {
  test("goes to the end where there are as many", () => {
    expect(inSteps("logs", records(500_000), 500_000).size).toEqual({
      counts: [500_000, 0, 0, 0],
      load: 500_000,
      work: 500_001,
    });
    const unsound = Buffer.concat([records(1000), repeated(Buffer.of(0x10, 0), 100_000), Buffer.of(0)]);
    expect(() => inSteps("logs", unsound, 1000)).toThrow("not OTLP: a field at byte 202006 has the number 0");
  });

  test("ends where there are more, with those that it has found", () => {
    const { size, pauses } = inSteps("logs", records(500_000), 99_999);
    expect(size.load).toBe(size.counts[0]);
    expect(size.load).toBeGreaterThan(99_999);
    expect(size.load).toBeLessThan(99_999 + 64 * 1024);
    expect(pauses).toBe(3);
    expect(inSteps("logs", records(500_000), 499_999).size.load).toBe(500_000);
  });

  test("says nothing of what lies behind that", () => {
    const bytes = Buffer.concat([records(200_000), Buffer.of(0)]);
    expect(inSteps("logs", bytes, 1000).size.load).toBeGreaterThan(1000);
    expect(() => inSteps("logs", bytes, 200_000)).toThrow(
      `not OTLP: a field at byte ${bytes.length - 1} has the number 0`,
    );
  });
});

describe("the load of a request", () => {
  test.each([
    ["logs", field(0x0a, Buffer.concat([field(0x0a, Buffer.of()), field(0x12, Buffer.of(0x0a, 0, 0x12, 0))]))],
    ["traces", field(0x0a, Buffer.concat([field(0x0a, Buffer.of()), field(0x12, Buffer.of(0x0a, 0, 0x12, 0))]))],
    [
      "metrics",
      field(
        0x0a,
        Buffer.concat([field(0x0a, Buffer.of()), field(0x12, Buffer.of(0x0a, 0, 0x12, 4, 0x2a, 2, 0x0a, 0))]),
      ),
    ],
  ] as const)(
    "of %s is their items, also where each has a resource, a scope and a metric of its own, which is more work",
    (signal, one) => {
      const work = signal === "metrics" ? 400 : 300;
      expect(inSteps(signal, repeated(one, 100)).size).toEqual({ counts: [100, 0, 0, 0], load: 100, work });
    },
  );

  test.each([
    ["resources of logs", "logs", Buffer.of(0x0a, 0), 4],
    ["resources of metrics", "metrics", Buffer.of(0x0a, 0), 6],
    ["scopes of spans", "traces", Buffer.of(0x0a, 2, 0x12, 0), 2],
    ["pieces of a resource, and", "logs", Buffer.of(0x0a, 2, 0x0a, 0), 2],
    ["metrics", "metrics", Buffer.of(0x0a, 10, 0x12, 8, 0x12, 0, 0x12, 0, 0x12, 0, 0x12, 0), 1],
    ["data of metrics", "metrics", Buffer.of(0x0a, 8, 0x12, 6, 0x12, 4, 0x2a, 0, 0x2a, 0), 1.2],
  ] as const)("grows by empty %s", (_, signal, unit, perItem) => {
    const times = 1200;
    const { size } = inSteps(signal, repeated(unit, times));
    expect(size.counts).toEqual([0, 0, 0, 0]);
    expect(size.load).toBe(times / perItem);
    expect(inSteps(signal, repeated(unit, 50_000), 1000).pauses).toBeLessThan(3);
  });
});

test("numbers, which need no walk, may lie as deep as what needs one", () => {
  const taken = (value: Uint8Array): number => {
    for (let lists = 0; ; lists++) {
      const found = outcome(() => countItems("logs", listed(value, lists)));
      if (found === "not OTLP: values lie more than 100 deep in one another") return lists;
      expect(found).toEqual([1, 0, 0, 0]);
    }
  };
  const bytesValue = taken(Buffer.of(0x3a, 1, 0));
  for (const value of [Buffer.of(0x18, 1), Buffer.of(0x10, 1), Buffer.concat([Buffer.of(0x21), Buffer.alloc(8)])]) {
    expect(taken(value)).toBe(bytesValue);
  }
});

test("numbers of attributes end where they say", () => {
  const attribute = (value: Uint8Array): unknown =>
    outcome(() => countItems("logs", field(0x0a, field(0x12, field(0x12, field(0x32, entry(value)))))));
  expect(attribute(Buffer.of(0x18, 0x80, 0x01))).toEqual([1, 0, 0, 0]);
  expect(attribute(Buffer.of(0x18, 1, 0x18, 2))).toEqual([1, 0, 0, 0]);
  expect(attribute(Buffer.of(0x18, 1, 0x1f, 2))).toBe("not OTLP: the field at byte 15 has the wire type 7");
  expect(attribute(Buffer.of(0x18, 0x80))).toBe("not OTLP: the message at byte 13 does not end where it says");
  expect(attribute(Buffer.concat([Buffer.of(0x18), Buffer.alloc(10, 0x80), Buffer.of(1)]))).toBe(
    "not OTLP: the number at byte 24 is too long",
  );
  expect(attribute(Buffer.concat([Buffer.of(0x21), Buffer.alloc(7)]))).toBe(
    "not OTLP: the message at byte 13 does not end where it says",
  );
});
