import type { Batch } from "@tracecore/core";
import { mapResources, type Resource } from "@tracecore/core/pdata";
import type { ErrorSink, Program } from "../compile/program.ts";
import type { Frame } from "../frame.ts";
import { ResourceItem } from "../items/origins.ts";

/** Runs statements over the resources of batches; what lies under them is not looked at. */
export function resourceRunner(program: Program, frame: Frame, sink: ErrorSink): <B extends Batch>(batch: B) => B {
  // Resources are interned, so what was made of one holds for as long as it is in use.
  const known = new WeakMap<Resource, Resource>();
  const mapped = (before: Resource): Resource => {
    const after = known.get(before);
    if (after !== undefined) return after;
    const item = new ResourceItem(before);
    frame.resource = item;
    const fine = program.run(frame, sink);
    const result = item.result();
    // A statement that failed is to be heard of again.
    if (fine && !program.usage.volatile) known.set(before, result);
    return result;
  };
  return (batch) => mapResources(batch, mapped);
}
