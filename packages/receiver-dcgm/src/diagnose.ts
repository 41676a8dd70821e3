import { messageOf, systemClock, TracecoreError, type Finding } from "@tracecore/core";
import type { Endpoint } from "@tracecore/core/config";
import type { DcgmConfig } from "./config.ts";
import type { EngineSession, EngineSource } from "./engine/engine.ts";
import { entityGroups, type Entity } from "./engine/entity.ts";
import type { EngineError } from "./engine/engine-error.ts";
import { fieldById } from "./fields/catalogue.ts";
import { parseCountersFile, type Counter } from "./fields/counters-file.ts";
import { readCountersFile } from "./fields/read-counters-file.ts";
import { isProfiling, selectFields, type ChosenField } from "./fields/select-fields.ts";
import { engineSources } from "./sources.ts";

/** For how long the checks wait for the engine's first samples, ms. */
const FIRST_SAMPLES_MS = 1500;

/** For how long a connection is tried, ms. */
const CONNECT_MS = 3000;

/** Tries library, engine, GPUs, fields and permissions, in the order in which one needs the other. */
export async function diagnose(config: DcgmConfig, signal: AbortSignal): Promise<readonly Finding[]> {
  const findings: Finding[] = [deviceFiles(), driver()];
  const counters = countersOf(config, findings);
  if (config.kernel_log !== undefined) findings.push(kernelLog(config.kernel_log));
  if (config.mode === "standalone") findings.push(...(await Promise.all(config.endpoint.map(socket))));
  if (config.control !== undefined) findings.push(await port(config.control.endpoint));
  const sources = await engineSources(config, { clock: systemClock });
  const about = { config, counters, signal };
  const examined = await Promise.all(sources.map(({ source }) => examineEngine(source, about)));
  for (const [index, found] of examined.entries()) {
    const { source } = sources[index]!;
    // Of several engines each has GPUs and fields of its own, and all have one library.
    const ofEngine = ({ check }: Finding): string => (ownNames.has(check) ? `${check} of ${source.name}` : check);
    for (const finding of found) {
      const check = sources.length === 1 ? finding.check : ofEngine(finding);
      const isKnown = check === "library" && findings.some((one) => one.check === check && one.state === finding.state);
      if (!isKnown) findings.push({ ...finding, check });
    }
  }
  return findings;
}

/** Checks whose name says nothing of the engine they are of. */
const ownNames: ReadonlySet<string> = new Set(["GPUs", "fields", "profiling", "modules", "engine calls"]);

/** The lines of the counters file, and in `findings` what is to be said of it. */
function countersOf({ counters_file: file }: DcgmConfig, findings: Finding[]): readonly Counter[] {
  if (file === undefined) return [];
  const check = "counters file";
  try {
    const { counters, ignored } = parseCountersFile(readCountersFile(file), file);
    const detail = [`${counters.length} fields in ${file}`, ...ignored].join("; ");
    findings.push({ check, state: ignored.length === 0 ? "ok" : "warning", detail });
    return counters;
  } catch (error) {
    const { message, remedy } = error as TracecoreError;
    findings.push({ check, state: "failed", detail: message, remedy });
    return [];
  }
}

function deviceFiles(): Finding {
  const { readdirSync, accessSync, constants } = process.getBuiltinModule("node:fs");
  const check = "device files";
  let files: string[];
  try {
    files = readdirSync("/dev").filter((name) => /^nvidia\d+$/.test(name));
  } catch (error) {
    return { check, state: "warning", detail: `cannot list /dev: ${messageOf(error)}` };
  }
  if (files.length === 0) {
    return {
      check,
      state: "warning",
      detail: "there is no /dev/nvidia0: no GPU, no driver, or a container without GPUs",
      remedy:
        "On a host, install the NVIDIA driver and run nvidia-smi. In a container this is right as long as the host engine runs elsewhere",
    };
  }
  const closed = files.filter((name) => {
    try {
      accessSync(`/dev/${name}`, constants.R_OK | constants.W_OK);
      return false;
    } catch {
      return true;
    }
  });
  if (closed.length === 0) return { check, state: "ok", detail: `${files.length} GPUs in /dev, all open to this user` };
  return {
    check,
    state: "warning",
    detail: `this user may not open ${closed.length} of ${files.length}: ${closed.map((name) => `/dev/${name}`).join(", ")}`,
    remedy: "mode: embedded needs them. mode: standalone does not: there the host engine opens them",
  };
}

