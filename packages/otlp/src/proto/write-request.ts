import type { WireWriter } from "../wire/wire-writer.ts";
import type { ResourceGroup } from "./group-rows.ts";
import { writeResource, writeScope } from "./resource-scope.ts";

/** Writes the frame that all export requests share; `write` writes the fields of one part with their heads. */
export function writeRequest<T>(
  writer: WireWriter,
  groups: readonly ResourceGroup<T>[],
  write: (writer: WireWriter, part: T) => void,
): void {
  for (let i = groups.length - 1; i >= 0; i--) {
    const { resource, scopes } = groups[i]!;
    const beforeResource = writer.length;
    writer.textOrNothing(0x1a, resource.schemaUrl);
    for (let j = scopes.length - 1; j >= 0; j--) {
      const { scope, parts } = scopes[j]!;
      const beforeScope = writer.length;
      writer.textOrNothing(0x1a, scope.schemaUrl);
      for (let k = parts.length - 1; k >= 0; k--) write(writer, parts[k]!);
      const before = writer.length;
      writeScope(writer, scope);
      writer.head(0x0a, before);
      writer.head(0x12, beforeScope);
    }
    const before = writer.length;
    writeResource(writer, resource);
    writer.head(0x0a, before);
    writer.head(0x0a, beforeResource);
  }
}
