/** A collection of everything that took less than this, ms, is followed by one that gives the memory back to the system. */
const SHORT_MS = 400;

/** What components ask the process to stay below, bytes. */
const limits = new Set<{ readonly bytes: number }>();

/** Asks the process to stay below so many bytes, until it is disposed: what makes use of memory that is free heeds it. */
export function limitMemory(bytes: number): Disposable {
  const limit = { bytes };
  limits.add(limit);
  return { [Symbol.dispose]: () => void limits.delete(limit) };
}

/** The least that the process was asked to stay below, and can have, bytes. */
export function memoryLimit(): number {
  return Math.min(availableMemory(), ...[...limits].map(({ bytes }) => bytes));
}

/** Memory that this process can have, bytes: that of its cgroup, else that of the machine. */
export function availableMemory(): number {
  const total = process.getBuiltinModule("node:os").totalmem();
  const constrained = process.constrainedMemory();
  return constrained > 0 && constrained < total ? constrained : total;
}

/** Collects garbage at once. */
export interface GarbageCollector {
  /** What was forgotten within milliseconds. */
  readonly young: () => void;
  /** The same, and begins with everything else: beside the program, and in steps of milliseconds between what it does. */
  readonly inSteps: () => void;
  /** All of it, for some ten milliseconds to seconds. What that frees goes back to the system where it was quick. */
  readonly everything: () => void;
}

type Collect = (options: { readonly type: "minor" | "major"; readonly flavor?: "last-resort" }) => void;

/** That of V8; undefined where it gives none. */
export function garbageCollector(): GarbageCollector | undefined {
  const collect = exposed();
  return (
    collect && {
      young: () => collect({ type: "minor" }),
      inSteps: () => {
        const { setFlagsFromString } = process.getBuiltinModule("node:v8");
        // V8 asks after each collection of the young generation whether it is time to mark the others: at once, under this flag.
        setFlagsFromString("--incremental-marking-hard-trigger=1");
        collect({ type: "minor" });
        setFlagsFromString("--incremental-marking-hard-trigger=0");
      },
      everything: () => {
        const beganMs = performance.now();
        collect({ type: "major" });
        if (performance.now() - beganMs < SHORT_MS) collect({ type: "major", flavor: "last-resort" });
      },
    }
  );
}

let known: Collect | undefined;

function exposed(): Collect | undefined {
  known ??= (globalThis as { readonly gc?: Collect }).gc ?? exposedAnew();
  return known;
}

/** V8 gives the function to a context that is made while the flag is set. The context lives as long as the function. */
function exposedAnew(): Collect | undefined {
  const { setFlagsFromString } = process.getBuiltinModule("node:v8");
  setFlagsFromString("--expose-gc");
  try {
    return process.getBuiltinModule("node:vm").runInNewContext("globalThis.gc") as Collect | undefined;
  } finally {
    setFlagsFromString("--no-expose-gc");
  }
}
