import { createServer } from "node:http";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { Gauge, Registry } from "prom-client";
import type { StartServer } from "./server.ts";
import { listening } from "./listening.ts";

/** prom-client with a handle kept for each series, the cheapest way it has; gzip at level 1, as ours. */
export const startPromClient: StartServer = async (load) => {
  const { families, count } = load;
  const registry = new Registry();
  const gauges = families.map(
    ({ name, labels }) =>
      new Gauge({ name, help: `About ${name}.`, labelNames: Object.keys(labels[0] ?? {}), registers: [registry] }),
  );
  const handles = Array.from({ length: count }, (_, i) =>
    gauges[i % families.length]!.labels(families[i % families.length]!.labels[Math.floor(i / families.length)]!),
  );
  const compressed = promisify(gzip);
  const server = createServer((request, response) => {
    void (async () => {
      const text = await registry.metrics();
      const zipped = request.headers["accept-encoding"] === "gzip";
      const body = zipped ? await compressed(text, { level: 1 }) : Buffer.from(text);
      response.writeHead(200, {
        "Content-Type": registry.contentType,
        "Content-Length": body.length,
        ...(zipped && { "Content-Encoding": "gzip" }),
      });
      response.end(body);
    })();
  });
  return {
    url: await listening(server),
    update(tenth) {
      const values = load.next(tenth);
      for (const i of load.changed(tenth)) handles[i]!.set(values[i]!);
    },
  };
};
