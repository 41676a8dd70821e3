import {
  defineExtension,
  serviceView,
  type EndpointCarrier,
  type ExtensionFactory,
  type ReloadListener,
} from "@tracecore/core";
import type { StatusWatcher } from "@tracecore/core/componentstatus";
import { listenForExtension } from "@tracecore/core/http";
import { config, type HealthCheckConfig } from "./config.ts";
import { GrpcHealth } from "./grpc-health.ts";
import { healthHandler } from "./health-handler.ts";
import { patientOf } from "./health.ts";

type RunningHealthCheck = AsyncDisposable & EndpointCarrier & ReloadListener & StatusWatcher;

/** Answers health probes: of the whole collector, of a pipeline, of each component. */
export const healthCheckExtension: ExtensionFactory = defineExtension({
  type: "health_check",
  stability: "beta",
  config,
  async start(options, context): Promise<RunningHealthCheck> {
    const { settings, host, clock } = context;
    const { component_health: rules, limits, grpc } = options;
    const { logger } = settings.telemetry;
    const patient = patientOf(serviceView(host), rules, clock);
    await using starting = new AsyncDisposableStack();
    const probes = httpProbes(options);
    const http =
      probes &&
      starting.use(
        await listenForExtension({ ...probes, limits }, context, {
          path: probes.path,
          handler: healthHandler({ ...options, path: probes.path }, patient),
        }),
      );
    const isHealthy = (service: string): boolean | undefined =>
      (service === "" ? patient.whole() : patient.pipeline(service))?.healthy;
    const calls = grpc && starting.use(await GrpcHealth.start({ config: grpc, limits, isHealthy }, context));
    if (http !== undefined) logger.info(`answers health probes at ${http.url}`);
    if (calls !== undefined) logger.info(`answers health probes by gRPC at ${calls.url}`);
    const running = starting.move();
    return {
      endpoints: () => [http, calls].flatMap((one) => one?.url ?? []),
      async configReloaded() {
        await Promise.all([http?.configReloaded(), calls?.reloadTls()]);
      },
      componentStatusChanged: () => calls?.look(),
      [Symbol.asyncDispose]: () => running.disposeAsync(),
    };
  },
});

/** Where HTTP is answered, if it is. */
function httpProbes({ endpoint, path, tls, http }: HealthCheckConfig) {
  if (http !== undefined) return http.status.enabled ? { ...http, path: http.status.path } : undefined;
  return endpoint && { endpoint, path, tls };
}
