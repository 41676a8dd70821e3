import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Clock } from "@tracecore/core";
import type { ConfigSource } from "@tracecore/core/service";

/** Milliseconds between two looks at the files. */
const WATCH_INTERVAL_MS = 1000;

/**
 * Calls `changed` when the content of a config file is no longer what was read. It compares contents once a second instead
 * of listening for events: those miss the symlink swaps of Kubernetes volumes and fire halfway through a write.
 */
export function watchSources(
  clock: Clock,
  known: () => readonly ConfigSource[],
  cwd: string,
  changed: () => void,
): AsyncDisposable {
  let reported: string | undefined;
  return clock.every(WATCH_INTERVAL_MS, async () => {
    const contents = await Promise.all(known().map(({ file }) => read(resolve(cwd, file))));
    const same = known().every(({ bytes }, i) => contents[i] !== undefined && contents[i].equals(bytes));
    const state = contents.map((content) => content?.toString("latin1") ?? "(missing)").join("\0");
    if (same) reported = undefined;
    else if (state !== reported) {
      reported = state;
      changed();
    }
  });
}

async function read(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch {
    return undefined; // It is gone, or is just being replaced; the reload says which if it stays so.
  }
}
