import type { AttributeValue } from "@tracecore/core/pdata";
import type { Pattern } from "@tracecore/core/pattern";
import type { ContextName, Frame, Getter, Setter } from "../frame.ts";
import type { MapValue, Value } from "../values.ts";

/** Where an editor writes. */
export interface Target {
  readonly get: Getter;
  readonly set: Setter;
}

/** A map that an editor changes. */
export interface MapTarget {
  /** Lets `change` work on the map; it says whether it did anything. Nothing happens where there is no map. */
  readonly edit: (frame: Frame, change: (map: Map<string, AttributeValue>) => boolean) => void;
  readonly delete: (frame: Frame, key: string) => void;
}

/** What a function gets for each kind of parameter. All but the last four fail at run time on a value of another type. */
export interface ArgumentKinds {
  any: Getter;
  string: (frame: Frame) => string;
  /** Whatever has a text; undefined for nil. */
  text: (frame: Frame) => string | undefined;
  int: (frame: Frame) => number | bigint;
  number: (frame: Frame) => number;
  bool: (frame: Frame) => boolean;
  map: (frame: Frame) => MapValue;
  list: (frame: Frame) => readonly AttributeValue[];
  time: (frame: Frame) => bigint;
  duration: (frame: Frame) => bigint;
  pattern: (frame: Frame) => Pattern;
  /** A pattern with named groups, which must be written out. */
  groups: Pattern;
  /** A text that must be written out. */
  constant: string;
  /** An integer that must be written out, not negative. */
  natural: number;
  glob: (frame: Frame) => Pattern;
  values: readonly Getter[];
  /** What a list has, whether it is written out, and may then hold anything, or comes from data. */
  items: (frame: Frame) => readonly Value[];
  target: Target;
  mapTarget: MapTarget;
  /** The name of a function of one text. */
  function: (text: string) => Value;
}

export type ArgumentKind = keyof ArgumentKinds;

/** One parameter; a `?` at the end of the name makes it optional. */
export interface Parameter {
  readonly name: string;
  readonly kind: ArgumentKind;
  readonly optional: boolean;
}

export interface FunctionDefinition {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly make: (args: readonly never[]) => Getter;
  /** The contexts that have it; all without. */
  readonly contexts?: readonly ContextName[];
  /** Gives another result each time. */
  readonly volatile?: true;
  /** Looks at all data points of a metric. */
  readonly allPoints?: true;
}

type Spec = Readonly<Record<string, ArgumentKind>>;
type Made<S extends Spec> = {
  readonly [N in keyof S as N extends `${infer Name}?` ? Name : N]: N extends `${string}?`
    ? ArgumentKinds[S[N]] | undefined
    : ArgumentKinds[S[N]];
};

/**
 * A function with these parameters, in this order; `make` is called once for each call in a statement, and what it returns for
 * each item.
 */
export function define<const S extends Spec>(
  name: string,
  spec: S,
  make: (args: Made<S>) => Getter,
  more: Pick<FunctionDefinition, "contexts" | "volatile" | "allPoints"> = {},
): FunctionDefinition {
  const parameters = Object.entries(spec).map(([key, kind]) => ({
    name: key.replace("?", ""),
    kind,
    optional: key.endsWith("?"),
  }));
  return {
    name,
    parameters,
    make: (args) => make(Object.fromEntries(parameters.map((one, index) => [one.name, args[index]])) as Made<S>),
    ...more,
  };
}
