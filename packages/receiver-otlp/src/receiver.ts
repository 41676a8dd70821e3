import { defineReceiver, type EndpointCarrier, type ReceiverFactory, type ReloadListener } from "@tracecore/core";
import type { HttpListener, ListenEndpoint } from "@tracecore/core/http";
import { config } from "./config.ts";
import { startGrpc, type GrpcServer } from "./grpc-server.ts";
import { startHttp } from "./http-server.ts";
import { Intake } from "./intake.ts";

/** Takes OTLP over gRPC and HTTP. */
export const otlpReceiver: ReceiverFactory = defineReceiver({
  type: "otlp",
  stability: { metrics: "beta", logs: "beta", traces: "beta" },
  config,
  async start({ protocols, ...limits }, ctx): Promise<AsyncDisposable & EndpointCarrier & ReloadListener> {
    const { logger } = ctx.settings.telemetry;
    const intake = new Intake(ctx, limits);
    let grpc: GrpcServer | undefined;
    let http: HttpListener | undefined;
    const close = async (): Promise<void> => {
      intake[Symbol.dispose]();
      // A large request takes longer than a connection is left open otherwise: once it is taken, its sender must hear of that.
      await Promise.all([grpc?.close(ctx.signal), http?.close(undefined, () => intake.idle(ctx.signal))]);
    };
    try {
      if (protocols.grpc !== undefined) grpc = await startGrpc(protocols.grpc, intake, ctx);
      if (protocols.http !== undefined) http = await startHttp(protocols.http, intake, ctx);
    } catch (error) {
      await Promise.all([grpc?.close(), http?.close(0)]);
      throw error;
    }
    const urls = [
      ...(grpc === undefined ? [] : [urlOf(grpc.address, protocols.grpc!)]),
      ...(http === undefined ? [] : [urlOf(http.address, protocols.http!)]),
    ];
    if (grpc !== undefined) logger.info(`takes OTLP over gRPC at ${grpc.address.text}`);
    if (http !== undefined) logger.info(`takes OTLP over HTTP at ${http.address.text}`);
    return {
      endpoints: () => urls,
      async configReloaded() {
        await Promise.all([grpc?.reloadTls(), http?.reloadTls()]);
      },
      [Symbol.asyncDispose]: close,
    };
  },
});

/** A unix socket has no URL of HTTP. */
function urlOf(
  { text }: { readonly text: string },
  { endpoint, tls }: { readonly endpoint: ListenEndpoint; readonly tls?: object | undefined },
): string {
  const scheme = endpoint.path !== undefined ? "unix" : tls === undefined ? "http" : "https";
  return `${scheme}://${text}`;
}
