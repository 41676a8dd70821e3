import {
  emptyResource,
  filterLogs,
  LogsBuilder,
  scope,
  type AttributesInput,
  type LogRecord,
  type Logs,
} from "@tracecore/core/pdata";
import type { Form } from "./variant.ts";

const ITEMS = 10_000;
const by = scope({ name: "bench" });

/** Record `i`, with attributes that differ from one to the next as those of requests do. */
function recordOf(i: number): LogRecord {
  return {
    resource: emptyResource,
    scope: by,
    timeUnixNano: 1_700_000_000_000_000_000n + BigInt(i),
    severityNumber: i % 24,
    severityText: "INFO",
    body: `GET /item/${i} 200`,
    attributes: {
      "http.method": "GET",
      "http.route": "/item/{id}",
      "http.status": 200 + (i % 5),
      "user.id": i,
      peer: "10.0.0.1",
    },
    traceId: "",
    spanId: "",
  };
}

/** Line of a record, as an exporter to text writes it. */
function line(severity: number, body: unknown, attributes: Iterable<readonly [string, unknown]>): string {
  let text = `${severity} ${String(body)}`;
  for (const [key, value] of attributes) text += ` ${key}=${String(value)}`;
  return text;
}

/** An object per record. */
export function logsAsObjects(): Form {
  let records: LogRecord[] = [];
  let kept: LogRecord[] = [];
  return {
    items: ITEMS,
    steps: {
      build() {
        records = [];
        for (let i = 0; i < ITEMS; i++) records.push(recordOf(i));
      },
      iterate() {
        let sum = 0;
        for (const record of records) sum += record.severityNumber ?? 0;
        return sum;
      },
      filter() {
        kept = records.filter((record) => (record.severityNumber ?? 0) >= 9);
      },
      edit() {
        kept = kept.map((record) => ({
          ...record,
          attributes: { ...record.attributes, cluster: "a" } as AttributesInput,
        }));
      },
      render() {
        let text = "";
        for (const record of kept)
          text += `${line(record.severityNumber ?? 0, record.body, Object.entries(record.attributes ?? {}))}\n`;
        return Buffer.from(text);
      },
    },
  };
}

/** Columns, built from record objects that live for one call. */
export function logsAsColumns(): Form {
  let batch: Logs = new LogsBuilder().build();
  let kept = batch;
  return {
    items: ITEMS,
    steps: {
      build() {
        const builder = new LogsBuilder();
        for (let i = 0; i < ITEMS; i++) builder.add(recordOf(i));
        batch = builder.build();
      },
      iterate() {
        const { severityNumbers } = batch;
        let sum = 0;
        for (let i = 0; i < severityNumbers.length; i++) sum += severityNumbers[i]!;
        return sum;
      },
      filter() {
        const { severityNumbers } = batch;
        kept = filterLogs(batch, (row) => severityNumbers[row]! >= 9);
      },
      edit() {
        kept = withAttribute(kept, "cluster", "a");
      },
      render() {
        let text = "";
        for (let row = 0; row < kept.itemCount; row++)
          text += `${line(kept.severityNumbers[row]!, kept.bodies[row], pairs(kept, row))}\n`;
        return Buffer.from(text);
      },
    },
  };
}

function* pairs(batch: Logs, row: number): Generator<readonly [string, unknown]> {
  for (let at = batch.attributeStarts[row]!; at < batch.attributeStarts[row + 1]!; at++) {
    yield [batch.attributeKeys[at]!, batch.attributeValues[at]!];
  }
}

/** Puts one attribute on each record: only the three attribute columns are new. */
function withAttribute(batch: Logs, key: string, value: string): Logs {
  const { itemCount, attributeStarts: from } = batch;
  const attributeStarts = new Uint32Array(itemCount + 1);
  const attributeKeys: string[] = [];
  const attributeValues: Logs["attributeValues"][number][] = [];
  for (let row = 0; row < itemCount; row++) {
    for (let at = from[row]!; at < from[row + 1]!; at++) {
      attributeKeys.push(batch.attributeKeys[at]!);
      attributeValues.push(batch.attributeValues[at]!);
    }
    attributeKeys.push(key);
    attributeValues.push(value);
    attributeStarts[row + 1] = attributeKeys.length;
  }
  return { ...batch, attributeStarts, attributeKeys, attributeValues };
}
