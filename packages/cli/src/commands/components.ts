import type { ComponentFactory } from "@tracecore/core";
import type { Command } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { installedPlugins } from "../plugins/installed-plugins.ts";

/** Lists the plugins that can be found. */
export const components: Command = {
  name: "components",
  summary: "List every plugin found: kind, type, version, stability, where from",
  positionals: [],
  options: { json: { type: "boolean", description: "Write JSON." } },
  examples: ["tracecore components", "tracecore components --json"],
  run({ console, held, values }) {
    const { found, broken } = installedPlugins(console.cwd, held);
    const rows = found.map(({ factory, packageName, version, file }) => ({
      kind: factory.kind,
      type: factory.type,
      variant: factory.variant?.() ?? "",
      version,
      stability: stabilityText(factory),
      package: packageName,
      from: file,
    }));
    if (values["json"] === true) {
      console.out(`${JSON.stringify({ components: rows, broken }, null, 2)}\n`);
      return Promise.resolve(exitCodes.ok);
    }
    if (rows.length === 0) console.out("no plugins found. Install one with: pnpm add @tracecore/receiver-clock\n");
    else {
      const cells = rows.map((row) => [
        row.kind,
        row.variant === "" ? row.type : `${row.type} [${row.variant}]`,
        row.version,
        row.stability,
        row.from,
      ]);
      console.out(table([["KIND", "TYPE", "VERSION", "STABILITY", "FROM"], ...cells]));
    }
    for (const { reason } of broken) console.err(`warning: ${reason}.\n`);
    return Promise.resolve(exitCodes.ok);
  },
};

function stabilityText(factory: ComponentFactory): string {
  if (factory.kind === "connector") {
    return factory.routes.map(({ from, to, stability }) => `${from}→${to}:${stability}`).join(" ");
  }
  if (factory.kind === "extension") return factory.stability;
  return Object.entries(factory.stability)
    .map(([signal, stability]) => `${signal}:${stability}`)
    .join(" ");
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column]!))).join("  "),
    )
    .map((line) => `${line}\n`)
    .join("");
}