function driver(): Finding {
  const { readFileSync } = process.getBuiltinModule("node:fs");
  try {
    const [first = ""] = readFileSync("/proc/driver/nvidia/version", "utf8").split("\n");
    return { check: "driver", state: "ok", detail: first.replace(/^NVRM version:\s*/, "").replaceAll(/\s+/g, " ") };
  } catch {
    return {
      check: "driver",
      state: "warning",
      detail: "the NVIDIA driver is not loaded: /proc/driver/nvidia/version is missing",
      remedy: "On a host with GPUs, load it: modprobe nvidia. In a container it may be hidden",
    };
  }
}

/** Whether anybody listens where the engine should be; that needs no library. */
async function socket({ host, port: number, path, text }: Endpoint): Promise<Finding> {
  const { connect } = process.getBuiltinModule("node:net");
  const check = `socket ${text}`;
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const client = path === undefined ? connect({ host, port: number }) : connect({ path });
  client.setTimeout(CONNECT_MS, () => resolve("ETIMEDOUT"));
  client.once("connect", () => resolve(undefined));
  client.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  const problem = await promise;
  client.destroy();
  if (problem === undefined) return { check, state: "ok", detail: "somebody listens" };
  const [what, remedy] = socketProblems[problem] ?? ["nobody listens", startEngine];
  return { check, state: "failed", detail: `${what} (${problem})`, remedy };
}

const startEngine =
  "Start the host engine (systemctl start nvidia-dcgm), or set endpoint to where it listens, or use mode: embedded. To see the receiver without GPUs, use mode: simulated";
const unresolved = "Correct the host in endpoint, or what resolves names on this machine";
const unreachable = "Check routes and firewalls between this machine and the engine";

/** What is wrong, by the code of the system, and what to do. */
const socketProblems: Readonly<Record<string, readonly [string, string]>> = {
  EACCES: ["this user may not open it", "Let the user of this process into the group of the socket"],
  ENOENT: ["there is no such socket", startEngine],
  ENOTFOUND: ["the name of the host is not known", unresolved],
  EAI_AGAIN: ["the name of the host cannot be looked up now", unresolved],
  EHOSTUNREACH: ["the host cannot be reached", unreachable],
  ENETUNREACH: ["the network cannot be reached", unreachable],
  ETIMEDOUT: ["nobody answers", unreachable],
};

async function port({ host, port: number, path, text }: Endpoint): Promise<Finding> {
  const { createServer } = process.getBuiltinModule("node:net");
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  if (path === undefined) server.listen(number, host, () => resolve(undefined));
  else resolve(undefined);
  const problem = await promise;
  server.close();
  if (problem === undefined) return { check: "control", state: "ok", detail: `${text} is free` };
  return {
    check: "control",
    state: "warning",
    detail: `${text} cannot be listened on (${problem})`,
    remedy: "A collector that runs has it, or another process: ss -ltnp shows which",
  };
}

function kernelLog(path: string): Finding {
  const { openSync, closeSync } = process.getBuiltinModule("node:fs");
  try {
    closeSync(openSync(path, "r"));
    return { check: "kernel log", state: "ok", detail: `${path} can be read` };
  } catch (error) {
    return {
      check: "kernel log",
      state: "warning",
      detail: messageOf(error),
      remedy: "Give the process CAP_SYSLOG, or leave kernel_log out: DCGM reports XIDs too",
    };
  }
}

/** What the checks of an engine need to know. */
interface Examination {
  readonly config: DcgmConfig;
  readonly counters: readonly Counter[];
  readonly signal: AbortSignal;
}

