import { once } from "node:events";
import { createServer, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { manualClock } from "@tracecore/core";
import { expect, test } from "vitest";
import { GrpcClient } from "../src/grpc-client.ts";

const LARGE = 4_000_000;

test("hears the answer of a call while large requests wait behind it", async () => {
  const streams: ServerHttp2Stream[] = [];
  // Reads nothing until it is told to: what is sent waits at the client beyond the 64 KiB that the standard lets it send.
  const server = createServer().on("stream", (stream) => {
    stream.on("error", () => {});
    streams.push(stream);
  });
  const answer = (stream: ServerHttp2Stream): void => {
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.end(Buffer.alloc(5));
  };
  await once(server.listen(0, "127.0.0.1"), "listening");
  using client = new GrpcClient({
    host: "127.0.0.1",
    port: (server.address() as AddressInfo).port,
    path: undefined,
    authority: undefined,
    tls: undefined,
    spread: true,
    keepalive: undefined,
    clock: manualClock(),
  });
  const call = (size: number) => client.call("/x", {}, [Buffer.alloc(size)], AbortSignal.timeout(60_000));
  const has = async (count: number): Promise<void> => {
    while (streams.length < count) await once(server, "stream");
  };
  const first = call(5);
  await has(1);
  const others = Array.from({ length: 4 }, () => call(LARGE));
  await has(5);
  answer(streams[0]!);
  expect((await first).code).toBe(0);
  for (const stream of streams.slice(1)) stream.resume().once("end", () => answer(stream));
  expect((await Promise.all(others)).map(({ code }) => code)).toEqual([0, 0, 0, 0]);
  server.close();
});
