import { expect, test } from "vitest";
import { connectionFailure } from "../../src/delivery/connection-failure.ts";

const openssl = (reason: string): string =>
  `4073A724DA7F0000:error:0A00010B:SSL routines:some_function:${reason}:../deps/openssl/openssl/ssl/record/some.c:78:\n`;
const failure = (message: string, more: object = {}): Error => Object.assign(new Error(message), more);

test.each([
  [failure("connect ECONNREFUSED 127.0.0.1:4317", { code: "ECONNREFUSED" }), "connect ECONNREFUSED 127.0.0.1:4317"],
  ["text", 'a value that is not an error was thrown: "text"'],
  [
    failure("unable to verify the first certificate; if …", { code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" }),
    `nobody who is trusted here has signed the backend's certificate. Set "ca_file" of "tls" to the certificate of its authority`,
  ],
  [failure("certificate has expired", { code: "CERT_HAS_EXPIRED" }), "the backend's certificate has expired"],
  [
    failure("Hostname/IP does not match", { code: "ERR_TLS_CERT_ALTNAME_INVALID", reason: "Host: a. is not b" }),
    `the backend's certificate is for another name: Host: a. is not b. Set "server_name_override" of "tls" if that is meant`,
  ],
  [
    failure(`write EPROTO ${openssl("wrong version number")}`, { code: "EPROTO" }),
    'the backend speaks no TLS. If it should not, set "insecure" of "tls", or write "http://" in the endpoint',
  ],
  [
    failure(`${openssl("tlsv13 alert certificate required")}SSL alert number 116`),
    'the backend wants to see a certificate. Set "cert_file" and "key_file" of "tls"',
  ],
  [
    failure(`${openssl("tlsv1 alert protocol version")}SSL alert number 70`),
    'the backend speaks other versions of TLS. Set "min_version" and "max_version" of "tls" to what both have',
  ],
  [
    failure("Parse Error: Expected HTTP/, RTSP/ or ICE/", { code: "HPE_INVALID_CONSTANT" }),
    "the backend does not answer in HTTP/1.1. Ports for gRPC, mostly 4317, are for the otlp exporter; otlphttp sends to 4318",
  ],
  [
    failure("Protocol error", { code: "ERR_HTTP2_ERROR", errno: -505 }),
    "the backend does not answer in HTTP/2. Ports for OTLP over HTTP, mostly 4318, are for the otlphttp exporter; otlp sends to 4317",
  ],
  [failure("Protocol error", { code: "ERR_HTTP2_ERROR", errno: -532 }), "Protocol error"],
  // Without numbers that are others each time: the log counts equal lines.
  [failure(openssl("sslv3 alert handshake failure")), "TLS failed: sslv3 alert handshake failure"],
])("what failed on the way to a backend is said with what to do: case %#", (error, text) => {
  expect(connectionFailure(error)).toBe(text);
});
