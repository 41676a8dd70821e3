import { defineProcessor, type Batch, type Consumer, type ProcessorFactory } from "@tracecore/core";
import { attributeActions, itemMatch } from "@tracecore/core/config";
import {
  attributesEdit,
  editedAttributes,
  itemMatcher,
  mapParts,
  mapRowAttributes,
  mapSeries,
  onceForEach,
  type AttributesEdit,
  type ItemMatch,
  type ItemMatcher,
  type Series,
} from "@tracecore/core/pdata";
import * as z from "zod";

const config = z.strictObject({
  include: itemMatch().optional().describe("Change only what matches; everything without it."),
  exclude: itemMatch().optional().describe("Leave what matches as it is."),
  actions: attributeActions().describe("Changes to the attributes, in this order."),
});

/** Changes attributes of data points, log records and spans. */
export const attributesProcessor: ProcessorFactory = defineProcessor({
  type: "attributes",
  stability: { metrics: "beta", logs: "beta", traces: "beta" },
  config,
  start(options, { next, telemetry }) {
    const edited = batchEdit(attributesEdit(options.actions), chosen(options.include, options.exclude));
    const consumer: Consumer<Batch> = {
      async consume(batch, abort) {
        telemetry.incItemsIn(batch.itemCount);
        await (next[batch.signal] as Consumer<Batch>).consume(await mapParts(batch, edited), abort);
        telemetry.incItemsOut(batch.itemCount);
      },
    };
    return { metrics: consumer, logs: consumer, traces: consumer, [Symbol.asyncDispose]: () => Promise.resolve() };
  },
});

/** What both options leave. */
function chosen(include: ItemMatch | undefined, exclude: ItemMatch | undefined): ItemMatcher {
  const wanted = include === undefined ? undefined : itemMatcher(include);
  const unwanted = exclude === undefined ? undefined : itemMatcher(exclude);
  return {
    series: (one) => wanted?.series(one) !== false && unwanted?.series(one) !== true,
    log: (batch, row) => wanted?.log(batch, row) !== false && unwanted?.log(batch, row) !== true,
    span: (batch, row) => wanted?.span(batch, row) !== false && unwanted?.span(batch, row) !== true,
  };
}

function batchEdit(edit: AttributesEdit, matcher: ItemMatcher): (batch: Batch) => Batch {
  const edited = onceForEach((before: Series): Series =>
    matcher.series(before) ? before.withAttributes(editedAttributes(before.attributes, edit)) : before,
  );
  return (batch) => {
    switch (batch.signal) {
      case "metrics":
        return mapSeries(batch, edited);
      case "logs":
        return mapRowAttributes(batch, (attributes, row) => matcher.log(batch, row) && edit(attributes));
      case "traces":
        return mapRowAttributes(batch, (attributes, row) => matcher.span(batch, row) && edit(attributes));
    }
  };
}
