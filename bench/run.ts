/** `pnpm bench [SUITE…] [--check] [--quick] [--rounds N] [--threshold N] [--soak MINUTES] [--update]`; see README.md. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Row } from "./compare.ts";
import { setup as temporaryDirectory } from "../scripts/temporary-directory.ts";
import { gate } from "./gate.ts";
import type { Suite, SuiteResult } from "./suite.ts";

const load: Readonly<Record<string, () => Promise<Suite>>> = {
  codec: async () => (await import("./codec/suite.ts")).codecSuite,
  dcgm: async () => (await import("./dcgm/suite.ts")).dcgmSuite,
  exposition: async () => (await import("./exposition/suite.ts")).expositionSuite,
  hop: async () => (await import("./hop/suite.ts")).hopSuite,
  pdata: async () => (await import("./pdata/suite.ts")).pdataSuite,
  startup: async () => (await import("./startup/suite.ts")).startupSuite,
};

const here = import.meta.dirname;
const baselineFile = join(here, "baseline.json");
const readmeFile = join(here, "README.md");

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    check: { type: "boolean", default: false },
    update: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    threshold: { type: "string", default: "25" },
    soak: { type: "string", default: "0" },
  },
});
const removeTemporaryDirectory = temporaryDirectory();
try {
  process.exitCode = await main();
} finally {
  await removeTemporaryDirectory();
}

async function main(): Promise<number> {
  const unknown = positionals.find((name) => load[name] === undefined);
  if (unknown !== undefined) {
    console.error(`no suite "${unknown}". Suites: ${Object.keys(load).join(", ")}`);
    return 2;
  }
  const threshold = Number(values.threshold);
  const rounds = Number(values.rounds ?? (values.check ? 3 : 5));
  const soakMinutes = Number(values.soak);
  if (!(threshold > 0) || !(rounds >= 1) || !(soakMinutes >= 0)) {
    console.error("--threshold, --rounds and --soak take a number above zero");
    return 2;
  }
  const quick = values.quick || values.check;
  const results: SuiteResult[] = [];
  for (const name of positionals.length > 0 ? positionals : Object.keys(load)) {
    const suite = await load[name]!();
    console.log(`# ${suite.name}: ${suite.describe}`);
    const result = await suite.run({ rounds, quick, soakMinutes, log: (line) => console.error(line) });
    console.log(`\n${result.markdown}`);
    results.push(result);
    if (values.update) writeSection(name, result.markdown, quick, rounds, soakMinutes);
  }
  const rows = results.flatMap((result) => result.rows);
  if (values.update) writeFileSync(baselineFile, `${JSON.stringify(merged(readBaseline(), rows), null, 2)}\n`);
  return values.check ? check(rows, threshold) : 0;
}

function check(rows: readonly Row[], threshold: number): number {
  const measured = new Set(rows.map(({ name }) => name.split("/")[0]));
  const baseline = readBaseline().filter(({ name }) => measured.has(name.split("/")[0]));
  return gate(baseline, rows, threshold);
}

function readBaseline(): Row[] {
  return existsSync(baselineFile) ? (JSON.parse(readFileSync(baselineFile, "utf8")) as Row[]) : [];
}

function merged(before: readonly Row[], now: readonly Row[]): Row[] {
  const all = new Map(before.map((row) => [row.name, row]));
  for (const { name, ratio } of now) all.set(name, { name, ratio: Number(ratio.toPrecision(4)) });
  return [...all.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Puts a suite's tables between its markers in README.md. */
function writeSection(name: string, markdown: string, quick: boolean, rounds: number, soakMinutes: number): void {
  const command = `pnpm bench ${name}${quick ? " --quick" : ""} --rounds ${rounds}${soakMinutes > 0 ? ` --soak ${soakMinutes}` : ""} --update`;
  const where = `${cpus().length} × ${cpus()[0]?.model ?? "unknown CPU"}, Linux ${release()}, Node.js ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}, \`${command}\``;
  const readme = readFileSync(readmeFile, "utf8");
  const section = new RegExp(`(<!-- bench:${name} -->\n)[^]*?(<!-- /bench -->)`);
  writeFileSync(
    readmeFile,
    readme.replace(section, (_all, begin: string, end: string) => `${begin}\n${where}\n\n${markdown}\n\n${end}`),
  );
  // Tables are formatted as the repository has them, so that its format check passes.
  spawnSync(join(here, "../node_modules/.bin/oxfmt"), [readmeFile]);
}
