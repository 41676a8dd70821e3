import { otlpReceiver } from "@tracecore/receiver-otlp";
import { emptyResource, emptyScope, logs } from "@tracecore/core/pdata";
import { encodeProtobuf } from "@tracecore/otlp";
import { runReceiver, type RunningReceiver } from "@tracecore/testkit";

export interface Receiving extends AsyncDisposable {
  readonly receiver: RunningReceiver;
  readonly http: string;
  readonly grpc: string;
}

/** A receiver on free ports, with further options of each protocol as YAML. */
export async function receiving(
  { http = "", grpc = "", more = "" }: { http?: string; grpc?: string; more?: string } = {},
  options: Parameters<typeof runReceiver>[2] = {},
): Promise<Receiving> {
  const protocols = `{ grpc: { endpoint: "127.0.0.1:0"${grpc} }, http: { endpoint: "127.0.0.1:0"${http} } }`;
  const receiver = await runReceiver(otlpReceiver, `{ protocols: ${protocols}${more} }`, options);
  const [grpcAt, httpAt] = receiver.logs.map(({ message }) => message.split(" at ")[1]!);
  return {
    receiver,
    http: `http://${httpAt}`,
    grpc: grpcAt!,
    [Symbol.asyncDispose]: () => receiver[Symbol.asyncDispose](),
  };
}

/** An export request of `count` log records. */
export function logRequest(count: number, body = "something happened"): Uint8Array {
  return encodeProtobuf(
    logs(
      Array.from({ length: count }, (_, i) => ({ resource: emptyResource, scope: emptyScope, body: `${body} ${i}` })),
    ),
  );
}
