/** A server under test: `node server.ts VARIANT COUNT`. It writes its URL to stdout and updates its values before each scrape. */
import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import { startOtel } from "./server-otel.ts";
import { startPromClient } from "./server-prom-client.ts";
import { startTracecore } from "./server-tracecore.ts";
import { workload, type Workload } from "./workload.ts";

/** A variant: shows the workload at a URL; `update` sets the values of the next step. */
export type StartServer = (load: Workload) => Promise<{ readonly url: string; update(tenth: boolean): void }>;

const variants: Readonly<Record<string, StartServer>> = {
  tracecore: startTracecore,
  "prom-client": startPromClient,
  otel: startOtel,
};

const [, , variant = "", count = "1000"] = process.argv;
const server = await variants[variant]!(workload(Number(count)));
server.update(false);
// Before the server's own handler: no message to this process and no second request, which would cost time of their own.
subscribe("http.server.request.start", (message) => {
  const { request } = message as { request: IncomingMessage };
  server.update(request.headers["x-changed"] === "10");
});
process.stdout.write(`${server.url}\n`);
// The end of the pipe is the end of the benchmark, however that ended.
process.stdin.on("end", () => process.exit()).resume();
