import {
  emptyResource,
  emptyScope,
  logs,
  traces,
  type LogRecord,
  type Logs,
  type Span,
  type Traces,
} from "@tracecore/core/pdata";
import { probabilisticSamplerProcessor } from "@tracecore/processor-probabilistic-sampler";
import { conformance, failingSink, runProcessor, wholeAndInParts } from "@tracecore/testkit";
import { countedItems } from "@tracecore/testkit/metrics";
import { describe, expect, test } from "vitest";

const traceId = "0af7651916cd43dd8448eb211c80319c";
const span = (own: Partial<Span> = {}): Span => ({
  resource: emptyResource,
  scope: emptyScope,
  traceId,
  spanId: "b7ad6b7169203331",
  name: "work",
  startTimeUnixNano: 1n,
  endTimeUnixNano: 2n,
  ...own,
});
const record = (own: Partial<LogRecord> = {}): LogRecord => ({ resource: emptyResource, scope: emptyScope, ...own });
/** Trace IDs whose random values lie evenly between 0 and the largest. */
const evenIds = (count: number): string[] =>
  Array.from(
    { length: count },
    (_, i) => `${"ab".repeat(9)}${((BigInt(i) << 56n) / BigInt(count)).toString(16).padStart(14, "0")}`,
  );

/** The tracestates of the spans that are kept. */
async function statesOf(yaml: string, spans: readonly Span[]): Promise<string[]> {
  await using processor = await runProcessor(probabilisticSamplerProcessor, yaml);
  await processor.consume(traces(spans));
  return processor.out.spans.map(({ traceState }) => traceState);
}

