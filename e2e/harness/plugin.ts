import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root, type Flavour } from "./places.ts";

/** Installs a plugin of one file into `folder`, for the command that is told. */
export async function installPlugin(
  folder: string,
  name: `tracecore-${string}`,
  source: string,
  flavour: Flavour,
): Promise<void> {
  const place = join(folder, "node_modules", name);
  await mkdir(place, { recursive: true });
  await writeFile(
    join(place, "package.json"),
    JSON.stringify({ name, version: "1.0.0", type: "module", exports: "./plugin.js" }),
  );
  await writeFile(join(place, "plugin.js"), source);
  // The executable brings its core along; for the command it is installed beside the plugin, as a package manager does it.
  if (flavour.name === "the executable") return;
  await mkdir(join(folder, "node_modules/@tracecore"), { recursive: true });
  await symlink(join(root, "packages/core"), join(folder, "node_modules/@tracecore/core"));
}
