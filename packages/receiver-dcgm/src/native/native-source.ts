import type { Clock } from "@tracecore/core";
import type { EngineSession, EngineSource } from "../engine/engine.ts";
import { EngineError } from "../engine/engine-error.ts";
import { statusName } from "../engine/status-codes.ts";
import { CallGate, type OverdueCall } from "./call-gate.ts";
import { engineAddress } from "./endpoint.ts";
import { layouts, versionWords } from "./layouts.ts";
import { findLibrary, type LibraryWish } from "./library-search.ts";
import { loadKoffi, loadLibrary, versionBuffer, versionIn } from "./library.ts";
import { LibraryUse } from "./library-use.ts";
import { NativeSession } from "./native-session.ts";
import { Struct } from "./struct.ts";
import { versionSkew } from "./version-skew.ts";

/** How to reach an engine through libdcgm. Plain data: it also goes to a child process. */
export interface NativeOptions {
  /** Where a host engine listens; undefined starts an engine in this very process. */
  readonly endpoint: string | undefined;
  readonly library: LibraryWish;
  /** How long connecting may take, milliseconds. */
  readonly connectTimeoutMs: number;
  /** How long any call may take before the session is given up, milliseconds. */
  readonly callTimeoutMs: number;
}

/** Handle of an engine that runs in this process. */
const EMBEDDED_HANDLE = 0x7fff_ffffn;
/** `DCGM_OPERATION_MODE_AUTO`: the engine samples by itself. */
const MODE_AUTO = 1;
/** No messages of the engine: they would go to a file. */
const LOG_NOTHING = 0;
/** The struct holds its bare address, so it lives as long as this process. */
const NO_LOG_FILE = Buffer.from("/dev/null\0");
/** The engine itself answers within that time or not at all: connecting makes requests after it has the connection. */
const LOGIN_MS = 5_000;

/** One libdcgm per file and process: its state is the process's. */
const libraries = new Map<string, LibraryUse>();

/** An engine that is reached through libdcgm in this process. */
export class NativeSource implements EngineSource {
  readonly name: string;
  readonly kind: "standalone" | "embedded";
  readonly #options: NativeOptions;
  readonly #clock: Clock;
  /** A call of an earlier session that is not back. */
  #overdue: OverdueCall | undefined;

  constructor(options: NativeOptions, clock: Clock) {
    this.name = options.endpoint ?? "embedded";
    this.kind = options.endpoint === undefined ? "embedded" : "standalone";
    this.#options = options;
    this.#clock = clock;
  }

