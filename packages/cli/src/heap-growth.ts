import type { Clock, Logger } from "@tracecore/core";

/** How often the use of CPU is looked at, ms. */
const WINDOW_MS = 10_000;
/** From this use of one core on, collections are worth avoiding. */
const BUSY_CORES = 0.2;
/**
 * What a busy collector may have beside what is alive before everything is collected, bytes, and as percent of it at most. Bodies of
 * requests count: beside a heap of 20 MiB, V8's own measure has them call for that four times a second, which takes a fifth of the
 * CPU of what passes through.
 */
const BUSY_ROOM = 96 * 1024 * 1024;
const BUSY_PERCENT = 400;
/** Below this share V8's own measure gives as much. */
const LEAST_PERCENT = 100;

/**
 * Keeps V8's young generation as small as it starts: left alone it grows to 16 MiB a half-space while modules load and stays so,
 * which is a third of the memory of a collector that makes a batch a second. A collector that works hard gets it all, because then
 * most of what a collection would copy is dead by the time that a larger one is full.
 */
export function smallHeap(): void {
  setFlags("--semi-space-growth-factor=1");
}

/** Lets the heap grow once the process is busy, and from then on as its size has it. Ends with `signal`. */
export async function growWhenBusy(
  clock: Clock,
  logger: Logger,
  signal: AbortSignal,
  usage: () => Usage = processUsage,
): Promise<void> {
  let isBusy = false;
  for (let last = usage().cpuUs; ;) {
    await clock.sleep(WINDOW_MS, signal);
    if (signal.aborted) return;
    const { cpuUs, heapBytes } = usage();
    const inWindow = cpuUs - last;
    last = cpuUs;
    if (!isBusy && inWindow < BUSY_CORES * WINDOW_MS * 1000) continue;
    const percent = growthPercent(heapBytes);
    setFlags("--semi-space-growth-factor=2", `--heap-growing-percent=${percent}`);
    if (!isBusy) logger.debug("busy: the heap may grow", { percent });
    isBusy = true;
  }
}

/** What a process uses: CPU since its start, and memory for objects. */
export interface Usage {
  readonly cpuUs: number;
  readonly heapBytes: number;
}

/** By how much a heap of this size may grow before it is collected, percent; 0 leaves it to V8. */
export function growthPercent(heapBytes: number): number {
  const percent = Math.min(BUSY_PERCENT, Math.floor((BUSY_ROOM * 100) / heapBytes));
  return percent < LEAST_PERCENT ? 0 : percent;
}

function processUsage(): Usage {
  const { user, system } = process.cpuUsage();
  return { cpuUs: user + system, heapBytes: process.getBuiltinModule("node:v8").getHeapStatistics().used_heap_size };
}

/** V8 reads these each time it sizes the heap. */
function setFlags(...flags: readonly string[]): void {
  const { setFlagsFromString } = process.getBuiltinModule("node:v8");
  for (const flag of flags) setFlagsFromString(flag);
}
