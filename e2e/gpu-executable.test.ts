import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { compiledDouble, missingCompiler } from "../packages/receiver-dcgm/double/compile.ts";
import { folderWith, start } from "./harness/collector.ts";
import { root, type Flavour } from "./harness/places.ts";

const executable: Flavour = { name: "the GPU executable", command: [join(root, "dist/e2e-gpu-tracecore")] };
const PATIENCE = { timeout: 30_000, interval: 50 };

const config = (library: string): string => `receivers:
  dcgm: { mode: embedded, library: ${library}, fields: [gpu_temp], collection_interval: 500ms }
exporters: { stdout: {} }
pipelines: { metrics: { receivers: [dcgm], exporters: [stdout] } }
`;

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return text === "" ? [] : text.split(" ").map(Number);
}

/** How many times a temperature was shown. */
const shown = (out: string): number => out.match(/metric hw\.temperature \d/g)?.length ?? 0;

describe.skipIf(missingCompiler() !== undefined)("the executable with the GPU receiver", () => {
  beforeAll(async () => {
    const folder = await folderWith({ "tracecore.yaml": config("/nowhere") });
    const [command] = [join(root, "packages/cli/bin/tracecore.js")];
    execFileSync(process.execPath, [command, "assemble", "--config", "tracecore.yaml", "-o", executable.command[0]], {
      cwd: folder,
      stdio: "ignore",
    });
    return () => rm(executable.command[0], { force: true });
  }, 240_000);

  test("runs an engine in a process of its own, and another one when that is killed or stopped", async () => {
    const folder = await folderWith({ "tracecore.yaml": config(compiledDouble()) });
    await writeFile(join(folder, "embedded"), "engine up 1\ngpu 0 GPU-0 00000000:3B:00.0 S1650 1 0\n");
    await using running = start(executable, [], {
      cwd: folder,
      env: { DCGM_DOUBLE_DIR: folder, HOME: "/nonexistent" },
    });
    let last = 0;
    for (const signal of ["SIGKILL", "SIGSTOP"] as const) {
      await vi.waitFor(() => expect(shown(running.out)).toBeGreaterThan(last + 1), PATIENCE);
      const [child] = childrenOf(running.pid);
      process.kill(child!, signal);
      last = shown(running.out);
      await vi.waitFor(() => expect(childrenOf(running.pid)).not.toContain(child), PATIENCE);
    }
    await vi.waitFor(() => expect(shown(running.out)).toBeGreaterThan(last + 1), PATIENCE);
    expect(running.err).toContain("the engine process did nothing for 2 s. Another one is started");
    const [child] = childrenOf(running.pid);
    running.kill("SIGINT");
    expect((await running.ended).status).toBe(0);
    await vi.waitFor(() => expect(() => process.kill(child!, 0)).toThrow("ESRCH"), PATIENCE);
  });

  test("runs where nothing can be unpacked, and says what to do", async () => {
    const folder = await folderWith({ "tracecore.yaml": config(compiledDouble()) });
    const env = { DCGM_DOUBLE_DIR: folder, XDG_CACHE_HOME: "/proc/none", TMPDIR: "/proc/none" };
    await using running = start(executable, ["--run-for", "2s"], { cwd: folder, env });
    const { status, out, err } = await running.ended;
    expect(status).toBe(0);
    expect(out).toContain("metric tracecore.dcgm.up 0 1");
    expect(err).toMatch(
      /what calls libdcgm does not load on this machine: .*\. It is unpacked before it is loaded: set TMPDIR or XDG_CACHE_HOME to a folder that can be written and is not mounted noexec kind=init/,
    );
  });
});