describe("probabilistic_sampler processor", () => {
  conformance(probabilisticSamplerProcessor, "sampling_percentage: 10");

  describe("in hash_seed mode", () => {
    test.each([
      [0, "886c204b10dde4"],
      [22, "f984040d03019e"],
    ])("with the seed %d has the random value that the Collector has", async (seed, randomness) => {
      expect(await statesOf(`{ sampling_percentage: 100, hash_seed: ${seed} }`, [span()])).toEqual([
        `ot=th:0;rv:${randomness}`,
      ]);
    });

    test.each([
      [1, 19],
      [10, 197],
      [50, 1008],
      [100, 2000],
      [250, 2000],
      [0, 0],
    ])("keeps at %d %% those %d of 2000 traces that the Collector keeps", async (percentage, expected) => {
      const ids = Array.from({ length: 2000 }, (_, i) => (i + 1).toString(16).padStart(32, "0"));
      const kept = await statesOf(
        `sampling_percentage: ${percentage}`,
        ids.map((id) => span({ traceId: id })),
      );
      expect(kept).toHaveLength(expected);
    });

    test("decides alike on all spans of a trace, in every instance", async () => {
      const ids = evenIds(200);
      const kept = await Promise.all(
        ["a", "b"].map(async (name) => {
          await using processor = await runProcessor(probabilisticSamplerProcessor, "sampling_percentage: 30");
          await processor.consume(
            traces(ids.flatMap((id) => [span({ traceId: id, name }), span({ traceId: id, name })])),
          );
          return processor.out.spans.map((one) => one.traceId);
        }),
      );
      expect(kept[0]).toEqual(kept[1]);
      expect(kept[0]!.length % 2).toBe(0);
      expect(new Set(kept[0]).size).toBe(kept[0]!.length / 2);
    });

    test("keeps at a larger share all that it keeps at a smaller one", async () => {
      const idsAt = async (percentage: number): Promise<string[]> => {
        await using processor = await runProcessor(probabilisticSamplerProcessor, `sampling_percentage: ${percentage}`);
        await processor.consume(traces(evenIds(300).map((id) => span({ traceId: id }))));
        return processor.out.spans.map((one) => one.traceId);
      };
      const [few, many] = [await idsAt(20), await idsAt(60)];
      expect(many).toEqual(expect.arrayContaining(few));
      expect(many.length).toBeGreaterThan(few.length);
    });

    test("is not for spans that other samplers have marked", async () => {
      const counted = countedItems();
      const { meterProvider } = counted;
      const yaml = "sampling_percentage: 100";
      await using processor = await runProcessor(probabilisticSamplerProcessor, yaml, { meterProvider });
      await processor.consume(traces([span({ traceState: "ot=th:8" }), span({ traceState: "ot=rv:9b8233f7e3a151" })]));
      expect(processor.out.batches).toEqual([]);
      expect(await counted.dropped()).toEqual({ undecided: 2 });
      expect(processor.logs.map(({ level, message }) => [level, message])).toEqual([
        ["warn", "dropped 2 items: another sampler has marked them. Set mode to proportional or equalizing"],
      ]);
    });
  });

  describe("in proportional mode", () => {
    const yaml = (percentage: number): string => `{ sampling_percentage: ${percentage}, mode: proportional }`;

    test.each([
      [25, "ot=th:c"],
      [50, "ot=th:8"],
      [100, "ot=th:0"],
      [10, "ot=th:e666"],
      [0.01, "ot=th:fff9724"],
    ])("keeps %d %% of the traces by the end of their IDs, and says so", async (percentage, state) => {
      const count = 10_000;
      const kept = await statesOf(
        yaml(percentage),
        evenIds(count).map((id) => span({ traceId: id })),
      );
      expect(new Set(kept)).toEqual(new Set([state]));
      expect(kept).toHaveLength((count * percentage) / 100);
    });

    test("keeps that share of what samplers before have left", async () => {
      expect(
        await statesOf(yaml(50), [span({ traceId: `${"0".repeat(18)}bfffffffffffff`, traceState: "ot=th:8" })]),
      ).toEqual([]);
      expect(
        await statesOf(yaml(50), [span({ traceId: `${"0".repeat(18)}c0000000000000`, traceState: "ot=th:8" })]),
      ).toEqual(["ot=th:c"]);
    });

    test("uses the random value of the tracestate, and leaves the rest of it as it was", async () => {
      const traceState = "vendor=1, ot=a:b;rv:9b8233f7e3a151;th:0 ,other=x;y";
      expect(await statesOf(yaml(50), [span({ traceId: "0".repeat(31) + "1", traceState })])).toEqual([
        "ot=th:8;rv:9b8233f7e3a151;a:b,vendor=1,other=x;y",
      ]);
      expect(await statesOf(yaml(25), [span({ traceId: "f".repeat(32), traceState })])).toEqual([]);
    });

    test("drops a span that its own threshold should have left out, or takes the threshold away", async () => {
      const wrong = span({ traceId: `${"1".repeat(18)}10000000000000`, traceState: "ot=th:8;a:b" });
      expect(await statesOf(yaml(100), [wrong])).toEqual([]);
      expect(await statesOf("{ sampling_percentage: 1, mode: proportional, fail_closed: false }", [wrong])).toEqual([
        "ot=a:b",
      ]);
    });
  });

  describe("in equalizing mode", () => {
    const yaml = "{ sampling_percentage: 25, mode: equalizing }";

    test.each([
      ["", "ot=th:c"],
      ["ot=th:8", "ot=th:c"],
      ["ot=th:c", "ot=th:c"],
      ["ot=th:e", "ot=th:e"],
    ])("takes a span with %j on with %j", async (traceState, expected) => {
      expect(await statesOf(yaml, [span({ traceId: "f".repeat(32), traceState })])).toEqual([expected]);
    });

    test("keeps all of what was sampled harder before, and a quarter of the rest", async () => {
      const spans = evenIds(1600).map((id, i) => span({ traceId: id, traceState: i >= 1500 ? "ot=th:f" : "" }));
      expect(await statesOf(yaml, spans)).toHaveLength(400);
    });
  });

  test.each([
    [1, 0],
    [2, 1],
    [3, 2],
  ])("writes thresholds with a precision of %d", async (precision, index) => {
    const states = await statesOf(`{ sampling_percentage: 30, mode: equalizing, sampling_precision: ${precision} }`, [
      span({ traceId: "f".repeat(32) }),
    ]);
    expect(states).toEqual([["ot=th:b", "ot=th:b3", "ot=th:b33"][index]]);
  });

  test.each(["bad state", "ot=zz", "ot=th:8;;", "Ot=th:8", "a=b,c", "ot=th:8,ot=th:4", "ot=th:g"])(
    "a span with the broken tracestate %j cannot be decided on",
    async (traceState) => {
      const yaml = "sampling_percentage: 100, mode: equalizing";
      const one = span({ traceId: "f".repeat(32), traceState });
      expect(await statesOf(`{ ${yaml} }`, [one])).toEqual([]);
      expect(await statesOf(`{ ${yaml}, fail_closed: false }`, [one])).toEqual([traceState]);
    },
  );

  describe("sampling.priority of spans", () => {
    test.each([
      [0, 100, []],
      ["0", 100, []],
      [1, 0, ["ot=th:0;rv:886c204b10dde4"]],
      ["2.5", 0, ["ot=th:0;rv:886c204b10dde4"]],
      [-1, 0, []],
      ["high", 0, []],
      [true, 0, []],
    ])("%j at %d %%", async (priority, percentage, expected) => {
      const spans = [span({ attributes: { "sampling.priority": priority } })];
      expect(await statesOf(`sampling_percentage: ${percentage}`, spans)).toEqual(expected);
    });
  });

  describe("log records", () => {
    const bodiesOf = async (yaml: string, records: readonly LogRecord[]): Promise<unknown[]> => {
      await using processor = await runProcessor(probabilisticSamplerProcessor, yaml);
      await processor.consume(logs(records));
      return processor.out.logRecords.map(({ body, attributes }) => [body, attributes]);
    };

    test("are decided by their trace ID like its spans, and say at which probability", async () => {
      expect(await bodiesOf("sampling_percentage: 100", [record({ body: 1, traceId })])).toEqual([
        [1, { "sampling.threshold": "0", "sampling.randomness": "886c204b10dde4" }],
      ]);
      expect(
        await bodiesOf("{ sampling_percentage: 25, mode: proportional }", [
          record({ body: 1, traceId: "f".repeat(32), attributes: { a: 1 } }),
        ]),
      ).toEqual([[1, { a: 1, "sampling.threshold": "c" }]]);
    });

    test("are decided by an attribute where they have no trace ID, or always with the source record", async () => {
      const own = (attributes: LogRecord["attributes"], id = ""): LogRecord =>
        record({ body: 1, traceId: id, attributes: { ...attributes } });
      const randomness = { "sampling.threshold": "0", "sampling.randomness": "d58c304c100a9c" };
      const yaml = "{ sampling_percentage: 100, from_attribute: pod";
      expect(await bodiesOf(`${yaml} }`, [own({ pod: "pod-7" })])).toEqual([[1, { pod: "pod-7", ...randomness }]]);
      expect(await bodiesOf(`${yaml}, attribute_source: record }`, [own({ pod: "pod-7" }, traceId)])).toEqual([
        [1, { pod: "pod-7", ...randomness }],
      ]);
      expect(await statesOf(`${yaml}, attribute_source: record }`, [span()])).toEqual(["ot=th:0;rv:886c204b10dde4"]);
    });

    test.each([
      ["record", "", {}],
      ["record", traceId, { pod: "" }],
      ["record", traceId, { pod: null }],
      ["traceID", "", {}],
    ])(
      "with the source %s, the trace ID %j and the attributes %j cannot be decided",
      async (source, id, attributes) => {
        const counted = countedItems();
        const { meterProvider } = counted;
        const yaml = `sampling_percentage: 100, from_attribute: pod, attribute_source: ${source}`;
        await using closed = await runProcessor(probabilisticSamplerProcessor, `{ ${yaml} }`, { meterProvider });
        await closed.consume(logs([record({ traceId: id, attributes })]));
        expect(closed.out.batches).toEqual([]);
        expect(await counted.dropped()).toEqual({ undecided: 1 });
        expect(closed.logs.map(({ message }) => message)).toEqual([
          "dropped 1 items: they have no trace ID and no other value to decide by",
        ]);
        const batch = logs([record({ traceId: id, attributes })]);
        await using open = await runProcessor(probabilisticSamplerProcessor, `{ ${yaml}, fail_closed: false }`);
        await open.consume(batch);
        expect(open.out.batches[0]).toBe(batch);
      },
    );

    test.each([
      [0, []],
      [100, ["0"]],
      [250, ["0"]],
      [50, ["8"]],
      [undefined, []],
      ["100", []],
      [-5, []],
    ])("with the priority %j are kept with the threshold %j", async (priority, expected) => {
      const attributes = priority === undefined ? {} : { priority };
      const yaml = "{ sampling_percentage: 0.001, mode: equalizing, sampling_priority: priority }";
      const kept = await bodiesOf(yaml, [record({ traceId: `${"0".repeat(18)}80000000000000`, attributes })]);
      expect(kept.map((one) => (one as [unknown, Record<string, unknown>])[1]["sampling.threshold"])).toEqual(expected);
    });

    test.each([{ "sampling.threshold": "xyz" }, { "sampling.randomness": "12" }, { "sampling.threshold": [8] }])(
      "with the unreadable %j cannot be decided",
      async (attributes) => {
        await using processor = await runProcessor(
          probabilisticSamplerProcessor,
          "{ sampling_percentage: 100, mode: equalizing }",
        );
        await processor.consume(logs([record({ traceId, attributes })]));
        expect(processor.out.batches).toEqual([]);
        expect(processor.logs.map(({ message }) => message)).toEqual([
          "dropped 1 items: what samplers before wrote into them cannot be read",
        ]);
      },
    );
  });

  test.each(["ot=th:", "ot=th:xyz", "ot=th:123456789012345", "ot=rv:12", "ot=th:8,ot=th:8", "ot=rv:9B8233F7E3A151"])(
    "does not decide by the tracestate %s, and leaves it alone",
    async (traceState) => {
      const yaml = "sampling_percentage: 50, mode: equalizing";
      expect(await statesOf(`{ ${yaml} }`, [span({ traceState })])).toEqual([]);
      expect(await statesOf(`{ ${yaml}, fail_closed: false }`, [span({ traceState })])).toEqual([traceState]);
    },
  );

  test.each(["", "0".repeat(32), "ffff", "f".repeat(34)])("finds nothing random in the trace ID %j", async (id) => {
    const spans = [span({ traceId: id })];
    for (const mode of ["hash_seed", "proportional", "equalizing"]) {
      expect(await statesOf(`{ sampling_percentage: 100, mode: ${mode} }`, spans)).toEqual([]);
      expect(await statesOf(`{ sampling_percentage: 1, mode: ${mode}, fail_closed: false }`, spans)).toEqual([""]);
    }
  });

  test("counts what it leaves out once the rest was taken, and not as lost", async () => {
    const counted = countedItems();
    const { meterProvider } = counted;
    const yaml = "{ sampling_percentage: 50, mode: proportional }";
    const batch = traces(evenIds(10).map((id) => span({ traceId: id })));
    await using refused = await runProcessor(probabilisticSamplerProcessor, yaml, {
      meterProvider,
      next: failingSink(),
    });
    await expect(refused.consume(batch)).rejects.toThrow("the sink refuses");
    expect(await counted.dropped()).toEqual({});
    await using processor = await runProcessor(probabilisticSamplerProcessor, yaml, { meterProvider });
    await processor.consume(batch);
    expect(await counted.dropped()).toEqual({ not_sampled: 5 });
    expect(processor.logs).toEqual([]);
  });

  test("changes nothing of the batches that it is given", async () => {
    await using processor = await runProcessor(
      probabilisticSamplerProcessor,
      "{ sampling_percentage: 50, mode: equalizing }",
    );
    const given: [Traces, Logs] = [
      traces([span({ traceId: "f".repeat(32) })]),
      logs([record({ traceId: "f".repeat(32) })]),
    ];
    for (const batch of given) await processor.consume(batch);
    expect(given[0].traceStates).toEqual([""]);
    expect(given[1].attributeKeys).toEqual([]);
    expect(processor.out.batches).toHaveLength(2);
  });

  test.each([
    [
      "{}",
      'config.yaml:1:1: config: "sampling_percentage" is missing: Share of items to keep, in percent; 100 and more keep all that `fail_closed` does not drop. [config-missing-option]',
    ],
    [
      "sampling_percentage: -1",
      "config.yaml:1:22: sampling_percentage: expected at least 0, got -1. [config-invalid-value]",
    ],
    [
      "{ sampling_percentage: 1, hash_seed: 4294967296 }",
      "config.yaml:1:38: hash_seed: expected at most 4294967295, got 4294967296. [config-invalid-value]",
    ],
    [
      "{ sampling_percentage: 1, sampling_precision: 15 }",
      "config.yaml:1:47: sampling_precision: expected at most 14, got 15. [config-invalid-value]",
    ],
    [
      "{ sampling_percentage: 1, mode: fair }",
      'config.yaml:1:33: mode: "fair" is not one of hash_seed, proportional, equalizing. [config-invalid-value]',
    ],
    [
      "{ sampling_percentage: 1, attribute_source: record }",
      'config.yaml:1:45: attribute_source: "record" needs "from_attribute". Name the attribute that decides. [config-invalid-value]',
    ],
    [
      "{ sampling_percentage: 1, mode: equalizing, from_attribute: a }",
      'config.yaml:1:61: from_attribute: "equalizing" decides by the trace ID only. Leave it out, or set "mode" to hash_seed. [config-invalid-value]',
    ],
    [
      "sampling_percentage: 1e-20",
      "config.yaml:1:22: sampling_percentage: no threshold can say so small a share. Write 0 to keep nothing, or at least 1.4e-15. [config-invalid-value]",
    ],
  ])("refuses %s", async (yaml, message) => {
    await expect(runProcessor(probabilisticSamplerProcessor, yaml)).rejects.toThrow(message);
  });
});

test("a batch that is worked on in parts is sampled and counted as the whole", async () => {
  const batch = traces(
    Array.from({ length: 50 }, (_, i) => ({
      resource: emptyResource,
      scope: emptyScope,
      traceId: (i + 1).toString(16).padStart(32, "7"),
      spanId: "02".repeat(8),
      name: "work",
      startTimeUnixNano: 1n,
      endTimeUnixNano: 2n,
    })),
  );
  const yaml = "{ sampling_percentage: 40, hash_seed: 7, mode: hash_seed }";
  const { whole, parts } = await wholeAndInParts(probabilisticSamplerProcessor, yaml, batch);
  expect(whole.spans.length).toBeGreaterThan(5);
  expect(parts).toEqual(whole);
});
