/** How the columns of a batch are made, by name. */
export type ColumnMakers<B> = { readonly [Name in keyof B]?: () => B[Name] };

/** What a column of a batch is. */
export type ColumnReader<B> = <Name extends keyof B>(name: Name) => B[Name];

const READER = Symbol("reader");

interface Lazy {
  readonly [READER]: (name: PropertyKey) => unknown;
}

/**
 * By the name of a column. All batches share one getter for it: V8 remembers each getter in the shape of its object, which stays until
 * everything is collected, and with it whatever the getter sees, such as the bytes of a request.
 */
const descriptors = new Map<PropertyKey, PropertyDescriptor & ThisType<Lazy>>();

function descriptorOf(name: PropertyKey): PropertyDescriptor {
  let descriptor = descriptors.get(name);
  if (descriptor === undefined) {
    descriptor = {
      enumerable: true,
      get() {
        return this[READER](name);
      },
    };
    descriptors.set(name, descriptor);
  }
  return descriptor;
}

/**
 * `base` with columns that are asked of `read` each time. They are own and enumerable, so that `{ ...batch }` reads and copies them
 * all.
 */
export function readColumns<B extends object>(base: Partial<B>, names: readonly (keyof B)[], read: ColumnReader<B>): B {
  Object.defineProperty(base, READER, { value: read });
  for (const name of names) Object.defineProperty(base, name, descriptorOf(name));
  return base as B;
}

/** `base` with columns that are made when they are first read: who drops records by their severity needs no texts of them. */
export function lazyColumns<B extends object>(base: Partial<B>, makers: ColumnMakers<B>): B {
  const left: { [Name in keyof B]?: (() => B[Name]) | undefined } = { ...makers };
  const made: Partial<B> = {};
  return readColumns<B>(base, Object.keys(makers) as (keyof B)[], (name) => {
    const make = left[name];
    if (make !== undefined) {
      made[name] = make();
      // What it was made of is needed no more.
      left[name] = undefined;
    }
    return made[name] as B[typeof name];
  });
}

/** `batch` with some columns changed. The others are asked of `batch` when they are first read, so that it makes them no sooner. */
export function withColumns<B extends object>(batch: B, changes: Partial<B>): B {
  const makers: { [Name in keyof B]?: () => B[Name] } = {};
  for (const name of Object.keys(batch) as (keyof B)[]) if (!(name in changes)) makers[name] = () => batch[name];
  return lazyColumns<B>(changes, makers);
}
