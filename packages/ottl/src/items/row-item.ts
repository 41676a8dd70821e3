import type { RowAttributes } from "@tracecore/core/pdata";
import { AttributeRows } from "./attribute-rows.ts";
import { AttributeView } from "./attribute-view.ts";

/** The row at hand of a batch of records or spans, with its attributes. */
export class RowItem<B extends RowAttributes & { readonly itemCount: number }> {
  protected readonly batch: B;
  protected readonly attributeRows: AttributeRows;
  readonly attributes: AttributeView = new AttributeView();
  row = 0;

  constructor(batch: B) {
    this.batch = batch;
    this.attributeRows = new AttributeRows(batch);
  }

  moveTo(row: number): void {
    const { attributeKeys, attributeValues, attributeStarts } = this.batch;
    this.row = row;
    this.attributes.pointAt(attributeKeys, attributeValues, attributeStarts[row]!, attributeStarts[row + 1]!);
  }

  /** Ends the row; every row of the batch is to be ended, in order. */
  endRow(): void {
    this.attributeRows.add(this.row, this.attributes);
  }
}
