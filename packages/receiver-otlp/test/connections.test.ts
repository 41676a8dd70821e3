import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { describe, expect, test } from "vitest";
import { certificateFolder } from "../../core/test/http/certificates.ts";
import { receiving } from "./receiving.ts";

async function dial(address: string): Promise<Socket> {
  const { hostname, port } = new URL(address.includes("://") ? address : `http://${address}`);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

describe("connections", () => {
  test.each(["http", "grpc"] as const)(
    "over %s are no more than max_connections, those counted that have not spoken TLS yet",
    async (protocol) => {
      using folder = certificateFolder();
      const { certFile, keyFile } = folder.issue("server", "localhost");
      const options = `, max_connections: 2, tls: { cert_file: ${certFile}, key_file: ${keyFile} }`;
      await using rig = await receiving({ [protocol]: options });
      const silent = [await dial(rig[protocol]), await dial(rig[protocol])];
      const third = await dial(rig[protocol]);
      third.resume();
      await once(third, "close");
      expect(rig.receiver.logs.slice(2).map(({ message }) => message)).toEqual([
        "refuses connections: 2 are open, which is the limit",
      ]);
      for (const socket of silent) {
        expect(socket.closed).toBe(false);
        socket.destroy();
      }
    },
  );

  test("over gRPC and TLS that the client leaves half open are closed, and make room for others", async () => {
    using folder = certificateFolder();
    const { certFile, keyFile } = folder.issue("server", "localhost");
    const keepalive = "keepalive: { server_parameters: { max_connection_idle: 10s, timeout: 15s } }";
    const tls = `tls: { cert_file: ${certFile}, key_file: ${keyFile} }`;
    await using rig = await receiving({ grpc: `, max_connections: 1, ${tls}, ${keepalive}` });
    const port = Number(rig.grpc.split(":").at(-1));
    const ca = readFileSync(folder.caFile);
    const speak = async (): Promise<Socket> => {
      const options = { host: "localhost", port, ALPNProtocols: ["h2"], ca, allowHalfOpen: true };
      const socket = connectTls(options);
      socket.on("error", () => {});
      socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0", "latin1");
      await once(socket, "data");
      return socket;
    };
    const socket = await speak();
    const ended = once(socket.resume(), "end");
    await rig.receiver.tick(11_000);
    await ended;
    await rig.receiver.tick(16_000);
    // Only one may be open.
    const other = await speak();
    expect(other.destroyed).toBe(false);
    other.destroy();
    socket.destroy();
  });

  test("over gRPC are only with those whose certificate the authority has signed, where one is named", async () => {
    using folder = certificateFolder();
    using others = certificateFolder();
    const { certFile, keyFile } = folder.issue("server", "localhost");
    const tls = `, tls: { cert_file: ${certFile}, key_file: ${keyFile}, client_ca_file: ${folder.caFile} }`;
    await using rig = await receiving({ grpc: tls });
    const port = Number(rig.grpc.split(":").at(-1));
    /** Whether the server says anything but that it will not. */
    const speaks = async (client?: { readonly certFile: string; readonly keyFile: string }): Promise<boolean> => {
      const own = client && { cert: readFileSync(client.certFile), key: readFileSync(client.keyFile) };
      const ca = readFileSync(folder.caFile);
      const socket = connectTls({ host: "localhost", port, ALPNProtocols: ["h2"], ca, ...own });
      socket.on("error", () => {});
      const { promise, resolve } = Promise.withResolvers<boolean>();
      socket.once("data", () => resolve(true));
      socket.once("close", () => resolve(false));
      const spoken = await promise;
      socket.destroy();
      return spoken;
    };
    expect(await speaks(folder.issue("client", "client"))).toBe(true);
    expect(await speaks(others.issue("client", "client"))).toBe(false);
    expect(await speaks()).toBe(false);
  });
});
