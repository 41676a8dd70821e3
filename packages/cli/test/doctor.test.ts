import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { main } from "../src/cli.ts";

async function doctor(config?: string): Promise<{ status: number; out: string; err: string }> {
  const cwd = mkdtempSync(join(tmpdir(), "doctor-"));
  if (config !== undefined) writeFileSync(join(cwd, "tracecore.yaml"), config);
  let out = "";
  let err = "";
  const console = {
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
    colors: false,
    env: {},
    cwd,
  };
  const status = await main(["doctor", ...(config === undefined ? [] : ["--config", "tracecore.yaml"])], { console });
  return { status, out, err };
}

const simulated = `receivers: { dcgm: { mode: simulated, simulated: { gpus: 2 } } }
exporters: { stdout: {} }
pipelines: { metrics: { receivers: [dcgm], exporters: [stdout] } }
`;

test("doctor tries each component of the config that has checks, and says what works", async () => {
  const { status, out } = await doctor(simulated);
  expect(out).toMatch(/^receiver dcgm\n/);
  expect(out).toMatch(/^ {2}ok {4}GPUs +2 \(NVIDIA H100 80GB HBM3\)$/m);
  expect(out).toMatch(/\d+ ok, \d+ to look at, 0 failed, 0 not tried\n$/);
  expect(status).toBe(0);
});

test("doctor says what to do about what fails, and fails itself", async () => {
  const config = simulated.replace("mode: simulated", "library: /no/such/folder, endpoint: unix:///no/such/socket");
  const { status, out } = await doctor(config);
  expect(out).toMatch(
    /^ {2}FAIL {2}socket unix:\/\/\/no\/such\/socket +there is no such socket \(ENOENT\)\n +→ Start the host engine/m,
  );
  expect(out).toMatch(/^ {2}FAIL {2}library +libdcgm .*\/no\/such\/folder.*\n +→ /m);
  expect(out).toMatch(/^ {2}skip {2}GPUs +needs the library$/m);
  expect(status).toBe(1);
});

test("doctor examines every plugin that has checks when there is no config", async () => {
  const { out } = await doctor();
  expect(out).toContain("receiver dcgm (with its default options)\n");
});

test("doctor says of a wrong config what is wrong with it", async () => {
  const { status, err } = await doctor(simulated.replace("gpus: 2", "gpus: two"));
  expect(err).toContain("receivers.dcgm.simulated.gpus");
  expect(status).toBe(2);
});
