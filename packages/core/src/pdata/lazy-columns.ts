/** How the columns of a batch are made, by name. */
export type ColumnMakers<B> = { readonly [Name in keyof B]?: () => B[Name] };

/**
 * `base` with columns that are made when they are first read: who drops records by their severity needs no texts of them. They are
 * own and enumerable, so that `{ ...batch }` makes and copies them all.
 */
export function lazyColumns<B extends object>(base: Partial<B>, makers: ColumnMakers<B>): B {
  for (const name of Object.keys(makers) as (keyof B)[]) {
    let make: (() => B[keyof B]) | undefined = makers[name];
    let made: B[keyof B] | undefined;
    const get = (): B[keyof B] => {
      if (make !== undefined) {
        made = make();
        make = undefined;
      }
      return made as B[keyof B];
    };
    Object.defineProperty(base, name, { enumerable: true, get });
  }
  return base as B;
}

/** `batch` with some columns changed. The others are asked of `batch` when they are first read, so that it makes them no sooner. */
export function withColumns<B extends object>(batch: B, changes: Partial<B>): B {
  const makers: { [Name in keyof B]?: () => B[Name] } = {};
  for (const name of Object.keys(batch) as (keyof B)[]) if (!(name in changes)) makers[name] = () => batch[name];
  return lazyColumns<B>(changes, makers);
}
