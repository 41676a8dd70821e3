import type { ComponentFactory } from "@tracecore/core";
import { formatProblem, loadBlock } from "@tracecore/core/service";

/** The config of one component from YAML text; throws every problem, with its place in `config.yaml`. */
export function configOf(factory: ComponentFactory, yaml: string): unknown {
  const problems = configProblems(factory, yaml);
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return load(factory, yaml).value;
}

/** What is wrong with YAML text as the config of a component, as a user would read it. */
export function configProblems(factory: ComponentFactory, yaml: string): string[] {
  return load(factory, yaml).problems.map(formatProblem);
}

function load(factory: ComponentFactory, yaml: string): ReturnType<typeof loadBlock<unknown>> {
  return loadBlock<unknown>(factory.config, {
    sources: [{ file: "config.yaml", bytes: new TextEncoder().encode(yaml) }],
    env: {},
  });
}
