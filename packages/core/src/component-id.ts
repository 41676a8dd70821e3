import { TracecoreError } from "./errors.ts";

/** The five kinds of component. */
export type ComponentKind = "receiver" | "processor" | "exporter" | "connector" | "extension";
/** What flows through a pipeline. */
export type Signal = "traces" | "metrics" | "logs";

export const signals: readonly Signal[] = ["traces", "metrics", "logs"];
export const componentKinds: readonly ComponentKind[] = ["receiver", "processor", "exporter", "connector", "extension"];

/** `type` or `type/name`, as a config file writes it. */
export interface ComponentId {
  readonly type: string;
  readonly name: string;
}

const TYPE = /^[a-zA-Z][a-zA-Z0-9_]{0,62}$/;
const NAME = /^[^\s/\p{Cc}][^\s\p{Cc}]{0,1023}$/u;

/** Reads `type` or `type/name`. Throws `component-id-invalid` with what is wrong. */
export function parseComponentId(text: string): ComponentId {
  const slash = text.indexOf("/");
  const type = slash === -1 ? text : text.slice(0, slash);
  const name = slash === -1 ? "" : text.slice(slash + 1);
  if (!TYPE.test(type)) {
    throw new TracecoreError(
      "component-id-invalid",
      `"${text}" is not a component ID: the type must begin with a letter and hold letters, digits and underscores`,
    );
  }
  if (slash !== -1 && !NAME.test(name)) {
    throw new TracecoreError(
      "component-id-invalid",
      `"${text}" is not a component ID: the name after the slash must not be empty or hold white space`,
    );
  }
  return { type, name };
}

/** Writes a component ID as a config file does. */
export function formatComponentId({ type, name }: ComponentId): string {
  return name === "" ? type : `${type}/${name}`;
}
