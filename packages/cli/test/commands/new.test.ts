import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { tracecore } from "../captured-console.ts";
import { folderWith } from "../folders.ts";
import { root } from "../operations/repository.ts";

const kinds = ["receiver", "processor", "exporter"];

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

interface Manifest {
  readonly name: string;
  readonly dependencies: Record<string, string>;
  readonly peerDependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
  readonly exports: { readonly ".": Record<string, string> };
}
function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}

/** A folder that looks like the root of this repository. */
function workspace(): string {
  return folderWith({
    "package.json": '{ "name": "tracecore-monorepo" }',
    "pnpm-workspace.yaml": "packages: [packages/*]\n",
  });
}

/** Type-checks a package as its author would, with the packages of this repository as the installed ones. */
async function compile(folder: string): Promise<void> {
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, "@tracecore"), { recursive: true });
  mkdirSync(join(modules, "@types"));
  for (const name of ["core", "testkit"]) symlinkSync(join(root, "packages", name), join(modules, "@tracecore", name));
  symlinkSync(join(root, "packages/core/node_modules/zod"), join(modules, "zod"));
  symlinkSync(join(root, "node_modules/vitest"), join(modules, "vitest"));
  symlinkSync(join(root, "node_modules/@types/node"), join(modules, "@types/node"));
  // The tests of a plugin are not part of its build; they are checked with its options here.
  writeFileSync(
    join(folder, "tsconfig.check.json"),
    JSON.stringify({
      extends: "./tsconfig.json",
      compilerOptions: {
        noEmit: true,
        rootDir: "/",
        isolatedDeclarations: false,
        rewriteRelativeImportExtensions: false,
        allowImportingTsExtensions: true,
        customConditions: ["@tracecore/source"],
      },
      include: ["src", "test"],
    }),
  );
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const run = promisify(execFile)(process.execPath, [tsc, "--project", "tsconfig.check.json"], { cwd: folder });
  await run.catch((error: unknown) => {
    throw new Error((error as { stdout: string }).stdout, { cause: error });
  });
}

