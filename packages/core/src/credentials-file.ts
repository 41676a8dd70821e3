import { readFile } from "node:fs/promises";
import type { Clock } from "./clock/clock.ts";
import { messageOf, TracecoreError } from "./errors.ts";
import type { Logger } from "./settings.ts";

/** A file with passwords or tokens, read again while the collector runs. */
export interface CredentialsFile<T> extends AsyncDisposable {
  /** What it held when it was last good. */
  readonly current: T;
  /** Reads it again. When it is bad, what it held before stays in use, and the log says so. */
  reload(): Promise<void>;
}

export interface CredentialsFileOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Milliseconds between two readings. */
  readonly interval: number;
}

/** Opens `path`. `parse` throws for what it cannot use, without repeating it. Throws `credentials-unusable`. */
export async function openCredentialsFile<T>(
  path: string,
  parse: (text: string) => T,
  { clock, logger, interval }: CredentialsFileOptions,
): Promise<CredentialsFile<T>> {
  let { text, value } = await read(path, parse);
  let lastFailure: string | undefined;
  const reload = async (): Promise<void> => {
    try {
      const next = await read(path, parse);
      if (next.text !== text) logger.info(`read ${path} again: it has changed`);
      ({ text, value } = next);
      lastFailure = undefined;
    } catch (error) {
      const failure = messageOf(error);
      if (failure !== lastFailure) logger.warn(`${failure}. What it held before stays in use`);
      lastFailure = failure;
    }
  };
  const readings = clock.every(interval, reload);
  return {
    get current() {
      return value;
    },
    reload,
    [Symbol.asyncDispose]: () => readings[Symbol.asyncDispose](),
  };
}

async function read<T>(path: string, parse: (text: string) => T): Promise<{ text: string; value: T }> {
  try {
    const text = await readFile(path, "utf8");
    return { text, value: parse(text) };
  } catch (error) {
    throw new TracecoreError("credentials-unusable", `cannot use the credentials in ${path}`, { cause: error });
  }
}