  async open(signal: AbortSignal): Promise<EngineSession> {
    this.#refuseWhileStuck();
    const use = await libraryUse(this.#options.library);
    signal.throwIfAborted();
    await use.acquire();
    let session: EngineSession;
    try {
      session = await this.#connect(use);
    } catch (error) {
      await use.release(this.#clock);
      throw error;
    }
    if (!signal.aborted) return session;
    await session.release();
    throw new EngineError("dcgm-connect-failed", "connecting was given up", { cause: signal.reason });
  }

  async #connect(use: LibraryUse): Promise<EngineSession> {
    const { endpoint, connectTimeoutMs, callTimeoutMs } = this.#options;
    const opening = new CallGate(use, this.#clock, connectTimeoutMs + LOGIN_MS);
    const handle = endpoint === undefined ? await this.#start(opening) : await this.#dial(use, opening, endpoint);
    const gate = new CallGate(use, this.#clock, callTimeoutMs);
    const versions = {
      library: use.library.version,
      engine: await this.#engineVersion(use, gate, handle),
      libraryFile: use.library.file,
    };
    this.#rememberOverdue(gate);
    const skew = versionSkew(versions.library, versions.engine, use.library.file);
    const parts = { use, gate, handle, versions, clock: this.#clock, embedded: endpoint === undefined };
    if (skew === undefined) return new NativeSession(parts);
    await gate.end(() => use.call("dcgmDisconnect", [handle]));
    throw skew;
  }

  async #dial(use: LibraryUse, gate: CallGate, endpoint: string): Promise<bigint> {
    const where = engineAddress(endpoint);
    if (where === undefined) {
      throw new EngineError("dcgm-connect-failed", `"${endpoint}" is not an address of an engine`, {
        remedy: "Write host:port, [IPv6]:port or unix:///path",
      });
    }
    const { size, timeoutMs, addressIsUnixSocket } = layouts.dcgmConnectV2Params_v2;
    const params = new Struct(size, versionWords.dcgmConnectV2Params_version2);
    params.setUint32(timeoutMs, this.#options.connectTimeoutMs);
    params.setUint32(addressIsUnixSocket, where.isUnixSocket ? 1 : 0);
    const handle = new BigUint64Array(1);
    this.#rememberOverdue(gate);
    let status: number;
    try {
      status = await gate.try("dcgmConnect_v2", where.address, params.bytes, handle);
    } catch (error) {
      // It may yet connect, long after: then nobody would ever take the connection down.
      const undo = (late: unknown): void => {
        if (late === 0) use.call("dcgmDisconnect", [handle[0]!]).catch(() => {});
      };
      gate.overdue?.back.then(undo, () => {});
      throw unreachable(endpoint, error as EngineError);
    }
    // The handle is written on failure too, and is none then.
    if (status !== 0) throw unreachable(endpoint, gate.failure("dcgmConnect_v2", status));
    return handle[0]!;
  }

  /** Connecting can succeed with a handle behind which nobody is; only an answer proves the connection. */
  async #engineVersion(use: LibraryUse, gate: CallGate, handle: bigint): Promise<string> {
    const buffer = versionBuffer();
    try {
      await gate.call("dcgmHostengineVersionInfo", handle, buffer);
    } catch (error) {
      this.#rememberOverdue(gate);
      await gate.end(() => use.call("dcgmDisconnect", [handle]));
      throw new EngineError("dcgm-connect-failed", `${this.name} takes connections but does not answer`, {
        cause: error,
        remedy: "Check that nv-hostengine runs and is not stopped",
      });
    }
    return versionIn(buffer);
  }

  async #start(gate: CallGate): Promise<bigint> {
    const at = layouts.dcgmStartEmbeddedV2Params_v2;
    const params = new Struct(at.size, versionWords.dcgmStartEmbeddedV2Params_version2);
    params.setUint32(at.opMode, MODE_AUTO);
    // Where an engine runs in this process already, the handle stays what it is set to.
    params.setUint64(at.dcgmHandle, EMBEDDED_HANDLE);
    params.setUint32(at.severity, LOG_NOTHING);
    params.setUint64(at.logFile, (await loadKoffi()).address(NO_LOG_FILE));
    const status = await gate.try("dcgmStartEmbedded_v2", params.bytes);
    if (status !== 0) {
      throw new EngineError("dcgm-connect-failed", `an engine of our own does not start: ${statusName(status)}`, {
        call: "dcgmStartEmbedded_v2",
        status,
        statusName: statusName(status),
        remedy: "Check that the NVIDIA driver is loaded and that this user may use /dev/nvidia*",
      });
    }
    return params.view.getBigUint64(at.dcgmHandle, true);
  }

  /** While a call is stuck in the library a new connection would take a second thread and get stuck as well. */
  #refuseWhileStuck(): void {
    if (this.#overdue === undefined) return;
    const seconds = Math.round((this.#clock.monotonicMs() - this.#overdue.sinceMs) / 1000);
    throw new EngineError(
      "dcgm-timeout",
      `${this.#overdue.name} has not come back for ${seconds} s; a new connection waits for it`,
      { call: this.#overdue.name, remedy: "The engine or the driver hangs: look at nv-hostengine and dmesg" },
    );
  }

  #rememberOverdue(gate: CallGate): void {
    const remember = (): void => {
      const { overdue } = gate;
      if (overdue === undefined) return;
      this.#overdue = overdue;
      const back = (): void => {
        this.#overdue = undefined;
      };
      overdue.back.then(back, back);
    };
    if (gate.loss === undefined) void gate.lost.then(remember);
    else remember();
  }
}

async function libraryUse(wish: LibraryWish): Promise<LibraryUse> {
  const koffi = await loadKoffi();
  return findLibrary(wish, (file) => {
    let use = libraries.get(file);
    if (use === undefined) {
      use = new LibraryUse(loadLibrary(koffi, file));
      libraries.set(file, use);
    }
    return use;
  });
}

function unreachable(endpoint: string, error: EngineError): EngineError {
  return new EngineError("dcgm-connect-failed", `no engine answers at ${endpoint}`, {
    call: error.call,
    status: error.status,
    statusName: error.statusName,
    cause: error,
    remedy: "Start nv-hostengine there, or correct the option endpoint",
  });
}
