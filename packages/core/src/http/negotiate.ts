/** One part of an `Accept` header, in lower case. */
export interface MediaRange {
  /** `text/plain`, `text/*`. */
  readonly type: string;
  /** Without `q` and `charset`: what is offered is UTF-8 anyway. */
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;
const QUALITY = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/;

/** The parts of an `Accept` header that can be read, as RFC 9110 §12.5.1 writes them; parameters may stand in quotes. */
export function mediaRanges(accept: string | undefined): MediaRange[] {
  return splitOutsideQuotes(accept ?? "", ",").flatMap(parseRange);
}

/**
 * The offer that an `Accept` header likes best, or undefined when it refuses them all. Among equals, an offer that the
 * header names wins over one that only a wildcard admits, and then the earlier offer. Parts that cannot be read count as
 * not written; a header without a readable part accepts everything.
 */
export function negotiate<const O extends string>(accept: string | undefined, offers: readonly O[]): O | undefined {
  const ranges = mediaRanges(accept);
  if (ranges.length === 0) return offers[0];
  let best: O | undefined;
  let bestQuality = 0;
  let bestNamed = false;
  for (const offer of offers) {
    const { quality, named } = judge(offer, ranges);
    if (quality > bestQuality || (quality > 0 && quality === bestQuality && named && !bestNamed)) {
      best = offer;
      bestQuality = quality;
      bestNamed = named;
    }
  }
  return best;
}

/** Whether an `Accept-Encoding` header likes `coding` at least as well as no coding. */
export function acceptsEncoding(header: string | undefined, coding: string): boolean {
  let own: number | undefined;
  let any: number | undefined;
  let identity = 0;
  for (const part of splitOutsideQuotes(header ?? "", ",")) {
    const [name = "", ...parameters] = part.split(";").map((text) => text.trim().toLowerCase());
    const quality = qualityOf(parameters);
    if (quality === undefined) continue;
    if (name === coding) own = quality;
    else if (name === "*") any = quality;
    else if (name === "identity") identity = quality;
  }
  const quality = own ?? any ?? 0;
  return quality > 0 && quality >= identity;
}

/** How well the most specific range that admits `offer` likes it (RFC 9110 §12.5.1). */
function judge(offer: string, ranges: readonly MediaRange[]): { quality: number; named: boolean } {
  const [own] = parseRange(offer);
  let best: MediaRange | undefined;
  let bestRank = -1;
  for (const range of ranges) {
    const rank = own === undefined ? -1 : rankOf(range, own);
    if (rank > bestRank) {
      best = range;
      bestRank = rank;
    }
  }
  return { quality: best?.quality ?? 0, named: best !== undefined && best.type !== "*/*" };
}

/**
 * How closely a range fits an offer; -1 when it does not. A charset does not count: everything offered is UTF-8, whether
 * the offer says so or not.
 */
function rankOf(range: MediaRange, offer: MediaRange): number {
  for (const [name, value] of range.parameters) if (offer.parameters.get(name) !== value) return -1;
  if (range.type === offer.type) return 2 + range.parameters.size;
  if (range.type === `${offer.type.slice(0, offer.type.indexOf("/"))}/*`) return 1;
  return range.type === "*/*" ? 0 : -1;
}

function parseRange(text: string): MediaRange[] {
  const [type = "", ...rest] = splitOutsideQuotes(text.toLowerCase(), ";").map((part) => part.trim());
  const [main = "", sub = "", ...more] = type.split("/");
  if (more.length > 0 || !TOKEN.test(main) || !TOKEN.test(sub)) return [];
  const quality = qualityOf(rest);
  if (quality === undefined) return [];
  const parameters = new Map<string, string>();
  for (const part of rest) {
    const { name, value } = parameterOf(part);
    if (name !== "" && name !== "q" && name !== "charset") parameters.set(name, value);
  }
  return [{ type, parameters, quality }];
}

/** `name=value` or `name="value"`. */
function parameterOf(text: string): { name: string; value: string } {
  const [name = ""] = text.split("=", 1);
  const value = text.slice(name.length + 1).trim();
  const quoted = /^"(.*)"$/s.exec(value)?.[1];
  return { name: name.trim(), value: quoted === undefined ? value : quoted.replaceAll(/\\(.)/gs, "$1") };
}

/** The `q` among these parameters, 1 without one, undefined when it is not a quality. */
function qualityOf(parameters: readonly string[]): number | undefined {
  for (const part of parameters) {
    const { name, value } = parameterOf(part);
    if (name !== "q") continue;
    return QUALITY.test(value) ? Number(value) : undefined;
  }
  return 1;
}

/** The parts between separators; one inside quotes does not separate. Empty parts are left out. */
function splitOutsideQuotes(text: string, separator: "," | ";"): string[] {
  const pattern = separator === "," ? /(?:"(?:\\.|[^"\\])*"|[^,"]|")+/g : /(?:"(?:\\.|[^"\\])*"|[^;"]|")+/g;
  return text.match(pattern) ?? [];
}
