import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { folderWith } from "./collector.ts";

/** A tab of a browser. */
export interface Tab {
  /** The value of an expression in the page; promises are awaited. */
  evaluate<T>(expression: string): Promise<T>;
  /** Evaluates again until the value is true. */
  until(expression: string): Promise<void>;
  /** Presses a key, for example `Tab` or `Enter`. */
  press(key: string): Promise<void>;
  /** Sets the width and height of the page, and whether the user likes it dark. */
  look(options: { width: number; height: number; dark?: boolean }): Promise<void>;
  /** What the browser complained of: errors of scripts, refused requests. */
  readonly complaints: readonly string[];
  /** The URLs that it asked for. */
  readonly requests: readonly string[];
}

/** A running browser without a window. */
export interface Browser extends AsyncDisposable {
  open(url: string): Promise<Tab>;
}

/** Milliseconds to wait for something that takes some hundred. */
const DEADLINE_MS = 30_000;

interface Message {
  readonly id?: number;
  readonly sessionId?: string;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}
type Send = (method: string, params?: object) => Promise<Record<string, unknown>>;

/** Starts Chromium and speaks its DevTools protocol, so that no package has to be installed for it. */
export async function startChromium(program: string): Promise<Browser> {
  const folder = await folderWith({});
  // Containers and root have no user namespaces for its sandbox, and little shared memory.
  const flags = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run"];
  const args = [...flags, "--disable-background-networking", "--remote-debugging-port=0", `--user-data-dir=${folder}`];
  const child = spawn(program, [...args, "about:blank"], { stdio: ["ignore", "ignore", "pipe"], detached: true });
  const ended = once(child, "close");
  const address = await debuggingAddress(child.stderr.setEncoding("utf8"), ended);
  const socket = new WebSocket(address);
  await once(socket, "open");

  const waiting = new Map<number, PromiseWithResolvers<Record<string, unknown>>>();
  const listeners = new Map<string, (message: Message) => void>();
  socket.addEventListener("message", ({ data }) => {
    const message = JSON.parse(String(data)) as Message;
    const call = message.id === undefined ? undefined : waiting.get(message.id);
    if (call === undefined) {
      listeners.get(message.sessionId ?? "")?.(message);
      return;
    }
    waiting.delete(message.id!);
    if (message.error === undefined) call.resolve(message.result ?? {});
    else call.reject(new Error(message.error.message));
  });
  let count = 0;
  const sendTo =
    (sessionId: string | undefined): Send =>
    (method, params = {}) => {
      const call = Promise.withResolvers<Record<string, unknown>>();
      waiting.set(++count, call);
      socket.send(JSON.stringify({ id: count, method, params, ...(sessionId !== undefined && { sessionId }) }));
      return call.promise;
    };

  return {
    async open(url) {
      const send = sendTo(undefined);
      const { targetId } = await send("Target.createTarget", { url: "about:blank" });
      const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
      const session = String(sessionId);
      return await openTab(sendTo(session), url, (listener) => listeners.set(session, listener));
    },
    async [Symbol.asyncDispose]() {
      socket.close();
      // It is the leader of its group: the processes of its pages go as well.
      process.kill(-child.pid!, "SIGKILL");
      await ended;
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function openTab(send: Send, url: string, listen: (listener: (message: Message) => void) => void): Promise<Tab> {
  const complaints: string[] = [];
  const requests: string[] = [];
  const loaded = Promise.withResolvers<void>();
  listen(({ method, params }) => {
    if (method === "Page.loadEventFired") loaded.resolve();
    if (method === "Runtime.exceptionThrown") complaints.push(JSON.stringify(params?.["exceptionDetails"]));
    if (method === "Log.entryAdded") complaints.push(JSON.stringify(params?.["entry"]));
    if (method === "Network.requestWillBeSent") {
      const { request } = params as { readonly request: { readonly url: string } };
      requests.push(request.url);
    }
  });
  for (const domain of ["Page", "Runtime", "Log", "Network"]) await send(`${domain}.enable`);
  await send("Page.navigate", { url });
  await loaded.promise;

  const evaluate = async <T>(expression: string): Promise<T> => {
    const { result, exceptionDetails } = (await send("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    })) as { result: { value: T }; exceptionDetails?: object };
    if (exceptionDetails !== undefined) throw new Error(`${expression} threw ${JSON.stringify(exceptionDetails)}`);
    return result.value;
  };
  return {
    complaints,
    requests,
    evaluate,
    async until(expression) {
      const deadline = performance.now() + DEADLINE_MS;
      while (!(await evaluate<boolean>(`Boolean(${expression})`))) {
        if (performance.now() > deadline) {
          throw new Error(`${expression} did not come true in:\n${await evaluate<string>("document.body.innerText")}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    async press(key) {
      const enter = key === "Enter" ? { text: "\r", windowsVirtualKeyCode: 13 } : {};
      await send("Input.dispatchKeyEvent", { type: "keyDown", key, code: key, ...enter });
      await send("Input.dispatchKeyEvent", { type: "keyUp", key, code: key, ...enter });
    },
    async look({ width, height, dark = false }) {
      await send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: false });
      const features = [{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }];
      await send("Emulation.setEmulatedMedia", { features });
    },
  };
}

async function debuggingAddress(stderr: AsyncIterable<string>, ended: Promise<unknown>): Promise<string> {
  let text = "";
  const read = async (): Promise<string | undefined> => {
    for await (const part of stderr) {
      text += part;
      const address = /DevTools listening on (\S+)/.exec(text)?.[1];
      if (address !== undefined) return address;
    }
    return undefined;
  };
  const address = await Promise.race([read(), ended.then(() => undefined)]);
  if (address === undefined) throw new Error(`chromium ended before it listened:\n${text}`);
  return address;
}
