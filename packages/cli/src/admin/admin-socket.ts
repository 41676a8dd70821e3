import type { Server, Socket } from "node:net";
import { messageOf, TracecoreError, type Clock, type Logger } from "@tracecore/core";
import type { RuntimeConfig, Service } from "@tracecore/core/service";
import type { Console } from "../console.ts";
import { lineOf, PROTOCOL, type AdminRequest, type LastFrame, type TapOrder, type WhoFrame } from "./frames.ts";
import { knock, listenPrivate, privateFolder, removeLeftover, socketsIn } from "./listen-private.ts";
import { ownSocketFolder } from "./socket-folders.ts";
import { startTapSession, type TapSession } from "./tap-session.ts";

export interface AdminSocketOptions {
  /** `auto`, `off` or a path; see `runtime.admin_socket`. */
  readonly setting: string;
  readonly limits: RuntimeConfig["taps"];
  /** Undefined while it still starts. */
  readonly service: () => Service | undefined;
  readonly who: Omit<WhoFrame, "frame">;
  readonly env: Console["env"];
  readonly logger: Logger;
  readonly clock: Clock;
}

/** An open admin socket. */
export interface AdminSocket extends AsyncDisposable {
  readonly path: string;
}

/** Bytes of the longest request. */
const MAX_REQUEST_BYTES = 16 * 2 ** 10;
/** How long a client may take to say what it wants, ms. */
const REQUEST_MS = 5_000;
/** How long the last words may take to reach a client, ms. */
const LAST_WORDS_MS = 300;
/** Collectors with one process ID that share a folder: containers, and tests. */
const MAX_NAMESAKES = 100;

/**
 * Opens the socket of this collector. With a path it throws when that cannot be had; `auto` then goes without one: a read-only
 * container must run all the same.
 */
export async function openAdminSocket(options: AdminSocketOptions): Promise<AdminSocket | undefined> {
  const { setting, logger } = options;
  if (setting === "off") return undefined;
  const clients = new Set<AsyncDisposable>();
  const accept = (socket: Socket): void => serve(socket, clients, options);
  let server: Server;
  let path = setting;
  try {
    if (setting === "auto") [server, path] = await listenInFolder(ownSocketFolder(options.env), accept);
    else server = await listenPrivate(setting, accept);
  } catch (error) {
    if (setting !== "auto") throw error;
    logger.debug(`there is no admin socket, so "tracecore tap" cannot reach this collector: ${messageOf(error)}`);
    return undefined;
  }
  server.on("error", (error) => logger.warn(`the admin socket cannot accept a client: ${messageOf(error)}`));
  logger.debug("admin socket open", { path });
  return {
    path,
    async [Symbol.asyncDispose]() {
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      await Promise.all([...clients].map((client) => client[Symbol.asyncDispose]()));
      await promise;
    },
  };
}

async function listenInFolder(folder: string, accept: (socket: Socket) => void): Promise<[Server, string]> {
  await privateFolder(folder);
  for (let n = 1; ; n++) {
    const path = `${folder}/${process.pid}${n === 1 ? "" : `-${n}`}.sock`;
    try {
      const server = await listenPrivate(path, accept);
      void tidy(folder);
      return [server, path];
    } catch (error) {
      const taken = process.getBuiltinModule("node:fs").existsSync(path);
      if (!taken || n === MAX_NAMESAKES) throw error;
    }
  }
}

/** Removes what killed collectors have left in the folder. */
async function tidy(folder: string): Promise<void> {
  for (const path of socketsIn(folder)) if ((await knock(path)) === "refused") await removeLeftover(path);
}

/** Answers one client. */
function serve(socket: Socket, clients: Set<AsyncDisposable>, options: AdminSocketOptions): void {
  const { clock, who } = options;
  const gone = new AbortController();
  let session: TapSession | undefined;
  const client: AsyncDisposable = {
    async [Symbol.asyncDispose]() {
      session?.[Symbol.dispose]();
      socket.end();
      await clock.sleep(LAST_WORDS_MS, gone.signal);
      socket.destroy();
    },
  };
  const refuse = (code: string, message: string, remedy?: string): void => {
    socket.end(lineOf({ frame: "error", code, message, remedy } satisfies LastFrame));
  };
  socket.on("error", () => {}); // The client went away; "close" follows.
  socket.on("close", () => {
    gone.abort();
    clients.delete(client);
    session?.[Symbol.dispose]();
  });
  const full = clients.size >= options.limits.max_clients;
  if (!full) clients.add(client);
  const asked = new AbortController();
  const hangUp = async (): Promise<void> => {
    await clock.sleep(REQUEST_MS, AbortSignal.any([gone.signal, asked.signal]));
    if (!asked.signal.aborted) socket.destroy();
  };
  void hangUp();

  const answer = async (line: string): Promise<void> => {
    const request = parse(line);
    if (request?.tracecore !== PROTOCOL || (request.ask !== "who" && request.ask !== "tap")) {
      refuse("tap-refused", "the collector does not understand this version of tracecore tap");
    } else if (request.ask === "who") {
      socket.end(lineOf({ frame: "who", ...who }));
    } else if (full) {
      const most = `${options.limits.max_clients} clients look at this collector, which is the most that it takes`;
      refuse("tap-refused", most, "End one of them, or raise runtime.taps.max_clients");
    } else {
      const service = options.service();
      if (service === undefined) refuse("tap-refused", "the collector still starts", "Try again in a moment");
      else session = await tap(request, service);
    }
  };
  const tap = async (order: TapOrder, service: Service): Promise<TapSession | undefined> => {
    try {
      const opened = await startTapSession(socket, order, { service, clock, bufferBytes: options.limits.buffer });
      if (socket.destroyed) opened[Symbol.dispose]();
      return opened;
    } catch (error) {
      const { code = "tap-refused", remedy } = error as Partial<TracecoreError>;
      refuse(code, error instanceof TracecoreError ? error.message : messageOf(error), remedy);
      return undefined;
    }
  };
  let text = "";
  socket.setEncoding("utf8");
  socket.on("data", (part: string) => {
    if (asked.signal.aborted) return; // A client has one wish.
    text += part;
    const end = text.indexOf("\n");
    if (end === -1 && text.length < MAX_REQUEST_BYTES) return;
    asked.abort();
    void answer(text.slice(0, end));
  });
}

function parse(line: string): AdminRequest | undefined {
  try {
    const value = JSON.parse(line) as AdminRequest | null;
    return value ?? undefined;
  } catch {
    return undefined; // Answered like a request of another version.
  }
}
