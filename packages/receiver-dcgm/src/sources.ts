import type { ReceiverContext } from "@tracecore/core";
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

/** The engines that a config names. Nothing is opened yet; native code is loaded only when it is needed. */
export function engineSources(options: DcgmConfig, { clock }: ReceiverContext): Promise<SourceAt[]> {
  if (options.mode !== "simulated") throw new Error("not yet");
  const simulated = new SimulatedSource({ ...options.simulated, callTimeoutMs: options.call_timeout, clock });
  return Promise.resolve([{ source: simulated, sameClock: true, simulated }]);
}
