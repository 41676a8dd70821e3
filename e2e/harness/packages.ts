import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "./places.ts";

const runFile = promisify(execFile);

/** A package as it would be published. */
export interface Packed {
  readonly name: string;
  /** The tarball. */
  readonly file: string;
  /** Packages of this repository that it needs, itself not included. */
  readonly needs: readonly string[];
}

let packing: Promise<ReadonlyMap<string, Packed>> | undefined;

/** The folder of the tarballs; there once {@link packedPackages} has resolved. */
export const tarballs: string = mkdtempSync(join(tmpdir(), "tracecore-tarballs-"));

/** Packs every package, once. */
export function packedPackages(): Promise<ReadonlyMap<string, Packed>> {
  packing ??= pack();
  return packing;
}

async function pack(): Promise<ReadonlyMap<string, Packed>> {
  const packed = new Map<string, Packed>();
  for (const folder of readdirSync(join(root, "packages"))) {
    const cwd = join(root, "packages", folder);
    const manifest = JSON.parse(readFileSync(join(cwd, "package.json"), "utf8")) as {
      name: string;
      version: string;
      dependencies?: Record<string, string>;
      peerDependencies?: Record<string, string>;
    };
    await runFile("pnpm", ["pack", "--pack-destination", tarballs], { cwd });
    const needs = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }).filter((name) =>
      name.startsWith("@tracecore/"),
    );
    const file = join(tarballs, `${manifest.name.slice(1).replace("/", "-")}-${manifest.version}.tgz`);
    packed.set(manifest.name, { name: manifest.name, file, needs });
  }
  return packed;
}

/** The tarballs of `names` and of everything of ours that they need. */
export function filesOf(packed: ReadonlyMap<string, Packed>, names: readonly string[]): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const add = (name: string): void => {
    const found = packed.get(name);
    if (found === undefined) throw new Error(`there is no package ${name}`);
    if (files.has(name)) return;
    files.set(name, found.file);
    for (const need of found.needs) add(need);
  };
  for (const name of names) add(name);
  return files;
}

/** Runs a program in a folder outside the repository, as a stranger would; a failure shows what it printed. */
export async function inFolder(cwd: string, program: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout, stderr } = await runFile(program, args, { cwd, env: strangersEnv(), maxBuffer: 64 * 2 ** 20 });
    return stdout + stderr;
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(`${program} ${args.join(" ")} failed in ${cwd}\n${stdout}\n${stderr}`, { cause: error });
  }
}

/** The environment without what the package manager of this repository has put into it. */
function strangersEnv(): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (/^(npm_|pnpm_|NODE_OPTIONS|INIT_CWD|VITEST)/i.test(name)) continue;
    env[name] = value;
  }
  env["PATH"] = (process.env["PATH"] ?? "")
    .split(":")
    .filter((entry) => !entry.includes("node_modules"))
    .join(":");
  return env;
}