async function examineEngine(source: EngineSource, examination: Examination): Promise<Finding[]> {
  const findings: Finding[] = [];
  let session: EngineSession;
  try {
    session = await source.open(examination.signal);
  } catch (error) {
    const isLibrary = codeOf(error).startsWith("dcgm-library");
    if (!isLibrary) findings.push({ check: "library", state: "ok", detail: "libdcgm was found and loaded" });
    findings.push(...candidatesOf(error));
    findings.push({
      check: isLibrary ? "library" : `engine ${source.name}`,
      state: "failed",
      detail: error instanceof TracecoreError ? error.message : messageOf(error),
      remedy: error instanceof TracecoreError ? error.remedy : undefined,
    });
    const next = isLibrary ? [`engine ${source.name}`, "GPUs", "fields", "profiling"] : ["GPUs", "fields", "profiling"];
    for (const check of next)
      findings.push({ check, state: "skipped", detail: `needs the ${isLibrary ? "library" : "engine"}` });
    return findings;
  }
  try {
    const { library, engine, libraryFile } = session.versions;
    findings.push({
      check: "library",
      state: "ok",
      detail: `${library}${libraryFile === undefined ? "" : ` in ${libraryFile}`}`,
    });
    findings.push({ check: `engine ${source.name}`, state: "ok", detail: `answers, version ${engine}` });
    const entities = await session.entities();
    findings.push(gpus(entities));
    const gpuList = entities.filter(({ kind, state }) => kind === "gpu" && state !== "lost");
    if (gpuList.length > 0) {
      findings.push(await fields(session, gpuList, examination));
      findings.push(await profiling(session, gpuList, examination));
    }
    findings.push(await modules(session));
  } catch (error) {
    findings.push({ check: "engine calls", state: "failed", detail: messageOf(error) });
  } finally {
    await session.release().catch(() => {});
  }
  return findings;
}

function candidatesOf(error: unknown): Finding[] {
  const { candidates = [], message = "" } = error as Partial<EngineError>;
  // A file that is there and cannot be used says more than the many that are not there.
  return candidates
    .filter(({ file }) => !message.includes(file))
    .filter(({ problem }) => problem !== undefined && !/no such file|not found|does not exist/i.test(problem))
    .map(({ file, problem }) => ({ check: "library", state: "warning" as const, detail: `${file}: ${problem}` }));
}

function gpus(entities: readonly Entity[]): Finding {
  const all = entities.filter(({ kind }) => kind === "gpu");
  if (all.length === 0) {
    return {
      check: "GPUs",
      state: "failed",
      detail: "the engine sees no GPU",
      remedy: "Check nvidia-smi, and that the engine may open /dev/nvidia*",
    };
  }
  const lost = all.filter(({ state }) => state === "lost" || state === "inaccessible");
  const models = [...new Set(all.map(({ name }) => name ?? "unknown model"))].join(", ");
  const instances = entities.filter(({ kind }) => kind === "gpu_instance").length;
  const detail = `${all.length} (${models})${instances === 0 ? "" : `, ${instances} MIG instances`}`;
  if (lost.length === 0) return { check: "GPUs", state: "ok", detail };
  return {
    check: "GPUs",
    state: "failed",
    detail: `${detail}; lost: ${lost.map(({ id }) => id).join(", ")}`,
    remedy: "Drain the node and reboot it; if it happens again, contact the vendor",
  };
}

function chosenFields({ config, counters }: Examination, profilingFields: "auto" | "off"): readonly ChosenField[] {
  const entries = config.fields ?? (config.counters_file === undefined ? ["default"] : []);
  return selectFields(entries, counters, profilingFields);
}

async function fields(session: EngineSession, gpuList: readonly Entity[], about: Examination): Promise<Finding> {
  const chosen = chosenFields(about, "off").filter(
    ({ field }) => field.level === "GPU" && (field.type === "int64" || field.type === "double"),
  );
  const { values, missing, forbidden } = await readSome(
    session,
    gpuList,
    chosen.map(({ field }) => field.id),
  );
  const detail = `${values} values of ${chosen.length} fields${missing.length === 0 ? "" : `; these GPUs do not have ${names(missing)}`}`;
  if (forbidden.length > 0) {
    return {
      check: "fields",
      state: values > 0 ? "warning" : "failed",
      detail: `${detail}; no permission for ${names(forbidden)}`,
      remedy: "Run the host engine as root",
    };
  }
  if (values > 0 || chosen.length === 0) return { check: "fields", state: "ok", detail };
  return {
    check: "fields",
    state: "failed",
    detail: "the engine gave no value",
    remedy: "Look at the log of nv-hostengine",
  };
}

