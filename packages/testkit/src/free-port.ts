import { once } from "node:events";
import { createServer } from "node:net";

/**
 * Below the ports that systems give to outgoing connections (from 32768 on Linux, 49152 elsewhere): one that is free now
 * is not taken by a download before the program under test listens on it.
 */
const LAST = 32_767;
const FIRST = 12_288;
/** Each of vitest's workers looks in a part of its own, so that two that run at once never hold the same port. */
const PARTS = 20;
const PORTS = Math.floor((LAST + 1 - FIRST) / PARTS);

const part = Number(process.env["VITEST_POOL_ID"] ?? process.pid) % PARTS;
let next = Math.floor(Math.random() * PORTS);

/**
 * A port of loopback on which nothing listens, for a config that has to name one. Gives each port once, also when it is
 * called several times before anything listens. Where a component takes port 0 and says which one it got, use that.
 */
export async function freePort(): Promise<number> {
  for (let tried = 0; tried < PORTS; tried++) {
    const port = FIRST + part * PORTS + (next++ % PORTS);
    if (await canListen(port)) return port;
  }
  throw new Error(`each of the ports ${FIRST + part * PORTS} to ${FIRST + (part + 1) * PORTS - 1} is taken`);
}

async function canListen(port: number): Promise<boolean> {
  const server = createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch {
    return false;
  }
  server.close();
  await once(server, "close");
  return true;
}
