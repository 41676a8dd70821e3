import type * as z from "zod";
import { checkBlock } from "./check-block.ts";
import { loadTree, type LoadRequest } from "./load-document.ts";
import type { Problem } from "./problem.ts";

/** Loads the options of one component, alone in their file, as tests of a plugin do. An empty file has no option set. */
export function loadBlock<T>(schema: z.ZodType<T>, request: LoadRequest): { value?: T; problems: readonly Problem[] } {
  const { document, findings } = loadTree({
    ...request,
    sources: request.sources.map(({ file, bytes }) => ({ file, bytes: bytes.length === 0 ? EMPTY : bytes })),
  });
  const block = document && checkBlock({ document, findings }, schema, []);
  return { problems: findings.list(), ...(block !== undefined && !findings.failed && { value: block.value }) };
}

const EMPTY: Uint8Array = new TextEncoder().encode("{}");
