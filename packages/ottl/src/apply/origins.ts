import { InternedMap, type Resource } from "@tracecore/core/pdata";
import type { ErrorSink, Program } from "../compile/program.ts";
import { lookAway, type Frame } from "../frame.ts";
import { ResourceItem } from "../items/origins.ts";

/** Runs statements over resources. Gives a function for each batch: a resource that stands in it again and again becomes one. */
export function resourceRunner(
  program: Program,
  frame: Frame,
  sink: ErrorSink,
): () => (resource: Resource) => Resource {
  // Resources are interned, so what was made of one holds for as long as it is in use.
  const known = new InternedMap<Resource, Resource>();
  return () => {
    // What holds for this batch only: of statements that give another result each time, and of those that fail, which are to be
    // heard of again.
    const own = new Map<Resource, Resource>();
    return (before) => {
      const after = known.get(before) ?? own.get(before);
      if (after !== undefined) return after;
      const item = new ResourceItem(before);
      frame.resource = item;
      try {
        const fine = program.run(frame, sink);
        const result = item.result();
        if (fine && !program.usage.volatile) known.set(before, result);
        else own.set(before, result);
        return result;
      } finally {
        lookAway(frame);
      }
    };
  };
}
