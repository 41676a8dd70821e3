import { packageFiles } from "./package-files.ts";
import { readme, source, test } from "./source-files.ts";
import type { Tarballs } from "./surroundings.ts";

export type NewPluginKind = "receiver" | "processor" | "exporter";

/** What to write. */
export interface NewPlugin {
  readonly kind: NewPluginKind;
  /** snake_case, as config files name it. */
  readonly type: string;
  readonly packageName: string;
  /** Whether it becomes a package of the tracecore workspace. */
  readonly inWorkspace: boolean;
  readonly tarballs: Tarballs | undefined;
  /** A Node to install beside it, by package name. */
  readonly node: Readonly<Record<string, string>> | undefined;
}

/** The files of a new plugin by path. */
export function pluginFiles(plugin: NewPlugin): Record<string, string> {
  const { kind } = plugin;
  return {
    ...packageFiles(plugin),
    [`src/${kind}.ts`]: source(plugin),
    [`test/${kind}.test.ts`]: test(plugin),
    "README.md": readme(plugin),
  };
}
