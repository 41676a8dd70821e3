import type { Clock } from "../clock/clock.ts";
import { oneLine } from "../one-line.ts";
import type { LogLineView } from "../service-view.ts";
import type { Logger, LogLevel } from "../settings.ts";
import { withoutUrlSecrets } from "../config/url-secrets.ts";

/** The levels of the log, from the most talkative to the least. */
export const logLevels: readonly ["debug", "info", "warn", "error"] = ["debug", "info", "warn", "error"];

/** How a line of the log is written: `text` for people, `json` for machines, one object a line. */
export const logFormats: readonly ["text", "json"] = ["text", "json"];

/** One of `logFormats`. */
export type LogFormat = (typeof logFormats)[number];

export interface LoggerOptions {
  readonly format: LogFormat;
  /** Lines below this level are not written. */
  readonly level: LogLevel;
  readonly clock: Clock;
  /** Takes whole lines. Must not throw. */
  readonly write: (line: string) => void;
  /** Equal lines within this time are counted, not repeated; default 60 000 ms, 0 writes all. */
  readonly repeatWindowMs?: number;
}

/** The log of the process. */
export interface RootLogger extends Logger {
  /** A logger whose lines carry `component`. */
  forComponent(component: string): Logger;
  /** Passes on each line that is written from now on, until it is disposed. What `listener` throws is ignored. */
  follow(listener: (line: LogLineView) => void): Disposable;
  /** Lines below this level are not written from now on. */
  setLevel(level: LogLevel): void;
  /** Writes what was counted and not yet said. */
  flush(): void;
}

const ranks: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };
const SECRET_KEY = /authorization|password|passwd|secret|token|api[-_]?key|credential|cookie/i;
/** How many different lines are remembered for counting repeats. */
const MAX_REMEMBERED = 1000;

interface Remembered {
  readonly level: LogLevel;
  readonly component: string | undefined;
  readonly message: string;
  firstMs: number;
  repeats: number;
}

/** Makes the log of the process: one line each, no line breaks from inside, no secrets, repeats counted. */
export function createLogger({
  format,
  level: firstLevel,
  clock,
  write,
  repeatWindowMs = 60_000,
}: LoggerOptions): RootLogger {
  let minimum = firstLevel;
  const remembered = new Map<string, Remembered>();
  const followers = new Set<(line: LogLineView) => void>();
  const tell = (
    follower: (line: LogLineView) => void,
    { fields, message, ...line }: Pick<LogLineView, "level" | "component" | "message"> & { fields: Fields },
  ): void => {
    try {
      follower({
        ...line,
        message: oneLine(message),
        fields: fieldText(fields).trimStart(),
        timeUnixMs: clock.nowMs(),
      });
    } catch {
      // The log cannot say that looking at the log has failed.
    }
  };

  const put = (level: LogLevel, component: string | undefined, text: string, fields: Fields): void => {
    const message = withoutUrlSecrets(text);
    const time = new Date(clock.nowMs()).toISOString();
    const line =
      format === "json"
        ? JSON.stringify({ time, level, ...(component !== undefined && { component }), message, ...redacted(fields) })
        : `${time} ${level.toUpperCase().padEnd(5)} ${component === undefined ? "" : `${component}: `}${oneLine(message)}${fieldText(fields)}`;
    write(`${line}\n`);
    for (const follower of followers) tell(follower, { level, component, message, fields });
  };

  const log = (level: LogLevel, component: string | undefined, message: string, fields: Fields = {}): void => {
    if (ranks[level] < ranks[minimum]) return;
    if (repeatWindowMs === 0 || ranks[level] < ranks.warn) {
      put(level, component, message, fields);
      return;
    }
    const key = `${level}\n${component ?? ""}\n${message}`;
    const known = remembered.get(key);
    const now = clock.monotonicMs();
    if (known !== undefined && now - known.firstMs < repeatWindowMs) {
      known.repeats++;
      return;
    }
    if (known !== undefined && known.repeats > 0)
      put(level, component, message, { ...fields, repeated: known.repeats });
    else put(level, component, message, fields);
    remembered.delete(key);
    remembered.set(key, { level, component, message, firstMs: now, repeats: 0 });
    if (remembered.size > MAX_REMEMBERED) forgetOldest();
  };

  const forgetOldest = (): void => {
    const [key, oldest] = remembered.entries().next().value!;
    remembered.delete(key);
    sayRepeats(oldest);
  };
  const sayRepeats = ({ level, component, message, repeats }: Remembered): void => {
    if (repeats > 0) put(level, component, message, { repeated: repeats });
  };

  const bound = (component: string | undefined): Logger => ({
    log: (level, message, fields) => log(level, component, message, fields),
    debug: (message, fields) => log("debug", component, message, fields),
    info: (message, fields) => log("info", component, message, fields),
    warn: (message, fields) => log("warn", component, message, fields),
    error: (message, fields) => log("error", component, message, fields),
  });
  return {
    ...bound(undefined),
    forComponent: bound,
    follow(listener) {
      followers.add(listener);
      return { [Symbol.dispose]: () => void followers.delete(listener) };
    },
    setLevel(level) {
      minimum = level;
    },
    flush() {
      for (const line of remembered.values()) sayRepeats(line);
      remembered.clear();
    },
  };
}

type Fields = Readonly<Record<string, unknown>>;

function redacted(fields: Fields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, SECRET_KEY.test(key) ? "[redacted]" : plain(value)]),
  );
}

function plain(value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  const text = value instanceof Error ? value.message : value;
  return typeof text === "string" ? withoutUrlSecrets(text) : text;
}

function fieldText(fields: Fields): string {
  return Object.entries(redacted(fields))
    .map(
      ([key, value]) =>
        ` ${key}=${oneLine(typeof value === "string" ? value : (JSON.stringify(value) ?? "undefined"))}`,
    )
    .join("");
}
