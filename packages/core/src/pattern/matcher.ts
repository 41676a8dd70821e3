/** Tells which characters belong to a class. */
export interface Matcher {
  /** 1 for those of ASCII that do. */
  readonly ascii: Uint8Array;
  /** Whether any other may. */
  readonly beyond: boolean;
  readonly has: (code: number) => boolean;
}

const known = new Map<string, Matcher>();
/** Classes that are kept. */
const MAX_KNOWN = 2000;

/** The matcher of a class of JavaScript. */
export function matcherOf(source: string, fold: boolean): Matcher {
  const key = `${fold ? "i" : ""}${source}`;
  let matcher = known.get(key);
  if (matcher === undefined) {
    matcher = made(
      new RegExp(source, fold ? "ui" : "u"),
      fold || !/^(?:[ -~]|\[(?:\\u\{[0-7]?[0-9a-f]\}|[ -Z_-~])+\])$/.test(source),
    );
    if (known.size < MAX_KNOWN) known.set(key, matcher);
  }
  return matcher;
}

function made(pattern: RegExp, beyond: boolean): Matcher {
  const ascii = new Uint8Array(128);
  for (let code = 0; code < 128; code++) ascii[code] = pattern.test(String.fromCharCode(code)) ? 1 : 0;
  return {
    ascii,
    beyond,
    has: (code) => (code < 128 ? ascii[code] === 1 : beyond && pattern.test(String.fromCodePoint(code))),
  };
}
