import { transformProcessor } from "@tracecore/processor-transform";
import { emptyScope, emptyResource, logs, type LogRecord } from "@tracecore/core/pdata";
import { runProcessor } from "@tracecore/testkit";
import { countedItems } from "@tracecore/testkit/metrics";
import { describe, expect, test } from "vitest";

const record = (body: LogRecord["body"], more: Partial<LogRecord> = {}): LogRecord => ({
  resource: emptyResource,
  scope: emptyScope,
  body,
  ...more,
});

describe("a transform processor whose statements fail", () => {
  test("logs statements that fail once in a while, with how many did, and goes on", async () => {
    const yaml = `log_statements: ['set(log.attributes["j"], ParseJSON(log.body))', 'set(log.attributes["k"], 1)']`;
    await using processor = await runProcessor(transformProcessor, yaml);
    await processor.consume(logs([record("{}"), record("no"), record("no")]));
    expect(processor.out.logRecords.map(({ attributes }) => attributes)).toEqual([{ j: {}, k: 1 }, { k: 1 }, { k: 1 }]);
    expect(processor.logs).toEqual([
      {
        level: "warn",
        message: "a statement failed: the text is no JSON",
        fields: { statement: 'set(log.attributes["j"], ParseJSON(log.body))', failures: 1 },
      },
    ]);
    await processor[Symbol.asyncDispose]();
    expect(processor.logs[1]).toMatchObject({ message: "a statement failed 1 more times", fields: { failures: 1 } });
  });

  test("says nothing in the mode silent, and refuses the batch in the mode propagate", async () => {
    const yaml = `
      error_mode: silent
      log_statements:
        - set(log.attributes["j"], ParseJSON(log.body))
        - { error_mode: propagate, statements: ['set(log.attributes["n"], log.attributes["n"] / 0)'], conditions: [log.body == "n"] }
    `;
    await using processor = await runProcessor(transformProcessor, yaml);
    await processor.consume(logs([record("no")]));
    expect(processor.out.logRecords).toHaveLength(1);
    await expect(processor.consume(logs([record("n", { attributes: { n: 1 } })]))).rejects.toMatchObject({
      message: 'the statement "set(log.attributes[\\"n\\"], log.attributes[\\"n\\"] / 0)" failed: cannot divide by 0',
      retryable: false,
    });
    expect(processor.out.batches).toHaveLength(1);
    expect(processor.logs).toEqual([]);
  });

  test("cannot write a time that no record can have", async () => {
    const yaml = `log_statements: ['set(log.time, Unix(-1))', 'set(log.time_unix_nano, -1)']`;
    await using processor = await runProcessor(transformProcessor, yaml);
    const batch = logs([record("a")]);
    await processor.consume(batch);
    expect(processor.out.batches[0]).toBe(batch);
    expect(processor.logs.map(({ message }) => message)).toEqual(
      Array(2).fill("a statement failed: a time before 1970 or after 2554 cannot be stored"),
    );
  });

  test("counts failures in every mode", async () => {
    for (const mode of ["ignore", "silent", "propagate"]) {
      const counted = countedItems();
      const { meterProvider } = counted;
      const yaml = `{ error_mode: ${mode}, log_statements: ['set(log.body, log.body + 1)'] }`;
      await using processor = await runProcessor(transformProcessor, yaml, { meterProvider });
      await processor.consume(logs([record(1), record("a")])).catch(() => {});
      expect(await counted.errors()).toEqual({ statement: 1 });
      expect(processor.out.logRecords.map(({ body }) => body)).toEqual(mode === "propagate" ? [] : [2, "a"]);
    }
  });

  test("says of a resource that fails so at each batch, though what it makes of others is kept", async () => {
    const yaml = `log_statements: ['set(resource.attributes["n"], resource.attributes["n"] + 1)']`;
    await using processor = await runProcessor(transformProcessor, yaml);
    for (let batch = 0; batch < 2; batch++) {
      await processor.consume(logs([record("a")]));
      await processor.clock.advance(10_000);
    }
    expect(processor.logs.map(({ message }) => message)).toEqual([
      "a statement failed: cannot calculate nil + an int",
      "a statement failed: cannot calculate nil + an int",
    ]);
  });

  test.each([
    [
      "{}",
      'config.yaml:1:1: config: nothing is transformed. Set "metric_statements", "log_statements" or "trace_statements". [config-invalid-value]',
    ],
    [
      "log_statements: ['set(log.bdy, 1)']",
      'config.yaml:1:23: log_statements[0]: log has no field "bdy", at column 5: set(‸log.bdy, 1). Did you mean "body"? [config-invalid-value]',
    ],
    [
      "log_statements: ['set(span.name, 1)']",
      "config.yaml:1:19: log_statements[0]: no context of logs has all that this names, at column 1: ‸set(span.name, 1). Known: resource, scope, log. [config-invalid-value]",
    ],
    [
      "trace_statements:\n  - context: spn\n    statements: [a]",
      'config.yaml:2:14: trace_statements[0].context: "spn" is not one of resource, scope, span, spanevent. Did you mean "span"? [config-invalid-value]',
    ],
    [
      "metric_statements: [{ statements: [convert_sum_to_gauge() where datapoint.value_int == 1] }]",
      "config.yaml:1:36: metric_statements[0].statements[0]: no context of metrics has all that this names, at column 1: ‸convert_sum_to_gauge() where d…. Known: resource, scope, metric, datapoint. [config-invalid-value]",
    ],
    [
      `log_statements: [{ context: log, conditions: ['body = 1'], statements: ['set(body, 1)'] }]`,
      'config.yaml:1:53: log_statements[0].conditions[0]: "=" does not compare, at column 6: body ‸= 1. Write "==". [config-invalid-value]',
    ],
  ])("refuses %s", async (yaml, message) => {
    await expect(runProcessor(transformProcessor, yaml)).rejects.toThrow(new Error(message));
  });
});
