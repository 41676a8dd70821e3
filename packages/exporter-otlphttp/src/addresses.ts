type DnsLookup = typeof import("node:dns").lookup;

export type Lookup = (
  hostname: string,
  options: { all?: boolean },
  callback: (error: Error | null, address: unknown, family?: number) => void,
) => void;

/** The addresses of names: each request goes to another one, in turn. */
export class Addresses {
  readonly #lookup: DnsLookup;
  /** How many a name had when it was looked up last. */
  readonly #counts = new Map<string, number>();
  /** The first request, for which nobody has looked yet, goes to the first one. */
  #turn = 1;

  constructor(lookup: DnsLookup = process.getBuiltinModule("node:dns").lookup) {
    this.#lookup = lookup;
  }

  /** Which of its addresses is next, from 0 on; 0 as long as nobody has looked the name up. */
  next(hostname: string): number {
    const count = this.#counts.get(hostname) ?? 1;
    return count === 1 ? 0 : this.#turn++ % count;
  }

  /** Looks a name up and begins with the address at `place`; the others follow, should nobody answer there. */
  lookupFrom(place: number): Lookup {
    return (hostname, options, callback) => {
      this.#lookup(hostname, { ...options, all: true, order: "verbatim" }, (error, addresses) => {
        if (error !== null || addresses.length === 0) {
          callback(error, []);
          return;
        }
        this.#counts.set(hostname, addresses.length);
        const first = place % addresses.length;
        const turned = [...addresses.slice(first), ...addresses.slice(0, first)];
        if (options.all === true) callback(null, turned);
        else callback(null, turned[0]!.address, turned[0]!.family);
      });
    };
  }
}
