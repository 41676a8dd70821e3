import { defineProcessor, type Batch, type Consumer, type ProcessorFactory } from "@tracecore/core";
import { attributeActions } from "@tracecore/core/config";
import {
  attributesEdit,
  editedAttributes,
  mapResourcesInTurns,
  onceForEach,
  resource,
  type Resource,
} from "@tracecore/core/pdata";
import * as z from "zod";

const config = z.strictObject({
  attributes: attributeActions().describe("Changes to the attributes of each resource, in this order."),
});

/** Changes attributes of resources. */
export const resourceProcessor: ProcessorFactory = defineProcessor({
  type: "resource",
  stability: { metrics: "beta", logs: "beta", traces: "beta" },
  config,
  start(options, { next, telemetry }) {
    const edit = attributesEdit(options.attributes);
    const edited = onceForEach(({ attributes, schemaUrl, droppedAttributesCount, entityRefs }: Resource) =>
      resource(editedAttributes(attributes, edit), schemaUrl, droppedAttributesCount, entityRefs),
    );
    const consumer: Consumer<Batch> = {
      async consume(batch, abort) {
        telemetry.incItemsIn(batch.itemCount);
        await (next[batch.signal] as Consumer<Batch>).consume(await mapResourcesInTurns(batch, edited), abort);
        telemetry.incItemsOut(batch.itemCount);
      },
    };
    return { metrics: consumer, logs: consumer, traces: consumer, [Symbol.asyncDispose]: () => Promise.resolve() };
  },
});
