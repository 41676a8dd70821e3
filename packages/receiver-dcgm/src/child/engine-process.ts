import type { Socket } from "node:net";
import { systemClock } from "@tracecore/core";
import type { EngineSession, Watch } from "../engine/engine.ts";
import type { SampleTable } from "../engine/sample-table.ts";
import { NativeSource } from "../native/native-source.ts";
import { frame, frameReader } from "./frames.ts";
import { packTable } from "./packed-table.ts";
import { NOTICE_ID, plainError, type Opened, type Request, type Watched } from "./protocol.ts";

/** File descriptor of the pipe to the collector. */
const PIPE = 3;
/** Milliseconds that the answer to `release` may take to leave, before the process ends. */
const FAREWELL_MS = 1_000;

/** What the process does that holds the library in place of the collector: it answers requests until the collector is gone. */
export function runEngineProcess(): void {
  const { Socket } = process.getBuiltinModule("node:net");
  const pipe = new Socket({ fd: PIPE, readable: true, writable: true });
  const served = new ServedSession(pipe);
  pipe.on(
    "data",
    frameReader(({ id, content }) => void served.answer(id, content as Request)),
  );
  // No collector, no reason to live; a call that hangs must not hold the process either.
  const end = (): void => void process.kill(process.pid, "SIGKILL");
  pipe.on("end", end);
  pipe.on("error", end);
  // The collector decides when its child ends: a terminal sends these to both.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => {});
}

class ServedSession {
  readonly #pipe: Socket;
  #session: EngineSession | undefined;
  readonly #watches = new Map<number, { watch: Watch; scratch: Uint8Array | undefined }>();
  #nextWatch = 1;

  constructor(pipe: Socket) {
    this.#pipe = pipe;
  }

  async answer(id: number, request: Request): Promise<void> {
    try {
      const answer = await this.#do(request);
      this.#send(id, answer instanceof Uint8Array ? answer : { ok: answer });
      if (request.do === "release") setTimeout(() => process.exit(0), FAREWELL_MS).unref();
    } catch (error) {
      this.#send(id, { error: plainError(error) });
    }
  }

  async #do(request: Request): Promise<unknown> {
    if (request.do === "open") return this.#open(request);
    if (request.do === "ping") return undefined;
    const session = this.#session;
    if (session === undefined) throw new Error("BUG: the engine process was asked before it was told to open");
    switch (request.do) {
      case "read": {
        const entry = this.#watch(request.watch);
        const table = await session.read(entry.watch);
        const { bytes, scratch } = packTable(table, entry.scratch);
        entry.scratch = scratch;
        return withRows(bytes, table);
      }
      case "readOnce": {
        const table = await session.readOnce(request.entities, request.fieldIds, request.live);
        return withRows(packTable(table).bytes, table);
      }
      case "watch": {
        const watch = await session.watch(request.plan);
        const number = this.#nextWatch++;
        this.#watches.set(number, { watch, scratch: undefined });
        return watched(number, watch);
      }
      case "unwatch": {
        const { watch } = this.#watch(request.watch);
        this.#watches.delete(request.watch);
        return session.unwatch(watch);
      }
      case "valuesSince": {
        return session.valuesSince(this.#watch(request.watch).watch, request.cursor);
      }
      case "profilingGroups": {
        return session.profilingGroups(request.gpuId);
      }
      default: {
        return session[request.do]?.();
      }
    }
  }

  async #open({ options }: Extract<Request, { do: "open" }>): Promise<Opened> {
    const session = await new NativeSource(options, systemClock).open(new AbortController().signal);
    this.#session = session;
    void this.#tellLoss(session);
    return { versions: session.versions, canUpdate: session.updateAllFields !== undefined };
  }

  async #tellLoss({ closed }: EngineSession): Promise<void> {
    const error = await closed;
    if (error !== undefined) this.#send(NOTICE_ID, { error: plainError(error) });
  }

  #watch(number: number): { watch: Watch; scratch: Uint8Array | undefined } {
    const found = this.#watches.get(number);
    if (found === undefined) throw new Error(`BUG: there is no watch ${number} in the engine process`);
    return found;
  }

  #send(id: number, content: unknown): void {
    this.#pipe.cork();
    for (const part of frame(id, content)) this.#pipe.write(part);
    this.#pipe.uncork();
  }
}

/** Rows first, since texts may follow them: the number of rows cannot be told from the length. */
function withRows(bytes: Uint8Array, { rows }: SampleTable): Uint8Array {
  const framed = Buffer.allocUnsafe(bytes.length + 4);
  framed.writeUInt32LE(rows, 0);
  framed.set(bytes, 4);
  return framed;
}

function watched(number: number, { unknownFieldIds, refused, refusedFields }: Watch): Watched {
  return {
    watch: number,
    unknownFieldIds,
    refused: refused.map(({ group, id, error }) => ({ key: { group, id }, error: plainError(error) })),
    refusedFields: refusedFields.map(({ fieldId, error }) => ({ fieldId, error: plainError(error) })),
  };
}
