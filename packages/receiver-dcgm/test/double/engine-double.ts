import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock, type Clock } from "@tracecore/core";
import { NativeSource, type NativeOptions } from "../../src/native/native-source.ts";
import { compiledDouble, type DoubleVersion } from "../../double/compile.ts";

/** A host engine of the test double, and what it is told to be. `double/script.h` says which lines there are. */
export interface EngineDouble extends Disposable {
  readonly folder: string;
  /** Where the library lies. */
  readonly library: string;
  /** Replaces the lines of the engine; `up` is understood where there is no line `engine`. */
  script(...lines: readonly string[]): void;
  /** Adds lines to those of the last `script`. */
  add(...lines: readonly string[]): void;
  /** Like `script`, but for calls that belong to no engine, such as dcgmShutdown. */
  process(...lines: readonly string[]): void;
  /** The calls made since the last time this was asked. */
  calls(): string[];
  source(options?: Partial<NativeOptions>, clock?: Clock): NativeSource;
  options(options?: Partial<NativeOptions>): NativeOptions;
}

/** Two GPUs without MIG, one link and no CPU. */
export const twoGpus: readonly string[] = [
  "gpu 0 GPU-00000000-0000-0000-0000-000000000000 00000000:3B:00.0 S1650 1 0",
  "gpu 1 GPU-11111111-1111-1111-1111-111111111111 00000000:5E:00.0 S1651 1 0",
];

/** Makes an engine at `endpoint`, or one of our own; the environment variable of the double is set until it is disposed. */
export function engineDouble({
  endpoint = "localhost:5555",
  embedded = false,
  version,
}: { endpoint?: string; embedded?: boolean; version?: DoubleVersion } = {}): EngineDouble {
  const library = compiledDouble(version);
  const folder = mkdtempSync(join(tmpdir(), "tracecore-dcgm-"));
  const before = process.env["DCGM_DOUBLE_DIR"];
  process.env["DCGM_DOUBLE_DIR"] = folder;
  const address = embedded ? "embedded" : endpoint;
  const journal = join(folder, "journal");
  writeFileSync(journal, "");
  let lines: readonly string[] = [];
  let revision = 0;
  const write = (name: string, text: readonly string[]): void => {
    // A new file each time: the double notices another inode even within one tick of the file system's clock.
    const unfinished = join(folder, `unfinished-${revision++}`);
    writeFileSync(unfinished, `${text.join("\n")}\n`);
    renameSync(unfinished, join(folder, name));
  };
  const script = (...now: readonly string[]): void => {
    lines = now.some((line) => line.startsWith("engine ")) ? now : ["engine up 1", ...now];
    write(address.replace(/^unix:\/\//, "").replaceAll("/", "_"), lines);
  };
  script(...twoGpus);
  const double: EngineDouble = {
    folder,
    library,
    script,
    add: (...more) => script(...lines, ...more),
    process: (...now) => write("process", ["engine up 1", ...now]),
    calls() {
      const text = readFileSync(journal, "utf8");
      writeFileSync(journal, "");
      return text.split("\n").filter((call) => call !== "");
    },
    options: (options) => ({
      endpoint: embedded ? undefined : endpoint,
      library: { path: library },
      connectTimeoutMs: 50,
      callTimeoutMs: 5_000,
      ...options,
    }),
    source: (options, clock = systemClock) => new NativeSource(double.options(options), clock),
    [Symbol.dispose]() {
      if (before === undefined) delete process.env["DCGM_DOUBLE_DIR"];
      else process.env["DCGM_DOUBLE_DIR"] = before;
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return double;
}
