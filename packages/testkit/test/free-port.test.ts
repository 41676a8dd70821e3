import { once } from "node:events";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { freePort } from "../src/testkit.ts";

test("gives ports that nobody else asks for, each of them once", async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, freePort));
  expect(new Set(ports).size).toBe(50);
  // Linux gives outgoing connections those from 32768 on.
  expect(Math.max(...ports)).toBeLessThan(32_768);
});

test("passes over a port on which something listens", async () => {
  const first = await freePort();
  await using server = createServer().listen(first + 1, "127.0.0.1");
  await once(server, "listening");
  expect(await freePort()).not.toBe(first + 1);
});
