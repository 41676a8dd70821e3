import { once } from "node:events";
import {
  constants,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
} from "node:http2";
import { type AddressInfo } from "node:net";
import { otlpExporter } from "@tracecore/exporter-otlp";
import { emptyResource, emptyScope, logs } from "@tracecore/core/pdata";
import { runExporter, type RunningExporter } from "@tracecore/testkit";

export interface Answer {
  readonly code: number | string;
  /** Answers before the call has come in, and resets it with this error code of HTTP/2. */
  readonly reset?: number;
  readonly message?: string;
  readonly details?: Uint8Array;
  readonly body?: Uint8Array;
  /** Answers with this HTTP status, and without one of gRPC. */
  readonly http?: number;
  /** End the connection instead. */
  readonly hangUp?: boolean;
  /** Say that the call was not looked at. */
  readonly refuseStream?: boolean;
}

export interface Backend extends AsyncDisposable {
  readonly port: number;
  readonly calls: { readonly headers: IncomingHttpHeaders; readonly message: Buffer }[];
  readonly answers: Answer[];
  readonly sessions: ServerHttp2Session[];
}

/** A gRPC backend by hand that keeps what it was sent and answers as it is told. */
export async function backend(at: string | { host: string; port?: number } = { host: "127.0.0.1" }): Promise<Backend> {
  const server: Http2Server = createServer();
  const calls: Backend["calls"] = [];
  const answers: Answer[] = [];
  const sessions: ServerHttp2Session[] = [];
  server.on("session", (session) => sessions.push(session));
  server.on("sessionError", () => {});
  server.on("stream", (stream, headers) => {
    const chunks: Buffer[] = [];
    stream.on("error", () => {});
    const [next] = answers;
    if (next?.reset !== undefined) {
      answers.shift();
      stream.respond(
        { ":status": 200, "content-type": "application/grpc", "grpc-status": String(next.code) },
        { endStream: true },
      );
      setImmediate(() => stream.close(next.reset));
      return;
    }
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => {
      calls.push({ headers, message: Buffer.concat(chunks).subarray(5) });
      const {
        code,
        message = "",
        details,
        body,
        hangUp = false,
        refuseStream = false,
        http,
      } = answers.shift() ?? { code: 0 };
      if (hangUp) {
        stream.session?.destroy();
        return;
      }
      if (refuseStream) {
        stream.close(constants.NGHTTP2_REFUSED_STREAM);
        return;
      }
      if (http !== undefined) {
        stream.respond({ ":status": http, "content-type": "text/html" });
        stream.end("<html>");
        return;
      }
      const trailers = {
        "grpc-status": String(code),
        "grpc-message": message,
        ...(details !== undefined && { "grpc-status-details-bin": Buffer.from(details).toString("base64") }),
      };
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers(trailers));
      const prefix = Buffer.alloc(5);
      prefix.writeUInt32BE(body?.length ?? 0, 1);
      stream.end(Buffer.concat([prefix, body ?? Buffer.alloc(0)]));
    });
  });
  if (typeof at === "string") server.listen(at);
  else server.listen(at.port ?? 0, at.host);
  await once(server, "listening");
  return {
    port: typeof at === "string" ? 0 : (server.address() as AddressInfo).port,
    calls,
    answers,
    sessions,
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

export const records = (count: number): ReturnType<typeof logs> =>
  logs(Array.from({ length: count }, (_, i) => ({ resource: emptyResource, scope: emptyScope, body: `record ${i}` })));

/** Lets a real server answer: I/O takes its time, whatever the clock says. */
export async function until(exporter: RunningExporter, done: () => boolean): Promise<void> {
  while (!done()) {
    await new Promise((resolve) => setImmediate(resolve));
    await exporter.clock.advance(0);
  }
}

export const start = ({ port }: Pick<Backend, "port">, more = ""): Promise<RunningExporter> =>
  runExporter(
    otlpExporter,
    `{ endpoint: "http://127.0.0.1:${port}", retry_on_failure: { randomization_factor: 0 }${more} }`,
  );
export const said = (exporter: RunningExporter): string[] => exporter.logs.map(({ message }) => message);
