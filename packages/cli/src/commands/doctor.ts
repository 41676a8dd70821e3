import type { ComponentFactory, Finding } from "@tracecore/core";
import { messageOf, TracecoreError } from "@tracecore/core";
import type { Command, Invocation } from "../command.ts";
import { loadConfig, printProblems } from "../config-files.ts";
import { configOptions, configRequest } from "../config-options.ts";
import { styled, type Console } from "../console.ts";
import { exitCodes } from "../exit-codes.ts";
import { installedPlugins } from "../plugins/installed-plugins.ts";

/** How long the checks of one component may take, ms. */
const CHECK_MS = 60_000;

/** A component that can be examined, and the config that it would have. */
interface Patient {
  /** `receiver dcgm`. */
  readonly name: string;
  readonly factory: ComponentFactory;
  readonly config: unknown;
}

/** Tries what components need, and says what works, what does not, and what to do. */
export const doctor: Command = {
  name: "doctor",
  summary: "Try what components need on this machine, and say what to do about what fails",
  positionals: ["[file…]"],
  options: {
    ...configOptions,
    json: { type: "boolean", description: "Write JSON." },
  },
  examples: ["tracecore doctor", "tracecore doctor --config tracecore.yaml"],
  async run(invocation) {
    const { console, values } = invocation;
    const patients = await patientsOf(invocation);
    if (patients === undefined) return exitCodes.usage;
    const results: { component: string; findings: readonly Finding[] }[] = [];
    for (const patient of patients) results.push({ component: patient.name, findings: await examine(patient) });
    const all = results.flatMap(({ findings }) => findings);
    if (values["json"] === true) console.out(`${JSON.stringify({ components: results }, null, 2)}\n`);
    else {
      for (const { component, findings } of results) console.out(`${component}\n${pageOf(findings, console)}\n`);
      console.out(summary(all, patients.length));
    }
    return all.some(({ state }) => state === "failed") ? exitCodes.failed : exitCodes.ok;
  },
};

/** The components of the config that can be examined; without a config every plugin that can, with its defaults. */
async function patientsOf(invocation: Invocation): Promise<readonly Patient[] | undefined> {
  const { console, held } = invocation;
  const request = configRequest(invocation);
  if (request.files.length > 0 || request.set.length > 0) {
    const loaded = await loadConfig(request, console, held);
    if (loaded.config === undefined) {
      printProblems(loaded, console);
      return undefined;
    }
    return loaded.config.components
      .filter(({ plugin }) => plugin.factory.diagnose !== undefined)
      .map(({ kind, id, plugin, config }) => ({ name: `${kind} ${id}`, factory: plugin.factory, config }));
  }
  return installedPlugins(console.cwd, held)
    .found.filter(({ factory }) => factory.diagnose !== undefined)
    .map(({ factory }) => ({
      name: `${factory.kind} ${factory.type} (with its default options)`,
      factory,
      config: factory.config.parse({}),
    }));
}

async function examine({ factory, config }: Patient): Promise<readonly Finding[]> {
  try {
    return (await factory.diagnose?.(config, AbortSignal.timeout(CHECK_MS))) ?? [];
  } catch (error) {
    const remedy = error instanceof TracecoreError ? error.remedy : undefined;
    return [{ check: "checks", state: "failed", detail: messageOf(error), remedy }];
  }
}

const marks = { ok: "ok", warning: "warn", failed: "FAIL", skipped: "skip" } as const satisfies Record<
  Finding["state"],
  string
>;
const colors = { ok: "green", warning: "yellow", failed: "red", skipped: "dim" } as const;

function pageOf(findings: readonly Finding[], console: Console): string {
  const width = Math.max(0, ...findings.map(({ check }) => check.length));
  return findings
    .map(({ check, state, detail, remedy }) => {
      const mark = styled(console, colors[state], marks[state].padEnd(4));
      const what = remedy === undefined ? "" : `\n        ${" ".repeat(width)}→ ${remedy}\n`;
      return `  ${mark}  ${check.padEnd(width)}  ${detail}${what}`.trimEnd();
    })
    .map((line) => `${line}\n`)
    .join("");
}

function summary(findings: readonly Finding[], components: number): string {
  if (components === 0) return "nothing to examine: no component of this config has checks\n";
  const count = (state: Finding["state"]): number => findings.filter((one) => one.state === state).length;
  return `${count("ok")} ok, ${count("warning")} to look at, ${count("failed")} failed, ${count("skipped")} not tried\n`;
}
