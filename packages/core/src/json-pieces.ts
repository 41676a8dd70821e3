import { TEXT_PIECE, textPieces } from "./text-pieces.ts";

/** A node of a JSON tree; members that are undefined are left out. */
export type Json = null | string | number | boolean | undefined | readonly Json[] | { readonly [key: string]: Json };

/**
 * JSON of `tree`, the text that `JSON.stringify` makes of it, in pieces that follow each other: there may be a pause after each,
 * also where the tree holds texts of megabytes, one or thousands of them. One piece where they are short.
 */
export function* jsonPieces(tree: Json): Generator<string> {
  if (typeof tree === "string") yield* quoted(tree);
  else if (textLength(tree) <= TEXT_PIECE) yield JSON.stringify(tree);
  else if (Array.isArray(tree)) yield* list(tree);
  else yield* members(Object.entries(tree as { readonly [key: string]: Json }));
}

function* quoted(text: string): Generator<string> {
  if (text.length <= TEXT_PIECE) {
    yield JSON.stringify(text);
    return;
  }
  let before = '"';
  for (const piece of textPieces(text)) {
    yield before + JSON.stringify(piece).slice(1, -1);
    before = "";
  }
  yield '"';
}

function* list(nodes: readonly Json[]): Generator<string> {
  let before = "[";
  for (const run of runs(nodes, textLength)) {
    yield before;
    if (run.length === 1) yield* jsonPieces(run[0] ?? null);
    else yield JSON.stringify(run).slice(1, -1);
    before = ",";
  }
  yield "]";
}

function* members(entries: readonly (readonly [string, Json])[]): Generator<string> {
  const set = entries.filter(([, value]) => value !== undefined);
  let before = "{";
  for (const run of runs(set, ([key, value]) => key.length + textLength(value))) {
    yield before;
    const [key, value] = run[0]!;
    if (run.length > 1) yield JSON.stringify(Object.fromEntries(run)).slice(1, -1);
    else {
      yield* quoted(key);
      yield ":";
      yield* jsonPieces(value);
    }
    before = ",";
  }
  yield "}";
}

/** Neighbours that are written together: as many as a piece has room for, or a single one. */
function* runs<T>(nodes: readonly T[], lengthOf: (node: T) => number): Generator<T[]> {
  let run: T[] = [];
  let left = TEXT_PIECE;
  for (const node of nodes) {
    const length = lengthOf(node);
    if (length > left && run.length > 0) {
      yield run;
      run = [];
      left = TEXT_PIECE;
    }
    run.push(node);
    left -= length;
  }
  if (run.length > 0) yield run;
}

/** The length of all texts in `node`, or more than a piece as soon as that is known. */
function textLength(node: Json): number {
  if (typeof node === "string") return node.length;
  if (typeof node !== "object" || node === null) return 0;
  let length = 0;
  if (Array.isArray(node)) {
    for (const child of node as readonly Json[]) {
      length += textLength(child);
      if (length > TEXT_PIECE) break;
    }
    return length;
  }
  const tree = node as { readonly [key: string]: Json };
  for (const key in tree) {
    length += key.length + textLength(tree[key]);
    if (length > TEXT_PIECE) break;
  }
  return length;
}
