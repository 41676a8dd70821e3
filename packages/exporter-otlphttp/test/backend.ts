import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** An HTTP server that keeps what it was sent and answers as it is told. */
export interface Backend extends AsyncDisposable {
  readonly url: string;
  readonly received: Received[];
  readonly connections: () => number;
  /** Answers the next request; afterwards 200 again. */
  answerNext(answer: (response: ServerResponse) => void): void;
  /** Resolves when `count` requests have come. */
  has(count: number): Promise<void>;
}

export async function backend(): Promise<Backend> {
  const received: Received[] = [];
  const answers: ((response: ServerResponse) => void)[] = [];
  let connections = 0;
  let came = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      received.push({ path: request.url ?? "", headers: request.headers, body: Buffer.concat(chunks) });
      const answer = answers.shift();
      if (answer === undefined) response.end();
      else answer(response);
      came.resolve();
      came = Promise.withResolvers<void>();
    });
  });
  server.on("connection", () => connections++);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    connections: () => connections,
    answerNext: (answer) => answers.push(answer),
    async has(count) {
      while (received.length < count) await came.promise;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
