import { collectorPattern } from "@tracecore/core/pdata";

/** One place where a pattern fits. */
export interface Match {
  readonly from: number;
  readonly to: number;
  /** The whole match, and its groups from 1 on; undefined for a group that took no part. */
  readonly groups: readonly (string | undefined)[];
  readonly names: ReadonlyMap<string, string | undefined>;
}

/** A regular expression as configs of the Collector write it. */
export interface Pattern {
  /** Names of its groups. */
  readonly names: readonly string[];
  test(text: string): boolean;
  exec(text: string): Match | undefined;
  /** All matches, from left to right. */
  matches(text: string): Iterable<Match>;
}

/** Reads a regular expression. Throws SyntaxError for what is none. */
export function patternOf(source: string): Pattern {
  return wrapped(collectorPattern(source));
}

/** A pattern of the shell: `*`, `?`, `[a-z]`; `*` and `?` stop at a slash. */
export function globOf(source: string): Pattern {
  let body = "";
  for (let at = 0; at < source.length; at++) {
    const sign = source[at]!;
    if (sign === "*") body += "[^/]*";
    else if (sign === "?") body += "[^/]";
    else if (sign === "[") {
      const end = source.indexOf("]", at + 2);
      if (end === -1) throw new SyntaxError(`the bracket in ${JSON.stringify(source)} is not closed`);
      body += `[${source.slice(at + 1, end).replaceAll("[", "\\[")}]`;
      at = end;
    } else {
      if (sign === "\\" && at + 1 < source.length) at++;
      body += RegExp.escape(source[at]!);
    }
  }
  return wrapped(new RegExp(`^${body}$`, "s"));
}

function wrapped(pattern: RegExp): Pattern {
  const all = new RegExp(pattern.source, `${pattern.flags}g`);
  const names = [...pattern.source.matchAll(/\(\?<([A-Za-z_$][\w$]*)>/g)].map((match) => match[1]!);
  return {
    names,
    test: (text) => pattern.test(text),
    exec(text) {
      const found = pattern.exec(text);
      return found === null ? undefined : matchOf(found);
    },
    matches: (text) => Iterator.from(text.matchAll(all)).map(matchOf),
  };
}

function matchOf(found: RegExpExecArray): Match {
  return {
    from: found.index,
    to: found.index + found[0].length,
    groups: [...found],
    names: new Map(Object.entries(found.groups ?? {})),
  };
}
