/** A sample of a parsed exposition. */
export interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: string;
  readonly timestamp?: string;
  readonly exemplar?: string;
}

export interface ParsedExposition {
  readonly types: Readonly<Record<string, string>>;
  readonly helps: Readonly<Record<string, string>>;
  readonly units: Readonly<Record<string, string>>;
  readonly samples: readonly ParsedSample[];
}

/** A strict reader of the text formats, written from their grammars and not from our writer. */
export function parseExposition(bytes: Uint8Array | string, { openMetrics = false } = {}): ParsedExposition {
  const text = typeof bytes === "string" ? bytes : new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  const types: Record<string, string> = Object.create(null);
  const helps: Record<string, string> = Object.create(null);
  const units: Record<string, string> = Object.create(null);
  const samples: ParsedSample[] = [];
  if (text !== "" && !text.endsWith("\n")) throw new Error("the last line has no end");
  const lines = text.split("\n").slice(0, -1);
  if (openMetrics && lines.pop() !== "# EOF") throw new Error("no # EOF");
  const seen = new Set<string>();
  for (const line of lines) {
    const meta = /^# (TYPE|HELP|UNIT) ("(?:[^"\\]|\\.)*"|\S+) ([^]*)$/.exec(line);
    if (meta !== null) {
      const table = { TYPE: types, HELP: helps, UNIT: units }[meta[1] as "TYPE" | "HELP" | "UNIT"];
      const name = meta[2]!.startsWith('"') ? unquote(meta[2]!) : meta[2]!;
      if (name in table) throw new Error(`a second ${meta[1]} of ${name}`);
      table[name] = meta[3]!;
      continue;
    }
    const sample = parseSample(line, openMetrics);
    const key = JSON.stringify([sample.name, Object.entries(sample.labels).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
    if (seen.has(key)) throw new Error(`a second sample of ${key}`);
    seen.add(key);
    samples.push(sample);
  }
  return { types, helps, units, samples };
}

function parseSample(line: string, openMetrics: boolean): ParsedSample {
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    const sticky = new RegExp(pattern.source, "y");
    sticky.lastIndex = at;
    const found = sticky.exec(line)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };
  const fail = (what: string): never => {
    throw new Error(`expected ${what} at column ${at + 1} of ${JSON.stringify(line.slice(0, 200))}`);
  };
  let name = take(/[A-Za-z_:][A-Za-z0-9_:]*/);
  const labels: Record<string, string> = {};
  if (take(/\{/) !== undefined) {
    while (take(/\}/) === undefined) {
      const quotedName = take(/"(?:[^"\\]|\\.)*"/);
      const label =
        quotedName === undefined ? (take(/[A-Za-z_][A-Za-z0-9_]*/) ?? fail("a label name")) : unquote(quotedName);
      if (take(/=/) === undefined) {
        if (quotedName === undefined || name !== undefined) fail("=");
        name = label;
      } else {
        if (Object.hasOwn(labels, label)) fail(`one ${label} only`);
        Object.defineProperty(labels, label, {
          value: unquote(take(/"(?:[^"\\]|\\.)*"/) ?? fail("a label value")),
          enumerable: true,
        });
      }
      if (take(/,/) === undefined && line[at] !== "}") fail(", or }");
    }
  }
  if (name === undefined) fail("a name");
  if (take(openMetrics ? / / : / +/) === undefined) fail(openMetrics ? "one space" : "a space");
  const value = take(/[+-]?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Inf)|NaN/) ?? fail("a value");
  const timestamp = take(/ -?\d+(?:\.\d+)?/)?.trim();
  const exemplar = openMetrics ? take(/ # \{.*\} \S+(?: \S+)?$/) : undefined;
  if (at !== line.length) fail("the end of the line");
  return {
    name: name!,
    labels,
    value,
    ...(timestamp !== undefined && { timestamp }),
    ...(exemplar !== undefined && { exemplar: exemplar.slice(3) }),
  };
}

function unquote(text: string): string {
  return text.slice(1, -1).replaceAll(/\\(.)/g, (_all, escaped: string) => (escaped === "n" ? "\n" : escaped));
}
