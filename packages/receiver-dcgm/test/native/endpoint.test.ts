import { expect, it } from "vitest";
import { engineAddress } from "../../src/native/endpoint.ts";

it.each([
  ["localhost", "localhost:5555", false],
  ["gpu-1.example:5556", "gpu-1.example:5556", false],
  ["tcp://10.0.0.7:5555", "10.0.0.7:5555", false],
  ["[::1]", "[::1]:5555", false],
  ["[fe80::1%eth0]:6000", "[fe80::1%eth0]:6000", false],
  ["unix:///tmp/nv-hostengine", "/tmp/nv-hostengine", true],
  ["/tmp/nv-hostengine", "/tmp/nv-hostengine", true],
])("an endpoint %s is %s", (text, address, isUnixSocket) => {
  expect(engineAddress(text)).toEqual({ address, isUnixSocket });
});

it.each(["", "::1", "localhost:0", "localhost:65536", "http://localhost", "a b:5555", "host:port"])(
  "%j is no endpoint",
  (text) => {
    expect(engineAddress(text)).toBeUndefined();
  },
);
