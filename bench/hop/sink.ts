/** `sink.ts PORT_HTTP PORT_GRPC`: takes OTLP and counts what arrives; each line on standard input is answered with the counts. */
import { createServer, type IncomingMessage } from "node:http";
import { createServer as createHttp2Server, type Http2Server, type ServerHttp2Stream } from "node:http2";
import { createInterface } from "node:readline";
import { gunzipSync } from "node:zlib";
import { countItems } from "@tracecore/otlp";
import { framed, signalOf, WINDOW_BYTES, type SinkReport } from "./protocol.ts";

let requests = 0;
let items = 0;
/** Items by signal and length of the body: a run sends the same body again and again, and the sink must not cost much. */
const known = new Map<string, number>();

function count(path: string, length: number, body: () => Uint8Array): void {
  const signal = signalOf(path);
  const key = `${signal} ${length}`;
  let found = known.get(key);
  if (found === undefined) {
    found = countItems(signal, body()).reduce((sum, one) => sum + one, 0);
    // Compressed bodies of merged requests differ in content at equal length too rarely to matter; plain ones never do.
    known.set(key, found);
  }
  requests++;
  items += found;
}

async function whole(stream: IncomingMessage | ServerHttp2Stream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

const [httpPort = "0", grpcPort = "0"] = process.argv.slice(2);

const http = createServer((request, response) => {
  void (async () => {
    const body = await whole(request);
    const isGzip = request.headers["content-encoding"] === "gzip";
    count(request.url!, body.length, () => (isGzip ? gunzipSync(body) : body));
    response.writeHead(200, { "content-type": "application/x-protobuf", "content-length": "0" }).end();
  })();
});

const empty = framed(new Uint8Array(0), false);
const grpc: Http2Server = createHttp2Server({ maxSessionMemory: 1_000, settings: { initialWindowSize: WINDOW_BYTES } });
grpc.on("session", (session) => session.setLocalWindowSize(WINDOW_BYTES));
grpc.on("stream", (stream, headers) => {
  void (async () => {
    const frame = await whole(stream);
    const message = frame.subarray(5);
    count(headers[":path"]!, frame.length, () => (frame[0] === 1 ? gunzipSync(message) : message));
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.end(empty);
  })();
});

await new Promise<void>((resolve) => void http.listen(Number(httpPort), "127.0.0.1", resolve));
await new Promise<void>((resolve) => void grpc.listen(Number(grpcPort), "127.0.0.1", resolve));
console.log("ready");
createInterface({ input: process.stdin }).on("line", () => {
  const report: SinkReport = { requests, items };
  console.log(JSON.stringify(report));
});
