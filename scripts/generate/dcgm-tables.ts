import { readFileSync } from "node:fs";
import { join } from "node:path";

const folder = "packages/receiver-dcgm";

/** Which table becomes which module, and under which name. */
const tables = [
  ["fields.csv", "src/fields/fields-table.ts", "fieldsTable"],
  ["mapping.csv", "src/naming/mapping-table.ts", "mappingTable"],
  ["metrics.csv", "src/naming/metrics-table.ts", "metricsTable"],
  ["names-4.9.csv", "src/naming/names-4-9-table.ts", "names49Table"],
  ["xid.csv", "src/events/xid-table.ts", "xidTable"],
  ["xid-nvlink5.csv", "src/events/xid-nvlink5-table.ts", "xidNvlink5Table"],
] as const;

/** The tables of the DCGM receiver as modules: a bundler takes them along, and a text costs nothing until it is parsed. */
export function dcgmTables(root: string): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [file, module, name] of tables) {
    const text = readFileSync(join(root, folder, "data", file), "utf8");
    if (/[`\\]|\$\{/.test(text))
      throw new Error(`${folder}/data/${file} holds a character that a template text cannot`);
    texts.set(
      `${folder}/${module}`,
      `// Written by \`pnpm generate\` from data/${file}; do not edit.\n/* oxlint-disable max-lines */\n/** data/${file} as it is. */\nexport const ${name}: string = \`${text}\`;\n`,
    );
  }
  return texts;
}
