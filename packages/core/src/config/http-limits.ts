import * as z from "zod";
import type { HttpLimits } from "../http/limits.ts";
import { byteSize } from "./byte-size.ts";
import { duration } from "./duration.ts";

const time = (text: string, description: string) =>
  duration({ zero: true }).prefault(text).describe(`${description} 0s is no limit.`);

/** The `limits` block of a component that answers HTTP: what a client may take. */
export function httpLimits(): z.ZodType<Partial<HttpLimits>, object> {
  return z
    .strictObject({
      max_connections: z.int().min(1).default(1000).describe("Connections at a time; one more is closed at once."),
      max_waiting_requests: z
        .int()
        .min(0)
        .default(20)
        .describe(
          "Requests of one connection that may wait for the answer to the one before; with one more it is closed.",
        ),
      max_header_size: byteSize().prefault("8KiB").describe("Bytes of request line and headers; more gets status 431."),
      header_timeout: time("5s", "Time to send the headers of a request."),
      request_timeout: time("10s", "Time to send a whole request."),
      write_timeout: time("30s", "Time to read a response. Slower clients are cut off."),
      keep_alive_timeout: time("60s", "Time that an idle connection is kept for the next request."),
    })
    .transform((input) => ({
      maxConnections: input.max_connections,
      maxWaitingRequests: input.max_waiting_requests,
      maxHeaderBytes: input.max_header_size,
      headerTimeoutMs: input.header_timeout,
      requestTimeoutMs: input.request_timeout,
      writeTimeoutMs: input.write_timeout,
      keepAliveTimeoutMs: input.keep_alive_timeout,
    }));
}