async function profiling(session: EngineSession, gpuList: readonly Entity[], about: Examination): Promise<Finding> {
  const { config } = about;
  const check = "profiling";
  if (config.profiling !== "auto") return { check, state: "skipped", detail: `profiling: ${config.profiling}` };
  const without: number[] = [];
  const ids = new Set<number>();
  for (const { id } of gpuList) {
    const groups = await session.profilingGroups(id).catch(() => []);
    if (groups.length === 0) without.push(id);
    for (const group of groups) for (const fieldId of group.fieldIds) ids.add(fieldId);
  }
  const chosen = chosenFields(about, "auto")
    .map(({ field }) => field.id)
    .filter((id) => isProfiling(fieldById(id)!) && ids.has(id));
  if (ids.size === 0) {
    return {
      check,
      state: "warning",
      detail: "no GPU has profiling metrics, or the engine's profiling module is not loaded",
      remedy:
        "They need a data-centre GPU since Volta and the package datacenter-gpu-manager-4-proprietary; the rest works without",
    };
  }
  const { values, forbidden } = await readSome(session, gpuList, chosen);
  if (forbidden.length > 0 || values === 0) {
    return {
      check,
      state: "warning",
      detail: forbidden.length > 0 ? "the engine may not use the performance counters" : "no value came",
      remedy:
        "Run the host engine as root or with CAP_SYS_ADMIN, or set NVreg_RestrictProfilingToAdminUsers=0; end Nsight and other profilers",
    };
  }
  const some = without.length === 0 ? "" : `; GPUs without: ${without.join(", ")}`;
  return { check, state: "ok", detail: `${chosen.length} fields${some}` };
}

async function modules(session: EngineSession): Promise<Finding> {
  const all = await session.modules();
  const failed = all.filter(({ status }) => status === "failed");
  if (failed.length === 0) return { check: "modules", state: "ok", detail: all.map(({ name }) => name).join(", ") };
  return {
    check: "modules",
    state: "warning",
    detail: `did not load: ${failed.map(({ name }) => name).join(", ")}`,
    remedy: "Look at the log of nv-hostengine; packages of DCGM of different versions are a common cause",
  };
}

async function readSome(
  session: EngineSession,
  gpuList: readonly Entity[],
  fieldIds: readonly number[],
): Promise<{ values: number; missing: number[]; forbidden: number[] }> {
  const result = { values: 0, missing: [] as number[], forbidden: [] as number[] };
  if (fieldIds.length === 0) return result;
  const entities = gpuList.map(({ id }) => ({ group: entityGroups.gpu, id }));
  const watch = await session.watch({ entities, fieldIds, intervalMs: 1000, keepAgeMs: 3000 });
  await systemClock.sleep(session.versions.libraryFile === undefined ? 0 : FIRST_SAMPLES_MS);
  const table = await session.read(watch);
  const counts = new Map<number, { ok: number; missing: number; forbidden: number }>();
  for (let row = 0; row < table.rows; row++) {
    const condition = table.condition(row);
    const id = table.fieldId(row);
    const count = counts.get(id) ?? { ok: 0, missing: 0, forbidden: 0 };
    if (condition === "ok") count.ok++;
    else if (condition === "not_supported") count.missing++;
    else if (condition === "no_permission") count.forbidden++;
    counts.set(id, count);
  }
  for (const [id, { ok, missing, forbidden }] of counts) {
    result.values += ok;
    if (ok === 0 && forbidden > 0) result.forbidden.push(id);
    else if (ok === 0 && missing > 0) result.missing.push(id);
  }
  await session.unwatch(watch);
  return result;
}

/** Some names of fields, and how many more; engines answer in any order. */
function names(ids: readonly number[]): string {
  const shown = ids
    .toSorted((a, b) => a - b)
    .slice(0, 4)
    .map((id) => fieldById(id)?.tag ?? String(id));
  return `${shown.join(", ")}${ids.length > shown.length ? ` and ${ids.length - shown.length} more` : ""}`;
}

function codeOf(error: unknown): string {
  return error instanceof TracecoreError ? error.code : "";
}
