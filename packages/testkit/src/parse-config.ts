import { parseConfig } from "@tracecore/core/config";
import type { ComponentFactory } from "@tracecore/core";

/** The config of one component from YAML text; throws every problem, with its place in `config.yaml`. */
export function configOf(factory: ComponentFactory, yaml: string): unknown {
  const { value, problems } = parseConfig(factory.config, yaml, "config.yaml");
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return value;
}
