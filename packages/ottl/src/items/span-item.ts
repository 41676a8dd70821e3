import type { SpanEvent, SpanExtras, Traces } from "@tracecore/core/pdata";
import { AttributeView } from "./attribute-view.ts";
import { ListEdit, NumberEdit, TimeEdit } from "./row-columns.ts";
import { RowItem } from "./row-item.ts";

const noExtras: SpanExtras = { events: [], links: [], droppedEventsCount: 0, droppedLinksCount: 0 };

/** The span at hand, and the columns of its batch with what was changed. */
export class SpanItem extends RowItem<Traces> {
  #extras: Map<number, SpanExtras> | undefined;
  readonly traceIds: ListEdit<string>;
  readonly spanIds: ListEdit<string>;
  readonly parentSpanIds: ListEdit<string>;
  readonly traceStates: ListEdit<string>;
  readonly flags: NumberEdit<Uint32Array>;
  readonly names: ListEdit<string>;
  readonly kinds: NumberEdit<Uint8Array>;
  readonly startTimes: TimeEdit;
  readonly endTimes: TimeEdit;
  readonly statusCodes: NumberEdit<Uint8Array>;
  readonly statusMessages: ListEdit<string>;
  readonly droppedAttributesCounts: NumberEdit<Uint32Array>;

  constructor(batch: Traces) {
    super(batch);
    this.traceIds = new ListEdit(batch.traceIds);
    this.spanIds = new ListEdit(batch.spanIds);
    this.parentSpanIds = new ListEdit(batch.parentSpanIds);
    this.traceStates = new ListEdit(batch.traceStates);
    this.flags = new NumberEdit(batch.flags);
    this.names = new ListEdit(batch.names);
    this.kinds = new NumberEdit(batch.kinds);
    this.startTimes = new TimeEdit(batch.startTimes);
    this.endTimes = new TimeEdit(batch.endTimes);
    this.statusCodes = new NumberEdit(batch.statusCodes);
    this.statusMessages = new ListEdit(batch.statusMessages);
    this.droppedAttributesCounts = new NumberEdit(batch.droppedAttributesCounts);
  }

  get extras(): SpanExtras {
    return (this.#extras ?? this.batch.extras).get(this.row) ?? noExtras;
  }

  set extras(extras: SpanExtras) {
    this.#extras ??= new Map(this.batch.extras);
    this.#extras.set(this.row, extras);
  }

  /** The batch after the statements: itself when nothing changed. */
  result(): Traces {
    const { traceIds, spanIds, parentSpanIds, traceStates, flags, names, kinds, startTimes, endTimes } = this;
    const { statusCodes, statusMessages, droppedAttributesCounts } = this;
    const attributeColumns = this.attributeRows.columns();
    const edits = [traceIds, spanIds, parentSpanIds, traceStates, flags, names, kinds, startTimes, endTimes];
    const same = ![...edits, statusCodes, statusMessages, droppedAttributesCounts].some((edit) => edit.changed);
    if (same && attributeColumns === undefined && this.#extras === undefined) return this.batch;
    return {
      ...this.batch,
      ...attributeColumns,
      traceIds: traceIds.column,
      spanIds: spanIds.column,
      parentSpanIds: parentSpanIds.column,
      traceStates: traceStates.column,
      flags: flags.column,
      names: names.column,
      kinds: kinds.column,
      startTimes: startTimes.column,
      endTimes: endTimes.column,
      statusCodes: statusCodes.column,
      statusMessages: statusMessages.column,
      droppedAttributesCounts: droppedAttributesCounts.column,
      extras: this.#extras ?? this.batch.extras,
    };
  }
}

/** An event of a span. */
export class EventItem {
  readonly original: SpanEvent;
  readonly index: number;
  readonly attributes: AttributeView = new AttributeView();
  timeUnixNano: bigint;
  name: string;
  droppedAttributesCount: number;

  constructor(original: SpanEvent, index: number) {
    this.original = original;
    this.index = index;
    this.attributes.pointAtObject(original.attributes);
    this.timeUnixNano = original.timeUnixNano;
    this.name = original.name;
    this.droppedAttributesCount = original.droppedAttributesCount ?? 0;
  }

  /** The event after the statements: itself when nothing changed. */
  result(): SpanEvent {
    const { original, timeUnixNano, name, droppedAttributesCount, attributes: view } = this;
    const same =
      !view.changed &&
      timeUnixNano === original.timeUnixNano &&
      name === original.name &&
      droppedAttributesCount === (original.droppedAttributesCount ?? 0);
    if (same) return original;
    return {
      ...original,
      timeUnixNano,
      name,
      attributes: view.changed ? view.toMap() : original.attributes,
      ...(droppedAttributesCount !== (original.droppedAttributesCount ?? 0) && { droppedAttributesCount }),
    };
  }
}
