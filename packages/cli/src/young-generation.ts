import type { Clock, Logger } from "@tracecore/core";

/** How often the use of CPU is looked at, ms. */
const WINDOW_MS = 10_000;
/** From this use of one core on, collections of the young generation are worth avoiding. */
const BUSY_CORES = 0.2;

/**
 * Keeps V8's young generation as small as it starts: left alone it grows to 16 MiB a half-space while modules load and stays so,
 * which is a third of the memory of a collector that makes a batch a second. A collector that works hard gets it all, because then
 * most of what a collection would copy is dead by the time that a larger one is full.
 */
export function smallYoungGeneration(): void {
  growYoungGeneration(1);
}

/** Lets the young generation grow, once and for good, when the process is busy. Ends with `signal`. */
export async function growWhenBusy(
  clock: Clock,
  logger: Logger,
  signal: AbortSignal,
  usedUs: () => number = processCpuUs,
): Promise<void> {
  for (let last = usedUs(); ;) {
    await clock.sleep(WINDOW_MS, signal);
    if (signal.aborted) return;
    const used = usedUs();
    const inWindow = used - last;
    last = used;
    if (inWindow < BUSY_CORES * WINDOW_MS * 1000) continue;
    growYoungGeneration(2);
    logger.debug("busy: the young generation may grow");
    return;
  }
}

function processCpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** The factor by which a full young generation grows; V8 reads it each time. */
function growYoungGeneration(factor: number): void {
  process.getBuiltinModule("node:v8").setFlagsFromString(`--semi-space-growth-factor=${factor}`);
}
