import type { PathTable } from "./path-table.ts";
import { countField, textField, viewField } from "./path-table.ts";

export const resourcePaths: PathTable = {
  attributes: viewField((frame) => frame.resource.attributes),
  schema_url: textField(
    (frame) => frame.resource.schemaUrl,
    (frame, text) => void (frame.resource.schemaUrl = text),
  ),
  dropped_attributes_count: countField(
    (frame) => frame.resource.droppedAttributesCount,
    (frame, count) => void (frame.resource.droppedAttributesCount = count),
  ),
};

export const scopePaths: PathTable = {
  name: textField(
    (frame) => frame.scope.name,
    (frame, text) => void (frame.scope.name = text),
  ),
  version: textField(
    (frame) => frame.scope.version,
    (frame, text) => void (frame.scope.version = text),
  ),
  attributes: viewField((frame) => frame.scope.attributes),
  schema_url: textField(
    (frame) => frame.scope.schemaUrl,
    (frame, text) => void (frame.scope.schemaUrl = text),
  ),
  dropped_attributes_count: countField(
    (frame) => frame.scope.droppedAttributesCount,
    (frame, count) => void (frame.scope.droppedAttributesCount = count),
  ),
};
