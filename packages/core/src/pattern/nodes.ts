/** A part of a regular expression in the syntax of RE2. */
export type Node =
  /** One character out of a class; `source` is that class as JavaScript writes it, `fold` ignores case. */
  | { readonly kind: "one"; readonly source: string; readonly fold: boolean }
  | { readonly kind: "sequence"; readonly parts: readonly Node[] }
  | { readonly kind: "choice"; readonly options: readonly Node[] }
  | { readonly kind: "repeat"; readonly of: Node; readonly min: number; readonly max: number; readonly lazy: boolean }
  | { readonly kind: "group"; readonly of: Node; readonly index: number; readonly name: string | undefined }
  | { readonly kind: "place"; readonly at: Place };

/** What stands between two characters. */
export type Place = "textStart" | "textEnd" | "lineStart" | "lineEnd" | "wordEdge" | "noWordEdge";

/** A regular expression that was read. */
export interface Parsed {
  readonly node: Node;
  /** Names of the groups, from the first on. */
  readonly groups: readonly (string | undefined)[];
}
