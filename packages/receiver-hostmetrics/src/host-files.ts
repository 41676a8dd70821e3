import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The files of a host. They are read synchronously: the kernel makes their text in memory, in tens of microseconds, which
 * is less than a trip through the thread pool costs.
 */
export interface HostFiles {
  /** The text of a file below /proc of the host; throws with the path in the error. */
  proc(path: string): string;
  /** A path of the host as this process sees it. */
  path(path: string): string;
}

export function hostFiles(rootPath: string): HostFiles {
  const path = (below: string): string => join(rootPath, below);
  return { path, proc: (file) => readText(path(join("proc", file))) };
}

/** The text of a file. What fails after the file was opened (EISDIR, EIO, EOPNOTSUPP) does not name it by itself. */
export function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (!(error instanceof Error) || error.message.includes(path)) throw error;
    throw new Error(`cannot read ${path}`, { cause: error });
  }
}

/** A counter of the kernel, which has 64 bits: a bigint where a double does not hold it. NaN when it is no counter. */
export function kernelCount(text: string): number | bigint {
  if (!/^\d+$/.test(text)) return Number.NaN;
  const count = Number(text);
  return Number.isSafeInteger(count) ? count : BigInt(text);
}

/** The lines of a text, without an empty last one. */
export function linesOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** A line of a kernel file that is not as proc(5) describes it. */
export function unexpectedLine(file: string, line: string): Error {
  return new Error(`cannot read the line ${JSON.stringify(line)} of /proc/${file}`);
}

/** When the host was started, from the `btime` line of /proc/stat; the start of its counters. */
export function bootTimeUnixNano(files: HostFiles): bigint {
  const match = /^btime (\d+)$/m.exec(files.proc("stat"));
  if (match === null) throw new Error("there is no btime line in /proc/stat");
  return BigInt(match[1]!) * 1_000_000_000n;
}

/** Ticks per second of the times in /proc/stat; the kernel fixes it at 100 for user space on every architecture we run on. */
export const USER_HZ = 100;
