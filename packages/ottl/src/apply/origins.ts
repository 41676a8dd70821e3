import type { Batch } from "@tracecore/core";
import { mapResources, type Resource } from "@tracecore/core/pdata";
import type { ErrorSink, Program } from "../compile/program.ts";
import type { Frame } from "../frame.ts";
import { ResourceItem } from "../items/origins.ts";

/**
 * Runs statements over the resources of batches; what lies under them is not looked at. Gives a function for each batch, which is
 * called for all of its parts: a resource that they share becomes one resource.
 */
export function resourceRunner(program: Program, frame: Frame, sink: ErrorSink): () => <B extends Batch>(part: B) => B {
  // Resources are interned, so what was made of one holds for as long as it is in use.
  const known = new WeakMap<Resource, Resource>();
  return () => {
    // What holds for this batch only: of statements that give another result each time, and of those that fail, which are to be
    // heard of again.
    const own = new Map<Resource, Resource>();
    const mapped = (before: Resource): Resource => {
      const after = known.get(before) ?? own.get(before);
      if (after !== undefined) return after;
      const item = new ResourceItem(before);
      frame.resource = item;
      const fine = program.run(frame, sink);
      const result = item.result();
      if (fine && !program.usage.volatile) known.set(before, result);
      else own.set(before, result);
      return result;
    };
    return (part) => mapResources(part, mapped);
  };
}
