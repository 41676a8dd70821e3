import type { ExtensionFactory, ServiceView, SourceComponent } from "@tracecore/core";
import { configOf } from "./parse-config.ts";
import { start, type Running } from "./running.ts";
import { testSettings } from "./settings.ts";

/** An extension under test. */
export interface RunningExtension extends Running {
  /** What other components find in the host. */
  readonly component: SourceComponent;
}

export interface RunExtensionOptions {
  /** What the extension may see of the service; without it nothing. */
  readonly view?: ServiceView;
}

/** Starts an extension with the config in `yaml`. */
export async function runExtension(
  factory: ExtensionFactory,
  yaml: string,
  { view }: RunExtensionOptions = {},
): Promise<RunningExtension> {
  const config = configOf(factory, yaml);
  let component: SourceComponent | undefined;
  const running = await start(({ clock, logger }) => {
    component = factory.create(testSettings(factory.type, { logger }), config, { clock });
    return component;
  }, view);
  return Object.assign(running, { component: component! });
}
