import type { ReceiverContext } from "@tracecore/core";
import type { Endpoint } from "@tracecore/core/config";
import type { DcgmConfig } from "./config.ts";
import type { EngineSource } from "./engine/engine.ts";
import { SimulatedSource } from "./simulated/simulated-source.ts";

/** An engine and what is known of it before it answers. */
export interface SourceAt {
  readonly source: EngineSource;
  /** Whether its clock is this machine's. */
  readonly sameClock: boolean;
  /** The same again where it is a simulated one. */
  readonly simulated?: SimulatedSource;
}

/** How long connecting may take, ms. A host engine is near; one that is not there refuses at once. */
const CONNECT_TIMEOUT_MS = 5000;

/** The engines that a config names. Nothing is opened yet; native code is loaded only when it is needed. */
export async function engineSources(
  options: DcgmConfig,
  { clock }: Pick<ReceiverContext, "clock">,
): Promise<SourceAt[]> {
  const { mode, endpoint: endpoints, isolation, library, call_timeout: callTimeoutMs } = options;
  if (mode === "simulated") {
    const simulated = new SimulatedSource({ ...options.simulated, callTimeoutMs, clock });
    return [{ source: simulated, sameClock: true, simulated }];
  }
  const { engineSources: nativeSources } = await import("./connection/engine-sources.ts");
  const sources = nativeSources(
    {
      endpoints: mode === "embedded" ? undefined : endpoints.map(({ text }) => text),
      library: { path: library, searchPath: process.env["LD_LIBRARY_PATH"] },
      isolation: isolation === "auto" ? undefined : isolation,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      callTimeoutMs,
    },
    clock,
  );
  return sources.map((source, index) => ({
    source,
    sameClock: mode === "embedded" || isHere(endpoints[index]!),
  }));
}

/** Whether an endpoint is on this machine. */
function isHere({ host, path }: Endpoint): boolean {
  return path !== undefined || host === "localhost" || host === "::1" || host.startsWith("127.");
}