describe("tracecore new", () => {
  test.each(kinds)("for the kind %s writes a source and a test that compile", { timeout: 60_000 }, async (kind) => {
    const cwd = folderWith();
    const { status, out, err } = await tracecore(["new", kind, "gpu_fan"], { cwd });
    expect([status, out]).toEqual([0, ""]);
    expect(err).toBe(
      `wrote the ${kind} "gpu_fan" to tracecore-${kind}-gpu-fan. Next:\n  cd tracecore-${kind}-gpu-fan\n  npm install\n  npm test\n  npm pack\n`,
    );
    const folder = join(cwd, `tracecore-${kind}-gpu-fan`);
    expect(filesIn(folder)).toEqual([
      ".gitignore",
      "README.md",
      "package.json",
      `src/${kind}.ts`,
      `test/${kind}.test.ts`,
      "tsconfig.json",
    ]);
    const { name, exports, peerDependencies } = manifestOf(folder);
    expect(name).toBe(`tracecore-${kind}-gpu-fan`);
    expect(exports["."]).toEqual({ types: `./dist/${kind}.d.ts`, default: `./dist/${kind}.js` });
    expect(Object.keys(peerDependencies)).toEqual(["@tracecore/core"]);
    await compile(folder);
  });

  test.each(kinds)(
    "for the kind %s writes a README whose example validates but for the plugin itself",
    async (kind) => {
      const cwd = folderWith();
      await tracecore(["new", kind, "gpu_fan", "-d", "plugin"], { cwd });
      const readme = readFileSync(join(cwd, "plugin/README.md"), "utf8");
      const [, yaml = ""] = /```yaml\n([\s\S]*?)```/.exec(readme) ?? [];
      const site = folderWith({ "tracecore.yaml": yaml });
      const { err } = await tracecore(["validate"], { cwd: site });
      // It is not installed here: everything else about the example is right.
      expect(err.split("\n").filter((line) => /\[[a-z-]+\]$/.test(line))).toEqual([
        expect.stringContaining(`Install it with: pnpm add @tracecore/${kind}-gpu-fan`),
      ]);
    },
  );

  test("puts it among the packages of the workspace when it stands in one", async () => {
    const at = workspace();
    mkdirSync(join(at, "packages/core/src"), { recursive: true });
    const { err } = await tracecore(["new", "exporter", "syslog"], { cwd: join(at, "packages/core/src") });
    expect(err).toBe(
      'wrote the exporter "syslog" to ../../exporter-syslog. Next:\n  npx pnpm install\n  npx pnpm --filter @tracecore/exporter-syslog test\n',
    );
    const folder = join(at, "packages/exporter-syslog");
    expect(filesIn(folder)).toEqual([
      "README.md",
      "package.json",
      "src/exporter.ts",
      "test/exporter.test.ts",
      "tsconfig.json",
      "tsconfig.test.json",
    ]);
    const { name, devDependencies, dependencies } = manifestOf(folder);
    expect([name, devDependencies["@tracecore/core"], dependencies["zod"]]).toEqual([
      "@tracecore/exporter-syslog",
      "workspace:*",
      "catalog:",
    ]);
  });

  test("is a package of its own when the folder is outside packages/, or in another workspace", async () => {
    const at = workspace();
    await tracecore(["new", "receiver", "fan", "--directory", "elsewhere"], { cwd: at });
    expect(manifestOf(join(at, "elsewhere")).name).toBe("tracecore-receiver-fan");
    const other = folderWith({ "package.json": '{ "name": "acme" }', "pnpm-workspace.yaml": "packages: []\n" });
    await tracecore(["new", "receiver", "fan"], { cwd: other });
    expect(manifestOf(join(other, "tracecore-receiver-fan")).name).toBe("tracecore-receiver-fan");
  });

  test("takes core and testkit from tarballs where it is told to", async () => {
    const cwd = folderWith({ "packs/tracecore-core-0.1.0.tgz": "", "packs/tracecore-testkit-0.1.0.tgz": "" });
    expect((await tracecore(["new", "receiver", "fan", "--tarballs", "packs"], { cwd })).status).toBe(0);
    const { devDependencies } = manifestOf(join(cwd, "tracecore-receiver-fan"));
    expect(devDependencies).toMatchObject({
      "@tracecore/core": "file:../packs/tracecore-core-0.1.0.tgz",
      "@tracecore/testkit": "file:../packs/tracecore-testkit-0.1.0.tgz",
    });
    expect(existsSync(join(cwd, "tracecore-receiver-fan/pnpm-workspace.yaml"))).toBe(true);
  });

  test("brings a Node along where that of the shell is too old for the tests", async () => {
    const cwd = folderWith({ "bin/node": "#!/bin/sh\necho v20.1.0\n" });
    chmodSync(join(cwd, "bin/node"), 0o755);
    await tracecore(["new", "receiver", "fan"], { cwd, env: { PATH: join(cwd, "bin") } });
    const names = Object.keys(manifestOf(join(cwd, "tracecore-receiver-fan")).devDependencies);
    expect(names.filter((name) => name.startsWith("node-linux-"))).toEqual([`node-linux-${process.arch}`]);
  });

  test.each<[string, string[], number, string]>([
    ["no kind", [], 2, "error: name a kind and a type. For example: tracecore new receiver gpu_fan. [usage]\n"],
    [
      "no type",
      ["receiver"],
      2,
      "error: name a kind and a type. For example: tracecore new receiver gpu_fan. [usage]\n",
    ],
    [
      "a kind that does not exist",
      ["reciever", "fan"],
      2,
      'error: "reciever" is not a kind that can be made. Kinds: receiver, processor, exporter. [usage]\n',
    ],
    ...["gpu-fan", "GpuFan", "gpu fan", "_fan", "9fan", "gpu__fan", "../fan", ""].map(
      (type): [string, string[], number, string] => [
        `the type "${type}"`,
        ["receiver", type],
        2,
        `error: "${type}" is not a type: it must be snake_case. Use small letters, digits and single underscores, beginning with a letter. [usage]\n`,
      ],
    ),
  ])("refuses %s", async (_, args, status, err) => {
    const cwd = folderWith();
    expect(await tracecore(["new", ...args], { cwd })).toEqual({ status, out: "", err });
    expect(filesIn(cwd)).toEqual([]);
  });

  test("writes into no folder that holds something", async () => {
    const cwd = folderWith({ "full/mine.txt": "mine", file: "" });
    for (const name of ["full", "file"]) {
      expect(await tracecore(["new", "receiver", "fan", "-d", name], { cwd })).toEqual({
        status: 1,
        out: "",
        err: `error: ${cwd}/${name} is there already and is no empty folder. Name another one with --directory. [file-exists]\n`,
      });
    }
    mkdirSync(join(cwd, "empty"));
    expect((await tracecore(["new", "receiver", "fan", "-d", "empty"], { cwd })).status).toBe(0);
    expect(filesIn(join(cwd, "full"))).toEqual(["mine.txt"]);
  });

  test("says what is wrong with the place or the tarballs", async () => {
    const cwd = folderWith({ file: "", "packs/x": "" });
    expect((await tracecore(["new", "receiver", "fan", "-d", "file/sub"], { cwd })).err).toBe(
      `error: cannot write to ${cwd}/file/sub: a part of the path is a file. [file-not-written]\n`,
    );
    expect((await tracecore(["new", "receiver", "fan", "-d", "/proc/fan"], { cwd })).err).toBe(
      "error: cannot write to /proc/fan: there is no such file or folder. [file-not-written]\n",
    );
    expect((await tracecore(["new", "receiver", "fan", "--tarballs", "nowhere"], { cwd })).err).toBe(
      `error: cannot read the folder ${cwd}/nowhere: there is no such file or folder. [tarballs-missing]\n`,
    );
    expect((await tracecore(["new", "receiver", "fan", "--tarballs", "packs"], { cwd })).err).toBe(
      `error: there is no tracecore-core-….tgz in ${cwd}/packs. Pack it with: pnpm --filter @tracecore/core pack --pack-destination ${cwd}/packs. [tarballs-missing]\n`,
    );
  });
});
