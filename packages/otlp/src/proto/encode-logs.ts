import { encodedRows, type Logs } from "@tracecore/core/pdata";
import { WireWriter } from "../wire/wire-writer.ts";
import { writeAnyValue } from "./any-value.ts";
import { writeRowAttributes } from "./attribute-columns.ts";
import { copyRows, roomFor } from "./copy-rows.ts";
import { eachRowBackwards } from "./group-rows.ts";
import { groupByOrigin } from "./row-origin.ts";
import { writeRequest } from "./write-request.ts";

/** The tag of an attribute of a record. */
const ATTRIBUTE = 0x32;
/** Bytes of a record, about; only to begin with enough room. */
const RECORD_SIZE = 400;

/** ExportLogsServiceRequest. */
export function encodeLogs(batch: Logs): Uint8Array {
  const encoded = encodedRows(batch);
  const writer = new WireWriter(encoded === undefined ? batch.itemCount * RECORD_SIZE : roomFor(encoded));
  writeRequest(writer, groupByOrigin(batch), (to, group) => {
    if (encoded === undefined) eachRowBackwards(group, (row) => writeRecord(to, batch, row));
    else copyRows(to, group, encoded, ATTRIBUTE, batch);
  });
  return writer.finish();
}

function writeRecord(writer: WireWriter, batch: Logs, row: number): void {
  const before = writer.length;
  writer.textOrNothing(0x62, batch.eventNames[row]!);
  const { high, low } = batch.observedTimes;
  if (high[row] !== 0 || low[row] !== 0) writer.fixed64(0x59, high[row]!, low[row]!);
  writer.hex(0x52, batch.spanIds[row]!);
  writer.hex(0x4a, batch.traceIds[row]!);
  if (batch.flags[row] !== 0) writer.fixed32(0x45, batch.flags[row]!);
  writer.uint32(0x38, batch.droppedAttributesCounts[row]!);
  writeRowAttributes(writer, ATTRIBUTE, batch, row);
  const body = batch.bodies[row];
  if (body !== undefined) {
    const start = writer.length;
    writeAnyValue(writer, body);
    writer.head(0x2a, start);
  }
  writer.textOrNothing(0x1a, batch.severityTexts[row]!);
  writer.uint32(0x10, batch.severityNumbers[row]!);
  const { times } = batch;
  if (times.high[row] !== 0 || times.low[row] !== 0) writer.fixed64(0x09, times.high[row]!, times.low[row]!);
  writer.head(0x12, before);
}
