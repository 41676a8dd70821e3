/** A plugin package to hold. */
export interface PackedPlugin {
  readonly packageName: string;
  readonly version: string;
  /** The file to bundle. */
  readonly file: string;
  /** What the plugin runs in a process of its own, which is this executable again; undefined where it has none. */
  readonly processFile?: string | undefined;
}

/**
 * The program of the executable: the command, the plugins it holds, and hooks that give a plugin from disk this very core,
 * not a second copy of it (specification: one core instance).
 */
export function entrySource(
  cliFile: string,
  shared: Readonly<Record<string, string>>,
  plugins: readonly PackedPlugin[],
): string {
  const names = Object.keys(shared);
  const held = plugins.map(
    ({ packageName, version, file }) =>
      `  ${JSON.stringify(packageName)}: { version: ${JSON.stringify(version)}, load: () => require(${JSON.stringify(file)}) },`,
  );
  return `import { createRequire, registerHooks } from "node:module";
import { leave, main } from ${JSON.stringify(cliFile)};

export { main };

const shared = {
${names.map((name) => `  ${JSON.stringify(name)}: () => require(${JSON.stringify(shared[name])}),`).join("\n")}
};
const loaded = (globalThis[Symbol.for("tracecore.shared")] = {});
registerHooks({
  resolve: (specifier, context, next) =>
    shared[specifier] === undefined ? next(specifier, context) : { url: "tracecore:" + specifier, format: "module", shortCircuit: true },
  load(url, context, next) {
    const name = url.startsWith("tracecore:") ? url.slice("tracecore:".length) : "";
    if (shared[name] === undefined) return next(url, context);
    const module = (loaded[name] ??= shared[name]());
    const names = Object.keys(module).filter((key) => key !== "default" && key !== "__esModule");
    const source = "export const { " + names.join(", ") + " } = globalThis[Symbol.for('tracecore.shared')][" + JSON.stringify(name) + "]";
    return { format: "module", source, shortCircuit: true };
  },
});

export const held = {
${held.join("\n")}
};
export function start() {
  // A plugin on disk has started this executable for its own work and names the file.
  const wanted = process.env.TRACECORE_PLUGIN_PROCESS;
  if (wanted !== undefined) return void createRequire(wanted)(wanted);
  // A rejection must not reach Node: it would print a line of the bundle, tens of kilobytes long.
  main(process.argv.slice(2), { held }).then(leave, (error) => {
    console.error("error: BUG: " + (error && error.message));
    leave(1);
  });
}
`;
}
