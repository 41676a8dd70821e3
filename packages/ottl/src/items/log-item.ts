import type { AttributeValue, Logs } from "@tracecore/core/pdata";
import { ListEdit, NumberEdit, TimeEdit } from "./row-columns.ts";
import { RowItem } from "./row-item.ts";

/** The record at hand, and the columns of its batch with what was changed. */
export class LogItem extends RowItem<Logs> {
  readonly times: TimeEdit;
  readonly observedTimes: TimeEdit;
  readonly severityNumbers: NumberEdit<Uint8Array>;
  readonly severityTexts: ListEdit<string>;
  readonly bodies: ListEdit<AttributeValue | undefined>;
  readonly traceIds: ListEdit<string>;
  readonly spanIds: ListEdit<string>;
  readonly flags: NumberEdit<Uint32Array>;
  readonly eventNames: ListEdit<string>;
  readonly droppedAttributesCounts: NumberEdit<Uint32Array>;

  constructor(batch: Logs) {
    super(batch);
    this.times = new TimeEdit(batch.times);
    this.observedTimes = new TimeEdit(batch.observedTimes);
    this.severityNumbers = new NumberEdit(batch.severityNumbers);
    this.severityTexts = new ListEdit(batch.severityTexts);
    this.bodies = new ListEdit(batch.bodies);
    this.traceIds = new ListEdit(batch.traceIds);
    this.spanIds = new ListEdit(batch.spanIds);
    this.flags = new NumberEdit(batch.flags);
    this.eventNames = new ListEdit(batch.eventNames);
    this.droppedAttributesCounts = new NumberEdit(batch.droppedAttributesCounts);
  }

  /** The batch after the statements: itself when nothing changed. */
  result(): Logs {
    const { times, observedTimes, severityNumbers, severityTexts, bodies, traceIds, spanIds, flags } = this;
    const { eventNames, droppedAttributesCounts } = this;
    const attributeColumns = this.attributeRows.columns();
    const edits = [times, observedTimes, severityNumbers, severityTexts, bodies, traceIds, spanIds, flags];
    const same = ![...edits, eventNames, droppedAttributesCounts].some((edit) => edit.changed);
    if (same && attributeColumns === undefined) return this.batch;
    return {
      ...this.batch,
      ...attributeColumns,
      times: times.column,
      observedTimes: observedTimes.column,
      severityNumbers: severityNumbers.column,
      severityTexts: severityTexts.column,
      bodies: bodies.column,
      traceIds: traceIds.column,
      spanIds: spanIds.column,
      flags: flags.column,
      eventNames: eventNames.column,
      droppedAttributesCounts: droppedAttributesCounts.column,
    };
  }
}
