import { garbageCollector, memoryLimit, type Clock, type GarbageCollector, type Logger } from "@tracecore/core";

/** How often the use of CPU is looked at, ms. */
const WINDOW_MS = 3_000;
/** From this use of one core on, collections are worth avoiding; below, a small heap is, whose collections are short as well. */
const BUSY_CORES = 0.5;
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
 * Left to the process before the heap of a busy one may grow, bytes: what is not collected, three half-spaces of 16 MiB, and what
 * the allocator keeps. Without it the system would end the process, or the memory limiter refuse data for the sake of garbage.
 */
const LEAST_LEFT = 192 * 1024 * 1024;
/**
 * By how much the memory of a quiet collector grows before all of it is collected in steps, bytes: nothing that it does afterwards may
 * ever call for that, and 60 MiB of what 10,000 connections leave behind would stay. A large heap, whose marking costs more, may grow
 * by half.
 */
const QUIET_GROWTH = 32 * 1024 * 1024;
/** Bytes of buffers that call for a collection of the young generation, and how often a busy collector looks for them, ms. */
const YOUNG_BUFFERS = 24 * 1024 * 1024;
const LOOK_MS = 20;

/**
 * Keeps V8's young generation as small as it starts: left alone it grows to 16 MiB a half-space while modules load and stays so,
 * which is a third of the memory of a collector that makes a batch a second. A collector that works hard gets it all, because then
 * most of what a collection would copy is dead by the time that a larger one is full.
 */
export function smallHeap(): void {
  setFlags("--semi-space-growth-factor=1");
}

/**
 * Lets the heap grow while the process is busy, as its size has it, and collects buffers that die young; while it is quiet, collects
 * what was left behind. What the heap has grown to V8 gives back when it collects everything. Ends with `signal`.
 */
export async function sizeHeap(
  clock: Clock,
  logger: Logger,
  signal: AbortSignal,
  usage: () => Usage = processUsage,
  collector: () => GarbageCollector | undefined = garbageCollector,
): Promise<void> {
  let state: State = "quiet";
  let collecting: AbortController | undefined;
  const first = usage();
  let last = first.cpuUs;
  let least = first.heapBytes + first.bufferBytes;
  for (;;) {
    await clock.sleep(WINDOW_MS, signal);
    if (signal.aborted) break;
    const { cpuUs, heapBytes, bufferBytes, leftBytes } = usage();
    const isBusy = cpuUs - last >= BUSY_CORES * WINDOW_MS * 1000;
    last = cpuUs;
    if (isBusy && collecting === undefined) {
      collecting = new AbortController();
      const young = collector()?.young;
      if (young !== undefined) void collectBuffers(clock, collecting.signal, young);
    } else if (!isBusy) {
      collecting?.abort();
      collecting = undefined;
    }
    const bytes = heapBytes + bufferBytes;
    least = Math.min(least, bytes);
    if (!isBusy && bytes - least >= Math.max(QUIET_GROWTH, heapBytes / 2)) {
      collector()?.inSteps();
      least = bytes;
      logger.debug("quiet: collects what was left behind", { bytes });
    }
    const before: State = state;
    state = !isBusy ? "quiet" : leftBytes >= LEAST_LEFT ? "grows" : "short of memory";
    const grows = state === "grows";
    const percent = grows ? growthPercent(heapBytes) : 0;
    if (grows || state !== before) {
      setFlags(`--semi-space-growth-factor=${grows ? 2 : 1}`, `--heap-growing-percent=${percent}`);
    }
    if (state === before) continue;
    if (grows) logger.debug("busy: the heap may grow", { percent });
    else if (state === "quiet") logger.debug("no longer busy: the heap grows no more");
    else logger.debug("busy: the heap stays small, since little memory is left", { bytes: Math.floor(leftBytes) });
  }
  collecting?.abort();
}

/**
 * Collects the young generation whenever so many bytes of buffers have come since the last time. Requests are forgotten within
 * milliseconds, but V8 counts their bytes until a collection, and few objects come with them: left alone it collects everything
 * long before the young generation is full, for a third of the CPU of large requests. A larger heap is left alone: V8 may be about
 * to collect all of it beside the program, and would have to end that at once, for a fifth of a second at 300 MiB.
 */
export async function collectBuffers(
  clock: Clock,
  signal: AbortSignal,
  collect: () => void,
  memory: () => HeapMemory = heapMemory,
): Promise<void> {
  for (let least = memory().bufferBytes; ;) {
    await clock.sleep(LOOK_MS, signal);
    if (signal.aborted) return;
    const { bufferBytes, heapBytes } = memory();
    if (bufferBytes - least >= YOUNG_BUFFERS && heapBytes < BUSY_ROOM) {
      collect();
      least = memory().bufferBytes;
    } else least = Math.min(least, bufferBytes);
  }
}

/** Objects, and the buffers that they hold outside of the heap. */
interface HeapMemory {
  readonly heapBytes: number;
  readonly bufferBytes: number;
}

function heapMemory(): HeapMemory {
  const { used_heap_size: heapBytes, external_memory: bufferBytes } = process
    .getBuiltinModule("node:v8")
    .getHeapStatistics();
  return { heapBytes, bufferBytes };
}

type State = "quiet" | "grows" | "short of memory";

/** What a process uses: CPU since its start, and memory. */
export interface Usage extends HeapMemory {
  readonly cpuUs: number;
  /** What it may still have. */
  readonly leftBytes: number;
}

/** By how much a heap of this size may grow before it is collected, percent; 0 leaves it to V8. */
export function growthPercent(heapBytes: number): number {
  const percent = Math.min(BUSY_PERCENT, Math.floor((BUSY_ROOM * 100) / heapBytes));
  return percent < LEAST_PERCENT ? 0 : percent;
}

function processUsage(): Usage {
  const { user, system } = process.cpuUsage();
  return {
    cpuUs: user + system,
    ...heapMemory(),
    leftBytes: memoryLimit() - process.memoryUsage.rss(),
  };
}

/** V8 reads these each time it sizes the heap. */
function setFlags(...flags: readonly string[]): void {
  const { setFlagsFromString } = process.getBuiltinModule("node:v8");
  for (const flag of flags) setFlagsFromString(flag);
}
