/** One who listens somewhere. */
export interface PortOwner {
  /** As messages name it: `exporter "prom"`. */
  readonly owner: string;
  /** It is on its way out: others may have its port. */
  leaving: boolean;
}

/** Everybody who listens in this process. */
export const portOwners: Set<PortOwner> = new Set<PortOwner>();

/** Lets others have the ports that these owners hold now, until it is disposed. Who has taken one keeps it. */
export function handOver(owners: ReadonlySet<string>): Disposable {
  const given = [...portOwners].filter(({ owner, leaving }) => !leaving && owners.has(owner));
  for (const one of given) one.leaving = true;
  return {
    [Symbol.dispose]() {
      for (const one of given) one.leaving = false;
    },
  };
}
