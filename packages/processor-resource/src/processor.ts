import { defineProcessor, type Batch, type Consumer, type ProcessorFactory } from "@tracecore/core";
import { attributeActions } from "@tracecore/core/config";
import { attributesEdit, editedAttributes, mapResourcesInTurns, resource, type Resource } from "@tracecore/core/pdata";
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
    // Resources are interned, so what was made of one holds for as long as it is in use.
    const known = new WeakMap<Resource, Resource>();
    const edited = (before: Resource): Resource => {
      let after = known.get(before);
      if (after === undefined) {
        const { attributes, schemaUrl, droppedAttributesCount, entityRefs } = before;
        after = resource(editedAttributes(attributes, edit), schemaUrl, droppedAttributesCount, entityRefs);
        known.set(before, after);
      }
      return after;
    };
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
