import { messageOf } from "../errors.ts";

const UNTRUSTED = `nobody who is trusted here has signed the backend's certificate. Set "ca_file" of "tls" to the certificate of its authority`;

/** What the codes of Node.js mean for whoever has written the config. */
const byCode: Readonly<Record<string, string>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  CERT_HAS_EXPIRED: "the backend's certificate has expired",
  CERT_NOT_YET_VALID: "the backend's certificate is not valid yet. Compare the clocks",
  HPE_INVALID_CONSTANT:
    "the backend does not answer in HTTP/1.1. Ports for gRPC, mostly 4317, are for the otlp exporter; otlphttp sends to 4318",
};

/** nghttp2's number for bytes that are no HTTP/2, `NGHTTP2_ERR_PROTO`. */
const NO_HTTP2 = -505;

/** The same of what OpenSSL says. */
const byReason: readonly (readonly [RegExp, string])[] = [
  [
    /wrong version number|packet length too long|http request/,
    'the backend speaks no TLS. If it should not, set "insecure" of "tls", or write "http://" in the endpoint',
  ],
  [/alert certificate required/, 'the backend wants to see a certificate. Set "cert_file" and "key_file" of "tls"'],
  [
    /alert protocol version|unsupported protocol|no protocols available/,
    'the backend speaks other versions of TLS. Set "min_version" and "max_version" of "tls" to what both have',
  ],
];

/** `…:error:0A00010B:SSL routines:a_function:the reason:file.c:78:`, with numbers that are others each time in front. */
const OPENSSL = /:error:[0-9A-F]{8}:[^:]*:[^:]*:([^:]+):/;

/** What failed on the way to a backend, and what to do about it where that is known. */
export function connectionFailure(error: unknown): string {
  const text = messageOf(error);
  if (!(error instanceof Error)) return text;
  const { code, errno, reason } = error as {
    readonly code?: unknown;
    readonly errno?: unknown;
    readonly reason?: unknown;
  };
  if (code === "ERR_HTTP2_ERROR" && errno === NO_HTTP2)
    return "the backend does not answer in HTTP/2. Ports for OTLP over HTTP, mostly 4318, are for the otlphttp exporter; otlp sends to 4317";
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return `the backend's certificate is for another name: ${String(reason)}. Set "server_name_override" of "tls" if that is meant`;
  }
  if (code === "ECONNRESET" && text === "socket hang up")
    return 'the backend ended the connection without an answer. If it wants TLS, write "https://" in the endpoint';
  const [, said] = OPENSSL.exec(text) ?? [];
  if (said === undefined) return byCode[String(code)] ?? text;
  return byReason.find(([pattern]) => pattern.test(said))?.[1] ?? `TLS failed: ${said}`;
}
