import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { filesOf, inFolder, packedPackages, tarballs, type Packed } from "./harness/packages.ts";
import { root } from "./harness/places.ts";

/** What `node` is on the machine may be too old; this package brings one along. */
const node = `node-linux-${process.arch}@26.10.0`;
const config = `receivers: { clock: { collection_interval: 100ms } }
exporters: { stdout: {} }
pipelines: { metrics: { receivers: [clock], exporters: [stdout] } }
`;

let packed: ReadonlyMap<string, Packed>;
beforeAll(async () => {
  packed = await packedPackages();
});

const folder = (name: string): Promise<string> => mkdtemp(join(tmpdir(), `tracecore-${name}-`));

/** Installs with npm, as someone who has never seen the repository. */
async function npmInstall(cwd: string, names: readonly string[], more: readonly string[] = []): Promise<void> {
  await inFolder(cwd, "npm", ["init", "-y"]);
  await inFolder(cwd, "npm", ["install", "--no-audit", "--no-fund", ...filesOf(packed, names).values(), ...more]);
}

// Installing is work of a package manager and of a registry, which have their slow minutes.
describe("packages outside the workspace", { timeout: 600_000 }, () => {
  test("the command and two plugins install with npm and run", async () => {
    const cwd = await folder("npm");
    await npmInstall(cwd, ["@tracecore/cli", "@tracecore/receiver-clock", "@tracecore/exporter-stdout"], [node]);
    await writeFile(join(cwd, "tracecore.yaml"), config);
    expect(await inFolder(cwd, "npx", ["tracecore", "--version"])).toMatch(/^tracecore \d/m);
    const output = await inFolder(cwd, "npx", ["tracecore", "--run-for", "500ms"]);
    expect(output).toMatch(/metric tracecore\.clock\.time \d+/);
    expect(output).toMatch(/items delivered, 0 persisted, 0 dropped/);
  });

  test("the command and two plugins install with pnpm and run", async () => {
    const cwd = await folder("pnpm");
    const files = filesOf(packed, ["@tracecore/cli", "@tracecore/receiver-clock", "@tracecore/exporter-stdout"]);
    const dependencies = Object.fromEntries([...files].map(([name, file]) => [name, `file:${file}`]));
    const [nodePackage, nodeVersion] = node.split("@");
    await writeFile(
      join(cwd, "package.json"),
      JSON.stringify({
        name: "stranger",
        private: true,
        dependencies: { ...dependencies, [nodePackage!]: nodeVersion },
      }),
    );
    const overrides = Object.entries(dependencies).map(([name, file]) => `  "${name}": "${file}"\n`);
    await writeFile(
      join(cwd, "pnpm-workspace.yaml"),
      `overrides:\n${overrides.join("")}allowBuilds:\n  esbuild: false\n`,
    );
    await writeFile(join(cwd, "tracecore.yaml"), config);
    await inFolder(cwd, "npx", ["--yes", "pnpm@12", "install", "--no-frozen-lockfile"]);
    const output = await inFolder(cwd, "npx", ["--yes", "pnpm@12", "exec", "tracecore", "--run-for", "500ms"]);
    expect(output).toMatch(/metric tracecore\.clock\.time \d+/);
  });

  test("every package installs on its own and can be imported without a side effect", async () => {
    for (const { name } of packed.values()) {
      if (name === "@tracecore/testkit") continue; // It belongs into vitest; the new plugin below uses it.
      const cwd = await folder("one");
      await npmInstall(cwd, [name]);
      // With nothing left open the process ends by itself, and it has said nothing.
      const script = `import(${JSON.stringify(name)}).then(() => setImmediate(() => {
        const left = process.getActiveResourcesInfo().filter((kind) => kind !== "Immediate");
        if (left.length > 0) console.log("left open:", left);
      }));`;
      await writeFile(join(cwd, "import.mjs"), script);
      expect(await inFolder(cwd, process.execPath, ["import.mjs"]), name).toBe("");
    }
  });

  test("an old Node.js is told which one is needed", async () => {
    const cwd = await folder("old");
    await npmInstall(cwd, ["@tracecore/cli"], [`node-linux-${process.arch}@20.19.0`]);
    await expect(inFolder(cwd, "npx", ["tracecore", "--version"])).rejects.toThrow(
      "tracecore needs Node.js 24.11 or later; this is v20.19.0.",
    );
  });

  test("a new receiver passes its tests at once, is packed, installed beside the command, and runs", async () => {
    const home = await folder("new");
    await npmInstall(home, ["@tracecore/cli", "@tracecore/exporter-stdout"], [node]);
    await inFolder(home, "npx", ["tracecore", "new", "receiver", "gpu_fan", "--tarballs", tarballs]);
    const plugin = join(home, "tracecore-receiver-gpu-fan");
    await inFolder(plugin, "npm", ["install", "--no-audit", "--no-fund"]);
    expect(await inFolder(plugin, "npm", ["test"])).toMatch(/Tests .*passed/);
    await inFolder(plugin, "npm", ["pack"]);
    const tarball = (await readdir(plugin)).find((name) => name.endsWith(".tgz"));
    expect(tarball).toBe("tracecore-receiver-gpu-fan-0.1.0.tgz");

    const elsewhere = await folder("elsewhere");
    await npmInstall(elsewhere, ["@tracecore/cli", "@tracecore/exporter-stdout"], [node, join(plugin, tarball!)]);
    await writeFile(
      join(elsewhere, "tracecore.yaml"),
      config
        .replace("clock: { collection_interval: 100ms }", "gpu_fan: { collection_interval: 100ms }")
        .replace("[clock]", "[gpu_fan]"),
    );
    expect(await inFolder(elsewhere, "npx", ["tracecore", "--run-for", "500ms"])).toContain("metric gpu_fan.value 1");
    expect(await inFolder(elsewhere, "npx", ["tracecore", "components"])).toMatch(
      /receiver +gpu_fan +0\.1\.0 +metrics:development/,
    );
  });

  test.each(["processor", "exporter"])("a new %s passes its tests at once", async (kind) => {
    const home = await folder(`new-${kind}`);
    await npmInstall(home, ["@tracecore/cli"], [node]);
    await inFolder(home, "npx", ["tracecore", "new", kind, "try_out", "--tarballs", tarballs]);
    const plugin = join(home, `tracecore-${kind}-try-out`);
    await inFolder(plugin, "npm", ["install", "--no-audit", "--no-fund"]);
    expect(await inFolder(plugin, "npm", ["test"])).toMatch(/Tests .*passed/);
    await inFolder(plugin, "npm", ["run", "build"]);
  });
});

test("every package has what a published package needs", async () => {
  for (const name of await readdir(join(root, "packages"))) {
    const manifest = JSON.parse(await readFile(join(root, "packages", name, "package.json"), "utf8")) as Record<
      string,
      unknown
    >;
    expect(manifest, name).toMatchObject({ license: "Apache-2.0", type: "module", engines: { node: ">=24.11" } });
    expect(await readdir(join(root, "packages", name)), name).toEqual(
      expect.arrayContaining(["README.md", "CHANGELOG.md"]),
    );
  }
});
